/** Trends for tests of the page: two gates, one of which became slower on a known night, and a night missing. */
import { seededRandom } from '../../src/model/random.ts';
import type { Trend } from '../../src/model/trend.ts';
import { trendOf } from '../../src/stages/history/trend.ts';
import { gaussian } from '../benchmarks/synthetic.ts';
import { metricLine, nightsFrom, runLine } from './history-lines.ts';

export interface TrendOptions {
  /** Text to insert into every name that comes from outside. */
  readonly hostile?: string;
  readonly link?: (night: string) => string;
}

export function syntheticTrend({ hostile = '', link }: TrendOptions = {}): Trend {
  const normal = gaussian(seededRandom(9));
  const nights = nightsFrom('2026-01-01', 90).filter((_, at) => at !== 30);
  const lines = nights.map((night, at) => {
    const value = (step: number) => 0.012 * normal.next() + (at >= 60 ? step : 0);
    const metrics = [
      metricLine('node.ready', value(0.05), { owner: `@team/node${hostile}` }),
      metricLine('boot.target', value(0)),
      metricLine(`unit.a${hostile}.service`, value(-0.08), { gate: false }),
    ];
    return runLine(night, { image: `image-${night}${hostile}`, metrics, ...(link && { link: link(night) }) });
  });
  const damaged = [{ file: `history${hostile}.jsonl`, line: 7, problem: `not valid${hostile}` }];
  return trendOf({ lines, damaged });
}
