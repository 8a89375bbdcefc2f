/** The changes of a history in a terminal: those that stand, those that went away; one line each, gates first. */
import type { Trend, TrendChange } from '../../model/trend.ts';
import { terminal } from '../escape.ts';
import { count, loose, probability } from '../format.ts';
import { STATES } from './changes-section.ts';
import { effectText, intervalText, nightText, shortImage } from './names.ts';

const COLORS = { slower: '31', faster: '32', gone: '2' } as const;

export function renderTrendText(trend: Trend, { color }: { readonly color: boolean }): string {
  const paint = (text: string, style: keyof typeof COLORS) =>
    color ? `\u001b[${COLORS[style]}m${text}\u001b[0m` : text;
  const standing = trend.changes.filter(({ status }) => status === 'standing');
  const gone = trend.changes.filter(({ status }) => status !== 'standing');
  const span =
    trend.firstNight === null || trend.lastNight === null
      ? 'no run yet'
      : `${count(trend.runs, 'run')}, ${nightText(trend.firstNight)} to ${nightText(trend.lastNight)}, ${count(trend.series.length, 'series', 'series')}`;
  return [
    `${standing.length === 0 ? 'No change stands' : `${count(standing.length, 'change')} ${standing.length === 1 ? 'stands' : 'stand'}`} (${span})`,
    ...standing.flatMap((change) => told(change).map((line, i) => (i === 0 ? paint(line, change.direction) : line))),
    ...(gone.length === 0 ? [] : ['', `${count(gone.length, 'change')} went away again`]),
    ...gone.map((change) => paint(`  ${terminal(change.id)}  ${effectText(change)}, ${goneText(change)}`, 'gone')),
    ...aloneLines(trend),
    ...trend.warnings.map((warning) => `! ${terminal(warning, 300)}`),
    ...trend.damaged
      .slice(0, 10)
      .map(({ file, line, problem }) => `!   ${terminal(file)}:${line}: ${terminal(problem, 200)}`),
    '',
  ].join('\n');
}

/** The newest gate medians of images measured alone. */
function aloneLines({ alone = [] }: Trend): string[] {
  const gates = alone.filter(({ gate }) => gate);
  return gates.flatMap(({ scenario, variant, metric, points }) => {
    const last = points.at(-1);
    if (last === undefined || last.medianUs === null) return [];
    const verdicts = last.budgets === undefined ? '' : `, budgets: ${last.budgets.join(', ')}`;
    return [
      `● ${terminal(`${scenario}/${variant}/${metric}`)}  ${loose(last.medianUs)} (median of ${count(last.n, 'boot')} on ${nightText(last.night)}; ${count(points.length, 'run')}${verdicts})`,
    ];
  });
}

function told(change: TrendChange): string[] {
  const symbol = change.direction === 'slower' ? '▲' : '▼';
  const second = change.crossCheck.agrees ? 'second opinion agrees' : 'second opinion differs';
  const confirmed = change.confirmations[0]?.outcome ?? 'not confirmed yet';
  return [
    `${symbol} ${terminal(change.id)}${change.gate ? ' (gate)' : ''}`,
    `    ${effectText(change)} (${intervalText(change)}), reported on ${nightText(change.foundNight)}, adjusted p ${probability(change.pAdjusted)}, ${second}, ${confirmed}`,
    `    ${terminal(shortImage(change.images.before), 100)} → ${terminal(shortImage(change.images.after), 100)}`,
  ];
}

const goneText = ({ status, goneNight }: TrendChange): string =>
  `${status === 'standing' ? 'standing' : STATES[status]}${goneNight === undefined ? '' : ` on ${nightText(goneNight)}`}`;
