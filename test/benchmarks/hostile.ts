/** `npm run hostile [word]`: every attack on the built command; exit 1 where one was not held. At most ten minutes on two quiet cores. */
import { attacks } from '../hostile/attacks.ts';
import { held } from '../hostile/lab.ts';

const [word = ''] = process.argv.slice(2);
const rows = new Map<string, { tried: number; held: number; seconds: number }>();
for (const attack of attacks.filter(({ kind, name }) => `${kind}: ${name}`.includes(word))) {
  const row = rows.get(attack.kind) ?? { tried: 0, held: 0, seconds: 0 };
  rows.set(attack.kind, row);
  const began = performance.now();
  row.tried += 1;
  try {
    await held(attack);
    row.held += 1;
  } catch (cause) {
    process.exitCode = 1;
    console.log(`NOT HELD  ${attack.kind}: ${attack.name}\n  ${String(cause).slice(0, 1500).replaceAll('\n', '\n  ')}`);
  }
  row.seconds += (performance.now() - began) / 1000;
}
console.log('kind            tried  held  seconds');
for (const [kind, row] of rows)
  console.log(
    `${kind.padEnd(15)} ${String(row.tried).padStart(5)} ${String(row.held).padStart(5)} ${row.seconds.toFixed(1).padStart(8)}`,
  );
