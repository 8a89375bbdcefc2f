/** The newest runs as a line, for a quick look, in a few hundred bytes. */
import { type Html, trusted } from '../escape.ts';

const SPARK = { width: 140, height: 26, runs: 200 };

export function spark(values: readonly number[]): Html {
  const shown = values.slice(-SPARK.runs);
  const low = Math.min(...shown);
  const span = Math.max(...shown) - low || 1;
  const x = (i: number) => ((i / Math.max(1, shown.length - 1)) * (SPARK.width - 2) + 1).toFixed(1);
  const y = (value: number) => (SPARK.height - 3 - ((value - low) / span) * (SPARK.height - 6)).toFixed(1);
  const line = shown.map((value, i) => `${i === 0 ? 'M' : 'L'}${x(i)} ${y(value)}`).join('');
  return trusted(
    `<svg class="spark" width="${SPARK.width}" height="${SPARK.height}" viewBox="0 0 ${SPARK.width} ${SPARK.height}" aria-hidden="true"><path d="${line}"/></svg>`,
  );
}
