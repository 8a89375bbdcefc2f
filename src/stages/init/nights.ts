/**
 * Proposes budgets from a history. A run shows how its boots spread; nights show how runs spread, and a budget has to allow for that. Each
 * limit is the slowest of the last nights that asked the same question, plus head-room. For an image measured alone, that is the upper end
 * of its median's interval. For two compared images it is the median (a line keeps no interval of theirs).
 */

import { usageError } from '../../model/errors.ts';
import { grouped } from '../../model/grouped.ts';
import type { HistoryContent, HistoryRun } from '../../model/history.ts';
import type { Us } from '../../model/units.ts';
import { bootsForWithin } from '../../statistics/planning/boots-for-budget.ts';
import { HEAD_ROOM, isStep, LEVEL, limitText, stepsLine } from './limit.ts';

/** A month of nights: last year's times are no measure of today's image. */
const MOST_NIGHTS = 30;

interface Night {
  readonly metric: string;
  readonly gate: boolean;
  /** Version of the metric's definition. */
  readonly definition: number;
  readonly medianUs: Us;
  readonly upperUs: Us;
  /** For an image alone, in a run with enough boots to hold it to a budget. */
  readonly p90Us?: Us;
}

/** A YAML document per scenario of the history, as a budget belongs to a scenario. */
export function budgetsOfHistory(name: string, { lines }: HistoryContent): string {
  const runs = lines.flatMap((line) => (line.kind === 'run' && !line.calibration.unproven ? [line] : []));
  const byScenario = grouped(runs, ({ scenario }) => scenario.name);
  const texts = [...byScenario].flatMap(([scenario, all]) => budgetsOfScenario(name, scenario, latest(all)));
  if (texts.length === 0)
    throw usageError(`${name} has no run with a measured gate metric.`, 'Give a history that has one.');
  return texts.join('---\n');
}

/** The last nights with the same question as the latest one. */
function latest(runs: readonly HistoryRun[]): readonly HistoryRun[] {
  const sorted = runs.toSorted((a, b) => (a.at < b.at ? -1 : 1));
  const definition = sorted.at(-1)?.scenario.definition;
  return sorted.filter(({ scenario }) => scenario.definition === definition).slice(-MOST_NIGHTS);
}

function budgetsOfScenario(name: string, scenario: string, runs: readonly HistoryRun[]): string[] {
  const nights = [...grouped(runs.flatMap(nightsOf), ({ metric }) => metric)].map(([metric, all]) => ({
    metric,
    nights: all.filter(({ definition }) => definition === all.at(-1)?.definition),
  }));
  const lines = [
    ...nights.filter(({ nights: [first] }) => first?.gate).map(({ metric, nights: all }) => gateLine(metric, all)),
    ...stepsLine(
      nights
        .filter(({ metric }) => isStep(metric))
        .map(({ metric, nights: all }) => ({ id: metric, us: highest(all.map(({ upperUs }) => upperUs)) })),
    ),
  ];
  if (lines.length === 0) return [];
  const [from, to] = [runs[0]?.night, runs.at(-1)?.night];
  return [
    [
      `# Proposed for ${scenario} from ${counted(runs.length)} (${name}, ${from} to ${to}): the slowest with ${100 * HEAD_ROOM} % head-room.`,
      '# Review each line: a budget is a promise, not a measurement.',
      'budgets:',
      ...lines,
      '',
    ].join('\n'),
  ];
}

function gateLine(metric: string, nights: readonly Night[]): string {
  const medians = nights.map(({ medianUs }) => medianUs);
  const p90s = nights.flatMap(({ p90Us }) => p90Us ?? []);
  const limits = [
    `median: ${limitText(highest(nights.map(({ upperUs }) => upperUs)))}`,
    ...(p90s.length > 0 ? [`p90: ${limitText(highest(p90s))}`] : []),
  ];
  const seconds = (us: number) => (us / 1e6).toPrecision(4);
  const seen = `${seconds(Math.min(...medians))} to ${seconds(highest(medians))} s`;
  return `  ${metric}: {${limits.join(', ')}}    # medians ${seen} in ${counted(nights.length)}`;
}

/** The image measured alone, or the last candidate: the result of the change. */
function nightsOf({ alone = [], metrics, candidates }: HistoryRun): Night[] {
  const candidate = candidates.at(-1)?.variant;
  return [
    ...alone.flatMap(({ metric, gate, definition = 1, n, medianUs, highUs, p90Us }) => {
      if (medianUs === null) return [];
      const p90 = p90Us !== null && n >= bootsForWithin(0.1, LEVEL) && { p90Us };
      return [{ metric, gate, definition, medianUs, upperUs: highUs ?? medianUs, ...p90 }];
    }),
    ...metrics.flatMap(({ metric, gate, definition = 1, candidateUs, candidate: of }) =>
      of !== candidate || candidateUs === null
        ? []
        : [{ metric, gate, definition, medianUs: candidateUs, upperUs: candidateUs }],
    ),
  ];
}

const counted = (runs: number): string => (runs === 1 ? '1 run' : `${runs} runs`);

const highest = (values: readonly number[]): number => values.reduce((most, value) => Math.max(most, value), 0);
