/**
 * `npm run bench:azure`: 500 machines in 250 blocks against the test endpoint, with fake machines and latencies as Azure has
 * them, in real time (seven minutes; `--blocks 20 --at-a-time 10` for a look). Says, and exits 1 where a limit is broken: wall
 * time against the best that the slots allow, reads of one machine a minute, memory, and how far stamps are from the truth
 * that the endpoint knows.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import pLimit from 'p-limit';
import type { Fleet, Machine, RunContext } from '../../src/model/provider.ts';
import { azure } from '../../src/providers/azure/kind.ts';
import { cloudUs } from '../../src/providers/azure/machine/observations.ts';
import { catalogue } from '../azure/catalogue.ts';
import { standInProbe } from '../azure/fake-machine.ts';
import { azureScenario, blockRequests } from '../azure/laboratory.ts';
import { type CloudReport, cloudFolder, serveCloud, sharedTimer, startCloud } from './azure-cloud.ts';

const LIMITS = { overIdeal: 1.05, readsAMinute: 12, stampErrorMs: 20, memoryGrowth: 1.25 };
const MB = 2 ** 20;

const { values } = parseArgs({
  options: { blocks: { type: 'string', default: '250' }, 'at-a-time': { type: 'string', default: '50' } },
});
const blocks = Number(values.blocks);
const atATime = Number(values['at-a-time']);

const served = cloudFolder();
if (served === undefined) process.exitCode = (await measure()) ? 0 : 1;
else await serveCloud(served);

async function measure(): Promise<boolean> {
  const folder = mkdtempSync(path.join(tmpdir(), 'azure-bench-'));
  const cloud = await startCloud(folder);
  const context = contextOf(folder, cloud);
  const fleet = await azure.open(azureScenario({}, { concurrency: atATime }), context);
  const loop = monitorEventLoopDelay({ resolution: 1 });
  loop.enable();
  const memory: number[] = [];
  const sampling = setInterval(() => memory.push(process.memoryUsage().rss), 1000);
  const startedMs = performance.now();
  const machines = await bootAll(fleet, context.signal);
  const wallMs = performance.now() - startedMs;
  clearInterval(sampling);
  loop.disable();
  await fleet.close();
  const report = await cloud.report();
  rmSync(folder, { recursive: true });
  return say({ machines, wallMs, memory, loopMs: loop.max / 1e6 }, report);
}

function contextOf(
  folder: string,
  { url, certificateFile, doorOf }: Awaited<ReturnType<typeof startCloud>>,
): RunContext {
  const scratchFolder = path.join(folder, 'scratch');
  mkdirSync(scratchFolder);
  return {
    runId: 'scale',
    seed: 1,
    cacheFolder: folder,
    scratchFolder,
    scenarioFolder: folder,
    environment: {
      AZURE_SUBSCRIPTION_ID: catalogue().subscription,
      AZURE_TENANT_ID: 'tenant',
      AZURE_CLIENT_ID: 'client',
      AZURE_CLIENT_SECRET: 'secret',
      AZURE_AUTHORITY_HOST: url,
      BENCH_AZURE_RESOURCE_MANAGER: url,
      BENCH_AZURE_CA: certificateFile,
    },
    timer: sharedTimer,
    progress: () => {},
    signal: new AbortController().signal,
    probe: standInProbe(doorOf, sharedTimer),
  };
}

/** As the stage does it: so many machines at a time, first come, first served. */
function bootAll(fleet: Fleet, signal: AbortSignal): Promise<Machine[]> {
  const limit = pLimit(atATime * 2);
  const requests = Array.from({ length: blocks }, (_, i) => blockRequests(i + 1)).flat();
  return Promise.all(
    requests.map((request) =>
      limit(async () => {
        const machine = await fleet.boot(request, signal);
        await machine.destroy();
        return machine;
      }),
    ),
  );
}

interface Measured {
  /** In the order they were asked for, so that two in a row are a block. */
  readonly machines: readonly Machine[];
  readonly wallMs: number;
  /** Resident bytes of the client, once a second. */
  readonly memory: readonly number[];
  /** The longest that the client's event loop was busy with one thing. */
  readonly loopMs: number;
}

function say({ machines, wallMs, memory, loopMs }: Measured, report: CloudReport): boolean {
  const { left, requests, mostReadsAMinute } = report;
  const ideal = idealMs(machines, report);
  const ratio = wallMs / ideal;
  const errors = stampErrors(machines, report);
  const third = Math.ceil(memory.length / 3);
  const [early, late] = [Math.max(...memory.slice(0, third)), Math.max(...memory.slice(third))];
  const rows = [
    ['machines', `${machines.length} in ${blocks} blocks, ${atATime} blocks at a time; left behind: ${left.length}`],
    [
      'wall time',
      `${(wallMs / 1000).toFixed(1)} s; the slots allow ${(ideal / 1000).toFixed(1)} s: ${ratio.toFixed(3)}`,
    ],
    ['reads of one machine', `at most ${mostReadsAMinute} a minute; ${requests} requests in all`],
    ['memory', `${(early / MB).toFixed(0)} MB in the first third, ${(late / MB).toFixed(0)} MB after`],
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

/** The same machines in the same slots, without anything between them. */
function idealMs(machines: readonly Machine[], { truth }: CloudReport): number {
  const free: number[] = new Array(atATime * 2).fill(0);
  for (let block = 0; block < blocks; block++) {
    const pair = machines.slice(block * 2, block * 2 + 2);
    free.sort((a, b) => a - b);
    const start = Math.max(...free.slice(0, pair.length));
    pair.forEach((machine, index) => {
      free[index] = start + neededMs(truth[nameOf(machine)]);
    });
  }
  return Math.max(...free);
}

/** What a machine takes at least: until its operation is over and its port open. */
function neededMs(truth: CloudReport['truth'][string] | undefined): number {
  if (truth === undefined) return Number.NaN;
  const created = (cloudUs(truth.operationEnd) ?? 0) - (cloudUs(truth.operationStart) ?? 0);
  return Math.max(created / 1000, truth.openedMs - truth.acceptedMs);
}

function nameOf(machine: Machine): string {
  return String(machine.facts.vm);
}

/** How far each stamp is outside of what it claims, in milliseconds: 0 where the truth is within the stated error. */
function stampErrors(machines: readonly Machine[], { truth }: CloudReport): Record<string, number[]> {
  const errors: Record<string, number[]> = { sent: [], accepted: [], 'operation-end': [], running: [], 'tcp-open': [] };
  for (const machine of machines) {
    const real = truth[nameOf(machine)];
    if (real === undefined) throw new Error(`the cloud has never heard of ${nameOf(machine)}`);
    const at = (id: string) => machine.marks.find((mark) => mark.id === `outside.${id}`);
    const off = (id: string, trueMs: number) => {
      const mark = at(id);
      const distanceMs = Math.abs(machine.zeroMs + (mark?.us ?? Number.NaN) / 1000 - trueMs);
      errors[id]?.push(Math.max(0, distanceMs - (mark?.errorUs ?? 0) / 1000));
    };
    errors.sent?.push(Math.abs(machine.zeroMs - real.acceptedMs));
    off('accepted', real.answeredMs);
    off('running', real.runningMs);
    off('tcp-open', real.openedMs);
    errors['operation-end']?.push(
      Math.abs((at('operation-end')?.us ?? Number.NaN) - (cloudUs(real.operationEnd) ?? 0)) / 1000,
    );
  }
  return errors;
}
