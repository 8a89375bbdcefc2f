/** From the lines of a history to its series and their changes: the content of `bench trend`. */

import path from 'node:path';
import { elementAt } from '../../model/element.ts';
import type {
  HistoryConfirmation,
  HistoryContent,
  HistoryMetric,
  HistoryRun,
  HistorySide,
} from '../../model/history.ts';
import type { Trend, TrendChange, TrendMark, TrendSeries } from '../../model/trend.ts';
import { rounded, roundedOrNull } from '../../statistics/numbers/rounding.ts';
import { isAlarm } from '../../statistics/planning/calibrate.ts';
import { peltSteps } from '../../statistics/trend/pelt.ts';
import {
  FALSE_DISCOVERY_RATE,
  type FoundChange,
  findChanges,
  type NightlySeries,
} from '../../statistics/trend/replay.ts';
import { EFFECT_CONFIDENCE } from '../../statistics/trend/step.ts';
import { aloneSeries, isAlone } from './alone.ts';
import { ofNewestDefinitions } from './definitions.ts';

/** One metric of one candidate, run by run. */
interface Series {
  readonly scenario: string;
  readonly candidate: string;
  readonly metric: string;
  readonly points: readonly Point[];
}

interface Point {
  readonly run: HistoryRun;
  readonly side: HistorySide;
  readonly metric: HistoryMetric;
  readonly logRatio: NonNullable<HistoryMetric['logRatio']>;
}

export function trendOf({ lines, damaged }: HistoryContent): Trend {
  const { runs: all, warnings } = ofNewestDefinitions(runsOf(lines));
  const calibration = all.filter((run) => run.calibration.aa);
  const alone = aloneSeries(all);
  const runs = all.filter((run) => !run.calibration.aa && !isAlone(run));
  const nights = all.filter((run) => !run.calibration.aa).map(({ night }) => night);
  const confirmations = lines.filter((line) => line.kind === 'confirmation');
  const series = seriesOf(runs);
  const { changes, levels, noise } = findChanges(series.map(nightly));
  const expected = expectedNights(runs);
  return {
    schema: 'bench/trend@1',
    firstNight: nights[0] ?? null,
    lastNight: nights.at(-1) ?? null,
    runs: nights.length,
    falseDiscoveryRate: FALSE_DISCOVERY_RATE,
    changes: changesOf(series, changes, confirmations),
    series: series.map((each, index) => ({
      ...namesOf(each),
      points: each.points.map(pointOf),
      missing: missingNights(each, expected.get(each.scenario) ?? []),
      levels: (levels[index] ?? []).map(({ from, to, mean }) => ({
        from: nightAt(each, from),
        to: nightAt(each, to),
        ratio: rounded(Math.exp(mean)),
      })),
      latestUs: each.points.at(-1)?.metric.candidateUs ?? null,
      noise: roundedOrNull(noise[index] ?? null),
    })),
    ...(alone.length > 0 && { alone }),
    marks: marksOf(runs),
    calibration: { runs: calibration.length, alarms: calibration.filter(({ verdict }) => isAlarm(verdict)).length },
    damaged: [...damaged],
    warnings: [...warningsOf(runs, damaged.length), ...warnings],
  };
}

/** For a page outside the history's folder: rewrites links of runs that are relative paths. */
export function relinked(trend: Trend, home: string, folder: string): Trend {
  const linked = <T extends { readonly link?: string | undefined }>(point: T): T =>
    point.link === undefined || /^[a-z]+:/i.test(point.link)
      ? point
      : { ...point, link: path.relative(folder, path.resolve(home, point.link)).split(path.sep).join('/') };
  return { ...trend, series: trend.series.map((series) => ({ ...series, points: series.points.map(linked) })) };
}

