/**
 * `npm run bench:azure`: 500 machines in 250 blocks against the test endpoint, with fake machines and Azure's latencies, in real time
 * (seven minutes; `--blocks 20 --at-a-time 10` for a short run). The machines are virtual machines or scale sets
 * (`--machine scale-set`, `--orchestration flexible`). Five shards of one run boot them concurrently (`--shards`). In the middle,
 * Azure throttles the subscription for 20 minutes (`--throttle`): the clock skips only that wait, which must cost no boot.
 * Prints the following and exits 1 where one exceeds its limit: wall time against the best that the slots allow, reads of one
 * machine per minute, memory, and the distance of stamps from the truth that the endpoint knows.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import pLimit from 'p-limit';
import type { Fleet, Machine, RunContext, Timer } from '../../src/model/provider.ts';
import { ms } from '../../src/model/units.ts';
import { azure } from '../../src/providers/azure/kind.ts';
import { cloudUs } from '../../src/providers/azure/machine/observations.ts';
import { accountAt } from '../azure/account.ts';
import { catalogue } from '../azure/catalogue.ts';
import { standInProbe } from '../azure/fake-machine.ts';
import { azureScenario, blockRequests } from '../azure/laboratory.ts';
import { type CloudReport, cloudFolder, serveCloud, sharedTimer, startCloud } from './azure-cloud.ts';

const LIMITS = { overIdeal: 1.05, readsAMinute: 12, stampErrorMs: 20, memoryGrowth: 1.25 };
const MB = 2 ** 20;
/** Shares of finished machines at which to measure the memory: the same number is booting at both. */
const MEMORY_AT = [1 / 3, 0.85];

const { values } = parseArgs({
  options: {
    blocks: { type: 'string', default: '250' },
    /** Total over all shards. */
    'at-a-time': { type: 'string', default: '50' },
    shards: { type: 'string', default: '5' },
    /** Minutes; 0 for none. */
    throttle: { type: 'string', default: '20' },
    machine: { type: 'string', default: 'vm' },
    orchestration: { type: 'string', default: 'uniform' },
  },
});
const blocks = Number(values.blocks);
const atATime = Number(values['at-a-time']);
const shards = Number(values.shards);
const throttleMin = Number(values.throttle);

const served = cloudFolder();
if (served === undefined) process.exitCode = (await measure()) ? 0 : 1;
else await serveCloud(served);

async function measure(): Promise<boolean> {
  const folder = mkdtempSync(path.join(tmpdir(), 'azure-bench-'));
  const cloud = await startCloud(folder);
  // Each shard has its own clock: a shard without throttling does not skip.
  const clocks = Array.from({ length: shards }, () => leapingTimer(sharedTimer));
  const said: string[] = [];
  const { machine, orchestration } = values;
  const scenario = azureScenario({ machine, orchestration }, { concurrency: atATime / shards });
  const fleets = await Promise.all(
    clocks.map(({ timer }) => azure.open(scenario, contextOf(folder, cloud, timer, said))),
  );
  const loop = monitorEventLoopDelay({ resolution: 1 });
  loop.enable();
  const memory: number[] = [];
  const startedMs = performance.now();
  const machines = await bootAll(fleets, (done) => {
    if (done === blocks && throttleMin > 0) cloud.throttle(throttleMin * 60);
    if (MEMORY_AT.some((share) => done === Math.round(share * blocks * 2))) memory.push(heldBytes());
  });
  const wallMs = performance.now() - startedMs;
  loop.disable();
  await Promise.all(fleets.map((fleet) => fleet.close()));
  const report = await cloud.report();
  rmSync(folder, { recursive: true });
  return say({ machines, wallMs, memory, loopMs: loop.max / 1e6, clocks, said }, report);
}

