/**
 * `npm run bench:growth -- [word]`: how time grows with the size of the input, for every reader, the path, pages, comparisons, trends,
 * archives and imports. Exits 1 where an exponent is above 1.2. A reader shows `-` where it finishes even its largest permitted input
 * at once.
 */
import { grows } from '../growth/measure.ts';
import { rows } from '../growth/rows.ts';

const MOST = 1.2;

const [word = ''] = process.argv.slice(2);
console.log('exponent                n    ms at n, 2n, 4n, 8n');
for (const growth of rows.filter(({ name }) => name.includes(word))) {
  const { exponent, points } = await grows(growth);
  if (exponent > MOST) process.exitCode = 1;
  const times = points.map(({ ms }) => ms.toFixed(0).padStart(6)).join(' ');
  console.log(
    `${exponent > MOST ? '✖' : '✓'} ${(exponent === 0 ? '-' : exponent.toFixed(2)).padStart(5)}  ${String(points[0]?.n).padStart(15)}  ${times}  ${growth.name}`,
  );
}