/** In order of time; of several lines with one id, the last counts. */
export function runsOf(lines: HistoryContent['lines']): HistoryRun[] {
  const byId = new Map(lines.flatMap((line) => (line.kind === 'run' ? [[line.id, line] as const] : [])));
  return [...byId.values()].sort((a, b) => compare(a.at, b.at) || compare(a.id, b.id));
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function seriesOf(runs: readonly HistoryRun[]): Series[] {
  const found = new Map<string, Omit<Series, 'points'> & { points: Point[] }>();
  for (const run of runs) {
    const sides = new Map(run.candidates.map((side) => [side.variant, side]));
    for (const metric of run.metrics) {
      const side = sides.get(metric.candidate);
      if (!side || !metric.logRatio) continue;
      const names = { scenario: run.scenario.name, candidate: metric.candidate, metric: metric.metric };
      const key = Object.values(names).join('\n');
      const series = found.get(key) ?? { ...names, points: [] };
      series.points.push({ run, side, metric, logRatio: metric.logRatio });
      found.set(key, series);
    }
  }
  return [...found.values()].sort(
    (a, b) =>
      compare(a.scenario, b.scenario) ||
      compare(a.candidate, b.candidate) ||
      Number(isGate(b)) - Number(isGate(a)) ||
      compare(a.metric, b.metric),
  );
}

const isGate = ({ points }: Series): boolean => points.at(-1)?.metric.gate === true;

const DAY_MS = 86_400_000;

const dayOf = (night: string): number => Date.parse(`${night}T00:00:00Z`) / DAY_MS;

const nightOfDay = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);

function nightly({ scenario, candidate, points }: Series): NightlySeries {
  return {
    family: `${scenario}/${candidate}`,
    values: Float64Array.from(points, ({ logRatio }) => logRatio.estimate),
    nights: Int32Array.from(points, ({ run }) => dayOf(run.night)),
    breaks: [...points.keys()].filter(
      (at) => at > 0 && points[at]?.run.reference.image !== points[at - 1]?.run.reference.image,
    ),
  };
}

function namesOf(series: Series) {
  const owner = series.points.at(-1)?.metric.owner;
  const { scenario, candidate, metric } = series;
  return { scenario, candidate, metric, gate: isGate(series), ...(owner !== undefined && { owner }) };
}

function pointOf({ run, side, logRatio }: Point): TrendSeries['points'][number] {
  return {
    night: run.night,
    run: run.id,
    ...(run.link !== undefined && { link: run.link }),
    ratio: rounded(Math.exp(logRatio.estimate)),
    low: logRatio.low === null ? null : rounded(Math.exp(logRatio.low)),
    high: logRatio.high === null ? null : rounded(Math.exp(logRatio.high)),
    image: side.image,
  };
}

const nightAt = ({ points }: Series, at: number): string => points[at]?.run.night ?? '';

/** Two methods may place the same step this many runs apart, either way. */
const AGREEMENT = 2;

function changesOf(
  all: readonly Series[],
  found: readonly FoundChange[],
  confirmations: readonly HistoryConfirmation[],
): TrendChange[] {
  const second = new Map<number, readonly number[]>();
  const changes = found.map((change) => {
    const series = elementAt(all, change.series);
    const steps = second.get(change.series) ?? peltSteps(nightly(series).values);
    second.set(change.series, steps);
    return changeOf(series, change, steps, confirmations);
  });
  return changes.sort((a, b) => compare(b.night, a.night) || Number(b.gate) - Number(a.gate) || compare(a.id, b.id));
}

