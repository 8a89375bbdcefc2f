/**
 * `npm run bench:azure`: 500 machines in 250 blocks against the test endpoint, with fake machines and latencies as Azure has
 * them, in real time (about eight minutes; `--blocks 20 --at-a-time 10` for a look). Says, and exits 1 where a limit is
 * broken: wall time against the best that the slots allow, reads of one machine a minute, memory, and how far stamps are from
 * the truth that the endpoint knows.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import pLimit from 'p-limit';
import type { Machine, RunContext } from '../../src/model/provider.ts';
import { seededRandom } from '../../src/model/random.ts';
import { azureProvider } from '../../src/providers/azure/provider.ts';
import { cloudUs } from '../../src/providers/azure/sighting.ts';
import { catalogue } from '../azure/catalogue.ts';
import { newCertificate } from '../azure/certificate.ts';
import { type Endpoint, startEndpoint } from '../azure/endpoint.ts';
import { fakePower, standInProbe } from '../azure/fake-machine.ts';
import { azureScenario, blockRequests } from '../azure/laboratory.ts';
import { realTimer as timer } from '../support/timer.ts';
import { gaussian } from './synthetic.ts';

const LIMITS = { overIdeal: 1.05, readsAMinute: 12, stampErrorMs: 20, memoryGrowth: 1.25 };
const MINUTE_MS = 60_000;

const { values } = parseArgs({
  options: { blocks: { type: 'string', default: '250' }, 'at-a-time': { type: 'string', default: '50' } },
});
const blocks = Number(values.blocks);
const atATime = Number(values['at-a-time']);

/** Seconds to an operation's end and to an open port: lognormal, with the spread of published boots. */
function latencies() {
  const normal = gaussian(seededRandom(7));
  const known = new Map<string, { createMs: number; bootMs: number }>();
  return (name: string) => {
    const found = known.get(name) ?? {
      createMs: 52_000 * Math.exp(0.12 * normal.next()),
      bootMs: 24_000 * Math.exp(0.12 * normal.next()),
    };
    known.set(name, found);
    return found;
  };
}

const of = latencies();
const opened = new Map<string, number>();
const folder = mkdtempSync(path.join(tmpdir(), 'azure-bench-'));
const certificate = newCertificate(folder);
mkdirSync(path.join(folder, 'scratch'));
const endpoint = await startEndpoint({
  certificate,
  catalogue: catalogue(),
  power: fakePower(
    ({ name }) => of(name).bootMs,
    (name) => opened.set(name, performance.now()),
  ),
  latency: { answer: 150, create: (name) => of(name).createMs, extension: 1, delete: 30_000 },
});

const context: RunContext = {
  runId: 'scale',
  seed: 1,
  cacheFolder: folder,
  scratchFolder: path.join(folder, 'scratch'),
  scenarioFolder: folder,
  environment: {
    AZURE_SUBSCRIPTION_ID: catalogue().subscription,
    AZURE_TENANT_ID: 'tenant',
    AZURE_CLIENT_ID: 'client',
    AZURE_CLIENT_SECRET: 'secret',
    AZURE_AUTHORITY_HOST: endpoint.url,
    BENCH_AZURE_RESOURCE_MANAGER: endpoint.url,
    BENCH_AZURE_CA: certificate.file,
  },
  timer,
  progress: () => {},
  signal: new AbortController().signal,
  probe: standInProbe(endpoint.portOf, timer),
};

const memory: number[] = [];
const sampling = setInterval(() => memory.push(process.memoryUsage().rss), 1000);
const fleet = await azureProvider(azureScenario({}, { concurrency: atATime })).open(context);
const startedMs = performance.now();
const machines = await bootAll();
const wallMs = performance.now() - startedMs;
clearInterval(sampling);
await fleet.close();
const left = endpoint.left();
await endpoint.close();
rmSync(folder, { recursive: true });
process.exitCode = say() ? 0 : 1;

/** As the stage does it: so many machines at a time, first come, first served. */
async function bootAll(): Promise<Machine[]> {
  const limit = pLimit(atATime * 2);
  const requests = Array.from({ length: blocks }, (_, i) => blockRequests(i + 1)).flat();
  return Promise.all(
    requests.map((request) =>
      limit(async () => {
        const machine = await fleet.boot(request, context.signal);
        await machine.destroy();
        return machine;
      }),
    ),
  );
}

