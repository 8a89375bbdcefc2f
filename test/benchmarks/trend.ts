/**
 * `npm run bench:trend [histories]`: change points in simulated histories, next to two rules that others use on raw times. All
 * rules run as in a nightly job: every report on any night counts, even if the rule later withdraws it.
 */
import { findChanges } from '../../src/statistics/trend/replay.ts';
import { type SimulatedWorld, simulateHistory, USUAL_WORLD } from '../support/simulated-history.ts';
import { addScores, type Rule, type Score, score } from '../support/trend-score.ts';
import { sevenNightMean, studentWindows } from './trend-rivals.ts';

/** Also counts processor time, because other work on the machine affects wall time. */
let cpuSeconds = 0;

const ours: Rule = (history) => {
  const start = process.cpuUsage();
  const { changes } = findChanges(history.map(({ series }) => series));
  const { user, system } = process.cpuUsage(start);
  cpuSeconds += (user + system) / 1e6;
  return history.map((_, index) =>
    changes.filter(({ series }) => series === index).map(({ first, found }) => ({ first, found })),
  );
};

const RULES: readonly (readonly [string, Rule])[] = [
  ['bench trend, paired log-ratio', ours],
  ['7-night mean, 10 %, raw times', sevenNightMean],
  ['Student t windows, raw times', studentWindows],
];

const histories = Number(process.argv[2] ?? 8);

const WORLDS: readonly (readonly [string, SimulatedWorld])[] = [
  ['hosts share half of the variance, 2 % of boots meet a lock', USUAL_WORLD],
  ['nothing is shared, 2 % locks', { ...USUAL_WORLD, hostShare: 0 }],
  ['nothing ever changes, 2 % locks', { ...USUAL_WORLD, steps: [0] }],
];

const say = (line: string) => process.stdout.write(`${line}\n`);

for (const [name, world] of WORLDS) {
  say(
    `\n${name}; ${histories} histories of ${world.nights} nights x ${world.metrics} metrics, 20 blocks a night, sigma .05`,
  );
  say('rule                             false changes   step  within 4 nights  ever   placed +-1   nights (median)');
  const totals = new Map<string, Score>();
  for (let seed = 1; seed <= histories; seed++) {
    const history = simulateHistory(world, seed);
    for (const [rule, find] of RULES) {
      const one = score(history, find);
      const sofar = totals.get(rule);
      totals.set(rule, sofar ? addScores(sofar, one) : one);
    }
  }
  for (const [rule, total] of totals) for (const line of linesOf(rule, total)) say(line);
}
say(`\n${(cpuSeconds / (histories * WORLDS.length)).toFixed(2)} s of processor time a history for bench trend`);

function linesOf(rule: string, { falseChanges, metricYears, bySize }: Score): string[] {
  const per100 = `${((100 * falseChanges) / metricYears).toFixed(2)} per 100 metric-years (${falseChanges})`;
  const sizes = [...bySize].sort(([a], [b]) => a - b);
  if (sizes.length === 0) return [`${rule.padEnd(31)}  ${per100}`];
  return sizes.map(([size, { steps, withinFour, foundEver, located, nightsToFind }], i) => {
    const percent = (part: number, whole: number) =>
      whole === 0 ? '    –' : `${((100 * part) / whole).toFixed(0).padStart(4)} %`;
    const wait = [...nightsToFind].sort((a, b) => a - b)[nightsToFind.length >> 1];
    return `${(i === 0 ? rule : '').padEnd(31)}  ${(i === 0 ? per100 : '').padEnd(34)} ${`${size * 100} %`.padStart(4)}  ${percent(withinFour, steps)}  ${percent(foundEver, steps)}  ${percent(located, foundEver)}  ${wait ?? '–'}`;
  });
}
