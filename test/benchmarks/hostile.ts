/**
 * `npm run hostile [word]`: every attack on the built command, one per core at a time; exits 1 where bench did not withstand one. At
 * most ten minutes on two quiet cores.
 */
import { availableParallelism } from 'node:os';
import pLimit from 'p-limit';
import { attacks } from '../hostile/attacks.ts';
import { type Attack, held } from '../hostile/lab.ts';

interface Made {
  readonly attack: Attack;
  readonly failure: string | undefined;
  readonly seconds: number;
}

const [word = ''] = process.argv.slice(2);
const began = performance.now();
const chosen = attacks.filter(({ kind, name }) => `${kind}: ${name}`.includes(word));
const limit = pLimit(availableParallelism());
const all = await Promise.all(chosen.map((attack) => limit(() => make(attack))));
if (all.length === 0 || all.some(({ failure }) => failure !== undefined)) process.exitCode = 1;

console.log('kind            tried  held  seconds');
for (const kind of new Set(chosen.map((attack) => attack.kind))) {
  const made = all.filter(({ attack }) => attack.kind === kind);
  const held = made.filter(({ failure }) => failure === undefined);
  const seconds = made.reduce((sum, each) => sum + each.seconds, 0);
  console.log(`${kind.padEnd(15)} ${pad(made.length)} ${pad(held.length)} ${seconds.toFixed(1).padStart(8)}`);
}
for (const { attack, seconds } of all.toSorted((a, b) => b.seconds - a.seconds).slice(0, 5))
  console.log(`slowest: ${seconds.toFixed(1)} s  ${attack.kind}: ${attack.name}`);
console.log(`${((performance.now() - began) / 1000).toFixed(0)} s in all`);

async function make(attack: Attack): Promise<Made> {
  const from = performance.now();
  const failure = await held(attack).then(
    () => undefined,
    (cause: unknown) => String(cause).slice(0, 1500),
  );
  if (failure !== undefined)
    console.log(`NOT HELD  ${attack.kind}: ${attack.name}\n  ${failure.replaceAll('\n', '\n  ')}`);
  return { attack, failure, seconds: (performance.now() - from) / 1000 };
}

function pad(count: number): string {
  return String(count).padStart(5);
}