function nameOf(machine: Machine): string {
  return String(machine.facts.vm);
}

/** What a machine takes at least: until its operation is over and its port open. */
function neededMs(name: string): number {
  const truth = endpoint.truth.get(name);
  const created = (cloudUs(truth?.operationEnd ?? '') ?? 0) - (cloudUs(truth?.operationStart ?? '') ?? 0);
  return Math.max(created / 1000, (opened.get(name) ?? 0) - (truth?.acceptedMs ?? 0));
}

/** The same machines in the same slots, without anything between them. */
function idealMs(): number {
  const free: number[] = new Array(atATime * 2).fill(0);
  for (let block = 0; block < blocks; block++) {
    const pair = machines.slice(block * 2, block * 2 + 2);
    free.sort((a, b) => a - b);
    const start = Math.max(...free.slice(0, pair.length));
    pair.forEach((machine, index) => {
      free[index] = start + neededMs(nameOf(machine));
    });
  }
  return Math.max(...free);
}

function mostReadsAMinute({ log }: Endpoint): number {
  const reads = new Map<string, number[]>();
  for (const { method, path: at, atMs } of log) {
    const name = method === 'GET' ? /virtualMachines\/([^/]+)/i.exec(at)?.[1] : undefined;
    if (name) reads.set(name, [...(reads.get(name) ?? []), atMs]);
  }
  const most = [...reads.values()].map((times) =>
    Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + MINUTE_MS).length)),
  );
  return Math.max(...most);
}

/** How far the stamps are outside of what they claim, in milliseconds: 0 where the truth is within the stated error. */
function stampErrors() {
  const errors: Record<string, number[]> = { accepted: [], operation: [], running: [], 'tcp-open': [] };
  for (const machine of machines) {
    const truth = endpoint.truth.get(nameOf(machine));
    const since = truth?.acceptedMs ?? 0;
    const off = (id: string, trueMs: number) => {
      const mark = machine.marks.find((each) => each.id === `outside.${id}`);
      const distance = Math.abs((mark?.us ?? Infinity) / 1000 - trueMs);
      errors[id]?.push(Math.max(0, distance - (mark?.errorUs ?? 0) / 1000));
    };
    off('accepted', (truth?.answeredMs ?? 0) - since);
    off('running', (truth?.runningMs ?? 0) - since);
    off('tcp-open', (opened.get(nameOf(machine)) ?? 0) - since);
    const end = machine.marks.find(({ id }) => id === 'outside.operation-end');
    errors.operation?.push(Math.abs((end?.us ?? Infinity) - (cloudUs(truth?.operationEnd ?? '') ?? 0)) / 1000);
  }
  return Object.fromEntries(Object.entries(errors).map(([id, all]) => [id, Math.max(...all)]));
}

function say(): boolean {
  const ideal = idealMs();
  const ratio = wallMs / ideal;
  const reads = mostReadsAMinute(endpoint);
  const errors = stampErrors();
  const worst = Math.max(...Object.values(errors));
  const settled = memory.slice(Math.floor(memory.length / 3));
  const early = Math.max(...memory.slice(0, Math.ceil(memory.length / 3)));
  const growth = Math.max(...settled) / early;
  const rows = [
    ['machines', `${machines.length} in ${blocks} blocks, ${atATime} blocks at a time; left behind: ${left.length}`],
    [
      'wall time',
      `${(wallMs / 1000).toFixed(1)} s; the slots allow ${(ideal / 1000).toFixed(1)} s: ${ratio.toFixed(3)}`,
    ],
    ['reads of one machine', `at most ${reads} a minute; ${endpoint.log.length} requests in all`],
    [
      'memory',
      `${(early / 2 ** 20).toFixed(0)} MB in the first third, ${(Math.max(...settled) / 2 ** 20).toFixed(0)} MB after`,
    ],
    [
      'stamps',
      Object.entries(errors)
        .map(([id, worstMs]) => `${id} ${worstMs.toFixed(1)} ms`)
        .join(', '),
    ],
  ];
  for (const [name, text] of rows) console.log(`${name?.padEnd(22)}${text}`);
  return (
    left.length === 0 &&
    ratio <= LIMITS.overIdeal &&
    reads <= LIMITS.readsAMinute &&
    worst <= LIMITS.stampErrorMs &&
    growth <= LIMITS.memoryGrowth
  );
}
