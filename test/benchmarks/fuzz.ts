/**
 * `npm run fuzz -- [inputs per parser] [seed] [artifact]`: checks every parser's promises on generated and mutated inputs, then the time
 * of large inputs with the worst shapes. Also checks the promises of every run (`agreement`) on half as many generated runs. A
 * failure prints the input's number; the same number gives the same input.
 */
import { brokenPromises } from '../support/agreement/promises.ts';
import { brokenByImport, corpusTexts, manyFiles } from '../support/import-promises.ts';
import { hugeTexts, mutated } from '../support/mutations.ts';
import { brokenPromise, type Target, targets } from '../support/parser-promises.ts';

const [inputs, seed] = [Number(process.argv[2] ?? 100_000), Number(process.argv[3] ?? 1)];
const asked = process.argv[4] ?? '';
const wanted = targets().filter(({ name }) => name.includes(asked));
const RUNS = 'agreement';
const IMPORT = 'import';
if (
  !Number.isInteger(inputs) ||
  !Number.isInteger(seed) ||
  (wanted.length === 0 && !RUNS.includes(asked) && !IMPORT.includes(asked))
) {
  console.error('usage: npm run fuzz -- [inputs per parser] [seed] [artifact or agreement, or a part of its name]');
  process.exit(2);
}
const HUGE_BYTES = 10_000_000;
const HUGE_WITHIN_MS = 1_000;
/** Time limit of one small input. */
const SLOW_MS = 250;

let failures = 0;
const fail = (text: string) => {
  failures += 1;
  if (failures <= 20) console.log(`  FAILED ${text}`);
};

function fuzz(target: Target): void {
  const begun = performance.now();
  let slowest = 0;
  for (let index = 0; index < inputs; index += 1) {
    const text = mutated(target.seeds, seed, index);
    let ms = timed(target, text);
    // The garbage collector and other work on the machine are slow once; a slow parser is slow again.
    if (ms > SLOW_MS) ms = Math.min(timed(target, text), timed(target, text), ms);
    slowest = Math.max(slowest, ms);
    const broken = brokenPromise(target, text);
    if (broken !== undefined) fail(`${target.name}, input ${index}: ${broken}`);
  }
  if (slowest > SLOW_MS) fail(`${target.name}: one input took ${slowest.toFixed(0)} ms`);
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  console.log(`${target.name}: ${inputs} inputs in ${seconds} s, slowest ${slowest.toFixed(1)} ms`);
}

function timed(target: Target, text: string): number {
  const raw = new Map([[target.path, new TextEncoder().encode(text)]]);
  const before = performance.now();
  try {
    target.collector.parse(raw);
  } catch {
    // brokenPromise reports it.
  }
  return performance.now() - before;
}

function large(target: Target): void {
  let slowest = { ms: 0, shape: '' };
  for (const [shape, text] of hugeTexts(target.seeds.slice(0, 4), HUGE_BYTES)) {
    const raw = new Map([[target.path, new TextEncoder().encode(text)]]);
    // CPU time of this process instead of wall time: other work on the machine must not count against the parser.
    const before = process.cpuUsage();
    target.collector.parse(raw);
    const used = process.cpuUsage(before);
    const ms = (used.user + used.system) / 1000;
    if (ms > slowest.ms) slowest = { ms, shape };
    if (ms > HUGE_WITHIN_MS) fail(`${target.name}: 10 MB of ${shape} took ${ms.toFixed(0)} ms`);
  }
  console.log(`${target.name}: 10 MB in at most ${slowest.ms.toFixed(0)} ms (${slowest.shape})`);
}

function fuzzRuns(): void {
  const begun = performance.now();
  const runs = Math.ceil(inputs / 2);
  for (let index = 0; index < runs; index += 1)
    for (const promise of brokenPromises(seed + index)) fail(`${RUNS}, run ${seed + index}: ${promise}`);
  console.log(`${RUNS}: ${runs} runs in ${((performance.now() - begun) / 1000).toFixed(1)} s`);
}

if (RUNS.includes(asked)) fuzzRuns();
function fuzzImport(): void {
  const texts = corpusTexts();
  const begun = performance.now();
  let slowest = 0;
  for (let index = 0; index < inputs; index += 1) {
    const files = manyFiles(texts, seed, index);
    const before = performance.now();
    const broken = brokenByImport(files);
    slowest = Math.max(slowest, performance.now() - before);
    if (broken !== undefined) fail(`import, input ${index}: ${broken}`);
  }
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  console.log(`import: ${inputs} inputs in ${seconds} s, slowest ${slowest.toFixed(1)} ms`);
}

if (IMPORT.includes(asked)) fuzzImport();
for (const target of wanted) fuzz(target);
for (const target of wanted) large(target);
console.log(failures === 0 ? 'All promises kept.' : `${failures} promises broken.`);
process.exitCode = failures === 0 ? 0 : 1;