/** Bytes in use after a collection: the process's resident size depends more on when it collects than on what it keeps. */
function heldBytes(): number {
  setFlagsFromString('--expose_gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function contextOf(
  folder: string,
  { url, certificateFile, doorOf }: Awaited<ReturnType<typeof startCloud>>,
  timer: Timer,
  said: string[],
): RunContext {
  const scratchFolder = path.join(folder, 'scratch');
  mkdirSync(scratchFolder, { recursive: true });
  return {
    runId: 'scale',
    seed: 1,
    cacheFolder: folder,
    scratchFolder,
    scenarioFolder: folder,
    environment: accountAt({ url }, catalogue().subscription, certificateFile),
    timer,
    progress: (line) => said.push(line),
    signal: new AbortController().signal,
    probe: standInProbe(doorOf, timer),
  };
}

/** The shard of a block, by the rule of --shard. */
function shardOf(block: number): number {
  return block % shards;
}

/** As the stages do it: each shard boots a limited number of machines at a time, in order. `done` gets the number of finished ones. */
function bootAll(fleets: readonly Fleet[], done: (count: number) => void): Promise<Machine[]> {
  const signal = new AbortController().signal;
  const limits = fleets.map(() => pLimit((atATime * 2) / shards));
  let count = 0;
  const requests = Array.from({ length: blocks }, (_, i) =>
    blockRequests(i + 1).map((request) => ({ request, shard: shardOf(i) })),
  );
  return Promise.all(
    requests.flat().map(({ request, shard }) => {
      const [fleet, limit] = [fleets[shard], limits[shard]];
      if (!fleet || !limit) throw new Error(`there is no shard ${shard}`);
      return limit(async () => {
        const machine = await fleet.boot(request, signal);
        await machine.destroy();
        done(++count);
        return machine;
      });
    }),
  );
}

/** A clock that skips sleeps of over ten minutes: only the throttled subscription causes them. */
function leapingTimer(real: Timer) {
  let leptMs = 0;
  const leaps: { readonly toMs: number; readonly byMs: number }[] = [];
  const timer: Timer = {
    nowMs: () => ms(real.nowMs() + leptMs),
    sleep: async (duration, signal) => {
      if (duration < 600_000) return real.sleep(duration, signal);
      signal.throwIfAborted();
      leptMs += duration;
      leaps.push({ toMs: timer.nowMs(), byMs: duration });
    },
  };
  return {
    timer,
    leaps,
    /** Converts an instant of this clock to the real one. */
    realMs: (atMs: number): number => atMs - leaps.reduce((sum, { toMs, byMs }) => sum + (atMs >= toMs ? byMs : 0), 0),
  };
}

interface Measured {
  /** In the order of their requests, so that each successive pair is a block. */
  readonly machines: readonly Machine[];
  readonly wallMs: number;
  /** Bytes that the client uses, at the shares of `MEMORY_AT`. */
  readonly memory: readonly number[];
  /** The longest time that one task blocked the client's event loop. */
  readonly loopMs: number;
  readonly clocks: readonly ReturnType<typeof leapingTimer>[];
  /** The messages of the shards to their users. */
  readonly said: readonly string[];
}

function say({ machines, wallMs, memory, loopMs, clocks, said }: Measured, report: CloudReport): boolean {
  const { left, requests, mostReadsAMinute, reads } = report;
  const leaps = clocks.reduce((sum, clock) => sum + clock.leaps.length, 0);
  const ideal = idealMs(machines, report);
  const ratio = wallMs / ideal;
  const errors = stampErrors(
    machines,
    report,
    (index, atMs) => clocks[shardOf(Math.floor(index / 2))]?.realMs(atMs) ?? Number.NaN,
  );
  const [early = Number.NaN, late = Number.NaN] = memory;
  const rows = [
    [
      'machines',
      `${machines.length} in ${blocks} blocks, ${atATime} blocks at a time in ${shards} shards; left behind: ${left.length}`,
    ],
    [
      'throttled',
      `${leaps} waits of ${throttleMin} min (skipped on the clock); ${machines.filter(({ facts }) => facts.throttledMs !== undefined).length} machines have it in their records; told ${said.filter((line) => /throttles/.test(line)).length} times`,
    ],
    [
      'wall time',
      `${(wallMs / 1000).toFixed(1)} s; the slots allow ${(ideal / 1000).toFixed(1)} s: ${ratio.toFixed(3)}`,
    ],
    ['reads of one machine', `at most ${mostReadsAMinute} a minute; ${requests} requests in all`],
    [
      'reads',
      Object.entries(reads)
        .map(([kind, count]) => `${count} of ${kind}`)
        .join(', '),
    ],
    [
      'memory',
      `${(early / MB).toFixed(1)} MB held after a third of the machines, ${(late / MB).toFixed(1)} MB after most`,
    ],
    [
      'stamps off by',
      Object.entries(errors)
        .map(([id, all]) => `${id} ${spread(all)}`)
        .join(', '),
    ],
    ['event loop', `busy for at most ${loopMs.toFixed(0)} ms`],
  ];
  for (const [name, text] of rows) console.log(`${name?.padEnd(22)}${text}`);
  return (
    left.length === 0 &&
    (throttleMin === 0 || leaps > 0) &&
    ratio <= LIMITS.overIdeal &&
    mostReadsAMinute <= LIMITS.readsAMinute &&
    Math.max(...Object.values(errors).flat()) <= LIMITS.stampErrorMs &&
    late / early <= LIMITS.memoryGrowth
  );
}

function spread(errors: readonly number[]): string {
  const sorted = [...errors].sort((a, b) => a - b);
  return `${sorted[Math.floor(sorted.length / 2)]?.toFixed(1)} ms (median) to ${sorted.at(-1)?.toFixed(1)} ms`;
}

/** The same machines in the same slots, without gaps between them: the slowest shard's time. */
function idealMs(machines: readonly Machine[], { truth }: CloudReport): number {
  const free = Array.from({ length: shards }, () => new Array<number>((atATime * 2) / shards).fill(0));
  for (let block = 0; block < blocks; block++) {
    const pair = machines.slice(block * 2, block * 2 + 2);
    const slots = free[shardOf(block)] ?? [];
    slots.sort((a, b) => a - b);
    const start = Math.max(...slots.slice(0, pair.length));
    pair.forEach((machine, index) => {
      slots[index] = start + neededMs(truth[nameOf(machine)]);
    });
  }
  return Math.max(...free.flat());
}

/** The least time that a machine needs: until its operation has ended and its port is open. */
function neededMs(truth: CloudReport['truth'][string] | undefined): number {
  if (truth === undefined) return Number.NaN;
  const created = (cloudUs(truth.operationEnd) ?? 0) - (cloudUs(truth.operationStart) ?? 0);
  return Math.max(created / 1000, truth.openedMs - truth.acceptedMs);
}

function nameOf(machine: Machine): string {
  return String(machine.facts.vm);
}

/** How far the truth is outside the stated error of each stamp, in milliseconds: 0 where it is inside. */
function stampErrors(
  machines: readonly Machine[],
  { truth }: CloudReport,
  realMs: (machine: number, atMs: number) => number,
): Record<string, number[]> {
  const errors: Record<string, number[]> = { sent: [], accepted: [], 'operation-end': [], running: [], 'tcp-open': [] };
  for (const [index, machine] of machines.entries()) {
    const real = truth[nameOf(machine)];
    if (real === undefined) throw new Error(`the cloud has never heard of ${nameOf(machine)}`);
    const at = (id: string) => machine.marks.find((mark) => mark.id === `outside.${id}`);
    const off = (id: string, trueMs: number) => {
      const mark = at(id);
      const distanceMs = Math.abs(realMs(index, machine.zeroMs + (mark?.us ?? Number.NaN) / 1000) - trueMs);
      errors[id]?.push(Math.max(0, distanceMs - (mark?.errorUs ?? 0) / 1000));
    };
    errors.sent?.push(Math.abs(realMs(index, machine.zeroMs) - real.acceptedMs));
    off('accepted', real.answeredMs);
    off('running', real.runningMs);
    off('tcp-open', real.openedMs);
    errors['operation-end']?.push(
      Math.abs((at('operation-end')?.us ?? Number.NaN) - (cloudUs(real.operationEnd) ?? 0)) / 1000,
    );
  }
  return errors;
}
