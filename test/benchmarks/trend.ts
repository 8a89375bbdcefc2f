/** `npm run bench:trend`: change points in simulated histories, next to two rules that others use. */
import { findChanges } from '../../src/statistics/trend/replay.ts';
import { simulateHistory, USUAL_WORLD } from '../support/simulated-history.ts';
import { addScores, type Rule, type Score, score } from '../support/trend-score.ts';

const ours: Rule = (history) => {
  const { changes } = findChanges(history.map(({ series }) => series));
  return history.map((_, index) => changes.filter(({ series }) => series === index));
};

const histories = Number(process.argv[2] ?? 4);
const hostShare = Number(process.argv[3] ?? 0.5);
const locks = Number(process.argv[4] ?? 0.02);
let total: Score | undefined;
let cpu = 0;
for (let seed = 1; seed <= histories; seed++) {
  const history = simulateHistory({ ...USUAL_WORLD, hostShare, locks }, seed);
  const start = process.cpuUsage();
  const one = score(history, ours);
  cpu += process.cpuUsage(start).user / 1e6;
  total = total ? addScores(total, one) : one;
}
if (total) {
  console.log(`cpu per history ${cpu / histories} s`);
  console.log(
    `false ${total.falseChanges} in ${total.metricYears} metric-years: ${(100 * total.falseChanges) / total.metricYears} per 100`,
  );
  for (const [size, s] of [...total.bySize].sort())
    console.log(
      size,
      s.steps,
      'within4',
      s.withinFour / s.steps,
      'ever',
      s.foundEver / s.steps,
      'located',
      s.located / s.foundEver,
      'median wait',
      [...s.nightsToFind].sort((a, b) => a - b)[Math.floor(s.nightsToFind.length / 2)],
    );
}
