/**
 * `npm run bench:compare`: measures time and memory of a comparison against the limits of the design. Also prints the ratio to the same
 * tests in a general-purpose permutation loop. Exits 1 beyond a limit.
 *
 * `--size <metrics>x<blocks>` plays one size alone, so that its memory is its own (the program starts itself once per size).
 */
import { spawnSync } from 'node:child_process';
import { seededRandom } from '../../src/model/random.ts';
import { Samples } from '../../src/model/samples.ts';
import { compareSamples } from '../../src/statistics/compare.ts';
import { flipP } from '../../src/statistics/tests/block-flip.ts';
import { blockedEstimates, rankDifferences } from '../../src/statistics/tests/blocked.ts';
import { sampledFlips } from './rivals.ts';
import { boots, CLEAN_CELL, gaussian } from './synthetic.ts';

/** Items on the critical path of each gate of each boot. */
const PATH_ITEMS = 30;
const GATES = 5;

interface Limit {
  readonly metrics: number;
  readonly blocks: number;
  readonly seconds?: number;
  readonly megabytes?: number;
}

const LIMITS: readonly Limit[] = [
  { metrics: 75, blocks: 40 },
  { metrics: 150, blocks: 40 },
  { metrics: 300, blocks: 40, seconds: 2, megabytes: 300 },
  { metrics: 600, blocks: 40 },
  { metrics: 300, blocks: 100 },
  { metrics: 300, blocks: 1000, seconds: 20 },
];

function samplesOf(metrics: number, blocks: number): Samples {
  const random = seededRandom(1);
  const normal = gaussian(random);
  const ids = Array.from({ length: metrics }, (_, i) => `unit.${i}.service`);
  const columns = ids.map((_, i) => boots({ ...CLEAN_CELL, blocks, effect: i % 3 === 0 ? 0.03 : 0 }, random, normal));
  const boot = (variant: 'before' | 'after', b: number) => {
    const values = Object.fromEntries(ids.map((id, i) => [id, { us: Math.round(columns[i]?.[variant][b] ?? 0) }]));
    const paths = Object.fromEntries(ids.slice(0, GATES).map((id) => [id, cut(values[id]?.us ?? 0)]));
    return { id: `${b + 1}-${variant}`, variant, block: b + 1, outcome: 'booted', values, paths };
  };
  return Samples.parse({
    schema: 'bench/samples@1',
    scenario: 'speed',
    baseline: 'before',
    candidates: ['after'],
    metrics: ids.map((id, i) => ({ id, gate: i < GATES })),
    boots: Array.from({ length: blocks }, (_, b) => [boot('before', b), boot('after', b)]).flat(),
  });
}

/** A critical path that adds up to `us`. */
function cut(us: number): { item: string; us: number }[] {
  const each = Math.floor(us / PATH_ITEMS);
  return Array.from({ length: PATH_ITEMS }, (_, i) => ({
    item: `segment-${i}`,
    us: i === 0 ? us - each * (PATH_ITEMS - 1) : each,
  }));
}

/** One size in its own process. Prints CPU seconds (for the limit, because the clock also counts other work), wall seconds, megabytes. */
function playSize(size: string): void {
  const [metrics = 0, blocks = 0] = size.split('x').map(Number);
  const samples = samplesOf(metrics, blocks);
  const busy = process.cpuUsage();
  const started = performance.now();
  const comparison = compareSamples(samples);
  const wallSeconds = (performance.now() - started) / 1000;
  const used = process.cpuUsage(busy);
  const peakMegabytes = process.resourceUsage().maxRSS / 1024;
  const figures = [(used.user + used.system) / 1e6, wallSeconds, peakMegabytes, comparison.attribution.length];
  process.stdout.write(`${figures.join(' ')}\n`);
}

function playAll(): void {
  const program = process.argv[1];
  if (program === undefined) throw new Error('no program to start again');
  process.stdout.write('metrics  blocks     CPU s   ms/metric    wall s   peak MB   attributions\n');
  for (const { metrics, blocks, seconds: most, megabytes } of LIMITS) {
    const child = spawnSync(process.execPath, [program, '--size', `${metrics}x${blocks}`], { encoding: 'utf8' });
    if (child.status !== 0) throw new Error(child.stderr);
    const [seconds = 0, wall = 0, peak = 0, attributions = 0] = child.stdout.trim().split(' ').map(Number);
    const tooSlow = most !== undefined && seconds > most;
    const tooBig = megabytes !== undefined && peak > megabytes;
    if (tooSlow || tooBig) process.exitCode = 1;
    const limit =
      most === undefined
        ? ''
        : `   at most ${most} s${megabytes === undefined ? '' : `, ${megabytes} MB`}${tooSlow || tooBig ? ': EXCEEDED' : ''}`;
    process.stdout.write(
      `${String(metrics).padStart(7)} ${String(blocks).padStart(7)} ${seconds.toFixed(2).padStart(9)} ${((1000 * seconds) / metrics).toFixed(2).padStart(11)} ${wall.toFixed(2).padStart(9)} ${peak.toFixed(0).padStart(9)} ${String(attributions).padStart(14)}${limit}\n`,
    );
  }
  playLoop();
}

/** The same p and interval by random flips, as a script would do it: 9,999 flips per p, 14 halvings per bound. */
function playLoop(): void {
  const blocks = 40;
  const random = seededRandom(2);
  const normal = gaussian(random);
  const runs = Array.from({ length: 20 }, () => boots({ ...CLEAN_CELL, blocks }, random, normal));
  const timed = (work: (run: (typeof runs)[number]) => void, times: number) => {
    const play = () => runs.forEach(work);
    // The first rounds warm up the compiler.
    for (let round = 0; round < times; round++) play();
    const started = performance.now();
    for (let round = 0; round < times; round++) play();
    return (performance.now() - started) / runs.length / times;
  };
  const exact = timed((run) => void flipP(rankDifferences(run)), 50);
  const loop = timed((run) => void sampledFlips(rankDifferences(run), 9_999, random), 2);
  const exactInterval = timed((run) => void blockedEstimates(run, 'ratio', [0.05]), 20);
  const evaluations = 2 * 14;
  process.stdout.write(
    `\nat ${blocks} blocks, per metric: exact p ${exact.toFixed(3)} ms, the same by a loop of 9,999 flips ${loop.toFixed(2)} ms: ${(loop / exact).toFixed(0)} times as long, and not exact\n` +
      `interval ${exactInterval.toFixed(3)} ms, by bisection with that loop ${(evaluations * loop).toFixed(0)} ms: ${((evaluations * loop) / exactInterval).toFixed(0)} times as long\n`,
  );
}

const at = process.argv.indexOf('--size');
if (at >= 0) playSize(process.argv[at + 1] ?? '');
else playAll();
