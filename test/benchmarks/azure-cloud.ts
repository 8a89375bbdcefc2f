/**
 * The cloud of `npm run bench:azure`, in its own process, so that its work and memory do not count as the client's.
 * Both read one clock: process.hrtime is CLOCK_MONOTONIC, the same for all processes of a computer.
 */
import { type ChildProcess, fork } from 'node:child_process';
import type { Timer } from '../../src/model/provider.ts';
import { seededRandom } from '../../src/model/random.ts';
import { ms } from '../../src/model/units.ts';
import { catalogue } from '../azure/catalogue.ts';
import { newCertificate } from '../azure/certificate.ts';
import { type LoggedCall, startEndpoint } from '../azure/endpoint.ts';
import { fakePower } from '../azure/fake-machine.ts';
import type { Truth } from '../azure/hosts.ts';
import type { Door } from '../azure/power.ts';
import { realTimer } from '../support/timer.ts';
import { gaussian } from './synthetic.ts';

export interface CloudReport {
  /** By machine: milliseconds of the shared clock, and the operation's own stamps. */
  readonly truth: Readonly<Record<string, Required<Truth> & { readonly openedMs: number }>>;
  readonly requests: number;
  /** The highest number of reads of one machine within a minute: of itself, its scale set, the set's instances. */
  readonly mostReadsAMinute: number;
  /** Number of reads of all machines, by kind of path. */
  readonly reads: Readonly<Record<string, number>>;
  /** Resources that the run did not delete. */
  readonly left: readonly string[];
}

type Message =
  | { readonly kind: 'ready'; readonly url: string; readonly certificateFile: string }
  | { readonly kind: 'door'; readonly address: string; readonly door: Door }
  | { readonly kind: 'report'; readonly report: CloudReport };

const CLOUD = 'BENCH_AZURE_CLOUD';
const MINUTE_MS = 60_000;

const sharedMs = (): number => Number(process.hrtime.bigint()) / 1e6;
/** Offset from performance.now() to the shared clock. */
const lackMs = sharedMs() - performance.now();
export const sharedTimer: Timer = { nowMs: () => ms(sharedMs()), sleep: realTimer.sleep };

/** The folder for the cloud, if this process is the cloud. */
export const cloudFolder = (): string | undefined => process.env[CLOUD];

/** Starts this same program once more, as the cloud. */
export async function startCloud(folder: string) {
  const child = fork(process.argv[1] ?? '', { env: { ...process.env, [CLOUD]: folder } });
  const doors = new Map<string, Door>();
  child.on('message', (message: Message) => {
    if (message.kind === 'door') doors.set(message.address, message.door);
  });
  const report = heard(child, 'report');
  report.catch(() => {});
  const { url, certificateFile } = await heard(child, 'ready');
  return {
    url,
    certificateFile,
    doorOf: (address: string) => doors.get(address),
    /** Refuses all reads of machines for the given number of seconds. */
    throttle: (seconds: number): void => void child.send({ throttleS: seconds }),
    /** Ends the cloud and returns its report. */
    async report(): Promise<CloudReport> {
      child.send('report');
      return (await report).report;
    },
  };
}

function heard<K extends Message['kind']>(child: ChildProcess, kind: K): Promise<Extract<Message, { kind: K }>> {
  return new Promise((resolve, reject) => {
    child.on('message', (message: Message) => {
      if (message.kind === kind) resolve(message as Extract<Message, { kind: K }>);
    });
    child.once('exit', (code) => reject(new Error(`the cloud ended early: ${code}`)));
  });
}

/** The cloud's side: runs until the client requests its report. */
export async function serveCloud(folder: string): Promise<void> {
  const tell = (message: Message) => process.send?.(message);
  const takes = latencies();
  const opened = new Map<string, number>();
  const certificate = newCertificate(folder);
  const fake = fakePower(
    ({ name }) => takes(name).bootMs,
    (host) => opened.set(host, performance.now()),
  );
  const endpoint = await startEndpoint({
    certificate,
    catalogue: catalogue(),
    power: async (order) => {
      const standIn = await fake(order);
      if (standIn.door) tell({ kind: 'door', address: order.address, door: standIn.door });
      return standIn;
    },
    latency: { answer: 150, create: (name) => takes(name).createMs, extension: 1, delete: 30_000 },
  });
  tell({ kind: 'ready', url: endpoint.url, certificateFile: certificate.file });
  await new Promise<void>((resolve) =>
    process.on('message', (message: 'report' | { readonly throttleS: number }) => {
      if (message === 'report') return resolve();
      endpoint.faults.add({
        method: 'GET',
        path: /\/virtualMachine(?:s|ScaleSets)\/[^/]+(?:\/virtualMachines(?:\/[^/]+)?)?$/i,
        kind: 'answer',
        status: 429,
        code: 'TooManyRequests',
        headers: { 'retry-after': String(message.throttleS) },
      });
    }),
  );
  // The name of a scale set's computer is that of the set plus a number.
  const openedMs = (name: string) => opened.get(name) ?? opened.get(hosts.get(name) ?? '');
  const hosts = new Map([...opened.keys()].map((host) => [host.slice(0, -6), host]));
  const truth = [...endpoint.truth].map(([name, seen]) => [name, shared(seen, openedMs(name))] as const);
  const report = {
    truth: Object.fromEntries(truth),
    requests: endpoint.log.length,
    mostReadsAMinute: mostReadsAMinute(endpoint.log),
    reads: readsByKind(endpoint.log),
    left: endpoint.left(),
  };
  tell({ kind: 'report', report });
  await endpoint.close();
  process.disconnect();
}

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

const shared = (seen: Truth, openedMs = Number.NaN): CloudReport['truth'][string] => ({
  acceptedMs: (seen.acceptedMs ?? Number.NaN) + lackMs,
  answeredMs: (seen.answeredMs ?? Number.NaN) + lackMs,
  runningMs: (seen.runningMs ?? Number.NaN) + lackMs,
  openedMs: openedMs + lackMs,
  operationStart: seen.operationStart ?? '',
  operationEnd: seen.operationEnd ?? '',
});

function mostReadsAMinute(log: readonly LoggedCall[]): number {
  const reads = new Map<string, number[]>();
  for (const { method, path, query, atMs } of log) {
    const name = method === 'GET' ? machineOf(path, query) : undefined;
    if (name) reads.set(name, [...(reads.get(name) ?? []), atMs]);
  }
  const most = [...reads.values()].map((times) =>
    Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + MINUTE_MS).length)),
  );
  return Math.max(...most);
}

/** The machine of a request: any path below a scale set, the list of a flexible set's instances, or its instance (set name and number). */
function machineOf(path: string, query: URLSearchParams): string | undefined {
  // The paths of an instance's interfaces are below its own, but the network service answers them, as for a virtual machine.
  if (/\/networkInterfaces\//i.test(path)) return undefined;
  const inPath = /\/virtualMachine(?:ScaleSets|s)\/([^/]+)/i;
  const name = (inPath.exec(path) ?? inPath.exec(query.get('$filter') ?? ''))?.[1];
  return name?.replace(/(?:_\d{8})?'?$/, '');
}

/** Counts reads by path below Microsoft.Compute, with a star for each name. */
function readsByKind(log: readonly LoggedCall[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { method, path, query } of log) {
    if (method !== 'GET' || machineOf(path, query) === undefined) continue;
    const [, below = ''] = /\/providers\/Microsoft\.Compute\/(.*)$/i.exec(path) ?? [];
    const kind = below.replaceAll(/(^|\/)([a-zA-Z]+)\/[^/]+/g, '$1$2/*');
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}