function changeOf(
  series: Series,
  change: FoundChange,
  steps: readonly number[],
  confirmations: readonly HistoryConfirmation[],
): TrendChange {
  const { scenario, candidate, metric } = series;
  const id = `${scenario}/${candidate}/${metric}@${nightAt(series, change.bornAs)}`;
  const [before, after] = [series.points[change.first - 1], series.points[change.first]] as [Point, Point];
  const nearest = [...steps].sort((a, b) => Math.abs(a - change.first) - Math.abs(b - change.first))[0];
  const ratio = (log: number) => (Number.isFinite(log) ? rounded(Math.exp(log)) : null);
  const { estimate, low, high } = change.effect;
  return {
    id,
    ...namesOf(series),
    direction: estimate > 0 ? 'slower' : 'faster',
    status: change.status,
    ...(change.gone !== undefined && { goneNight: nightAt(series, change.gone) }),
    night: after.run.night,
    previousNight: before.run.night,
    foundNight: nightAt(series, change.found),
    images: { before: before.side.image, after: after.side.image },
    runs: { before: before.run.id, after: after.run.id },
    effect: { estimate: ratio(estimate), low: ratio(low), high: ratio(high), confidence: EFFECT_CONFIDENCE },
    p: rounded(change.p),
    pAdjusted: rounded(change.pAdjusted),
    crossCheck: {
      night: nearest === undefined ? null : nightAt(series, nearest),
      agrees: nearest !== undefined && Math.abs(nearest - change.first) <= AGREEMENT,
    },
    confirmations: confirmations
      .filter((line) => line.change === id && line.step !== true)
      // Newest first: of one run, the line of a search that continued from it.
      .reverse()
      .sort((a, b) => compare(b.at, a.at)),
  };
}

/** Nights on which each scenario should have run, from the usual distance of its nights. */
function expectedNights(runs: readonly HistoryRun[]): Map<string, string[]> {
  const names = [...new Set(runs.map((run) => run.scenario.name))];
  return new Map(names.map((name) => [name, expectedOf(runs.filter((run) => run.scenario.name === name))]));
}

function expectedOf(runs: readonly HistoryRun[]): string[] {
  const days = [...new Set(runs.map((run) => dayOf(run.night)))];
  const gaps = days.slice(1).map((day, i) => day - elementAt(days, i));
  const rhythm = [...gaps].sort((a, b) => a - b)[(gaps.length - 1) >> 1] ?? 1;
  return days.flatMap((day, i) => {
    const left = Math.round((gaps[i] ?? rhythm) / rhythm) - 1;
    return [day, ...Array.from({ length: Math.max(0, left) }, (_, k) => day + (k + 1) * rhythm)].map(nightOfDay);
  });
}

/** Since the first night with the metric. */
function missingNights({ points }: Series, expected: readonly string[]): string[] {
  const seen = new Set(points.map(({ run }) => run.night));
  const first = points[0]?.run.night ?? '';
  return expected.filter((night) => night >= first && !seen.has(night));
}

/** Facts of the provider that may move a metric when they change. */
const CONDITIONS = ['provider', 'accelerator', 'timing', 'location', 'size', 'cpus', 'memoryBytes', 'hostCpu'] as const;

function marksOf(runs: readonly HistoryRun[]): TrendMark[] {
  const last = new Map<string, HistoryRun>();
  return runs.flatMap((run) => {
    const before = last.get(run.scenario.name);
    last.set(run.scenario.name, run);
    return before ? marksBetween(before, run) : [];
  });
}

function marksBetween(before: HistoryRun, run: HistoryRun): TrendMark[] {
  const mark = { scenario: run.scenario.name, night: run.night };
  const differing = CONDITIONS.filter((key) => before.facts[key] !== run.facts[key]);
  return [
    ...(before.reference.image === run.reference.image
      ? []
      : [{ ...mark, kind: 'reference' as const, what: `${before.reference.image} to ${run.reference.image}` }]),
    ...(before.scenario.definition === run.scenario.definition
      ? []
      : [{ ...mark, kind: 'definition' as const, what: 'the question of the scenario changed' }]),
    ...differing.map((key) => ({
      ...mark,
      kind: 'conditions' as const,
      what: `${key}: ${String(before.facts[key] ?? 'unknown')} to ${String(run.facts[key] ?? 'unknown')}`,
    })),
  ];
}

function warningsOf(runs: readonly HistoryRun[], damaged: number): string[] {
  const unproven = runs.filter((run) => run.calibration.unproven).length;
  return [
    ...(runs.length === 0 ? ['The history has no runs.'] : []),
    ...(unproven > 0 ? [`A negative control changed in ${unproven} of ${runs.length} runs.`] : []),
    ...(damaged > 0
      ? [damaged === 1 ? 'Skipped 1 line that could not be read.' : `Skipped ${damaged} lines that could not be read.`]
      : []),
  ];
}
