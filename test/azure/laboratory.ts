/** A subscription for one test: endpoint, scenario and run context, as a user would have them. */
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BootRequest, Claims, RunContext, Timer } from '../../src/model/provider.ts';
import { ms } from '../../src/model/units.ts';
import { AzureScenario } from '../../src/providers/azure/scenario.ts';
import { accountAt } from './account.ts';
import { type Catalogue, catalogue, GALLERY } from './catalogue.ts';
import { newCertificate } from './certificate.ts';
import { type EndpointOptions, startEndpoint } from './endpoint.ts';
import { fakePower, standInProbe } from './fake-machine.ts';

/** Time that runs `factor` times as fast: a wait of minutes takes seconds in a test. */
export const fastTimer = (factor: number): Timer => ({
  nowMs: () => ms(performance.now() * factor),
  sleep: async (duration, signal) => {
    signal.throwIfAborted();
    await sleep(duration / factor, undefined, { signal });
  },
});

export interface LaboratoryOptions {
  readonly catalogue?: Partial<Catalogue>;
  readonly latency?: Partial<EndpointOptions['latency']>;
  readonly power?: EndpointOptions['power'];
  readonly timer?: Timer;
  readonly environment?: Readonly<Record<string, string>>;
  /** A file of certificates to trust beside the endpoint's own. */
  readonly alsoTrusts?: string;
}

const QUICK = { answer: 0, create: () => 60, extension: 60, delete: 40 };

export async function laboratory(options: LaboratoryOptions = {}) {
  const folder = mkdtempSync(path.join(tmpdir(), 'azure-'));
  const certificate = newCertificate(folder);
  if (options.alsoTrusts) appendFileSync(certificate.file, readFileSync(options.alsoTrusts));
  const known = catalogue(options.catalogue);
  const endpoint = await startEndpoint({
    certificate,
    catalogue: known,
    power: options.power ?? fakePower(() => 20),
    latency: { ...QUICK, ...options.latency },
  });
  const timer = options.timer ?? fastTimer(200);
  const interrupt = new AbortController();
  const said: string[] = [];
  const scratchFolder = path.join(folder, 'scratch');
  mkdirSync(scratchFolder);
  const journals = new Map<string, string[]>();
  /** Contexts with the same run and journal stand for successive processes; with another journal, for a separate process. */
  const context = (runId = 'mariner-kata-20260101-1', journal = 'own'): RunContext => ({
    runId,
    claims: claimsOf(journals, `${runId} ${journal}`),
    seed: 1,
    cacheFolder: folder,
    scratchFolder,
    scenarioFolder: folder,
    environment: {
      ...accountAt(endpoint, known.subscription, certificate.file),
      ...options.environment,
    },
    timer,
    progress: (line) => said.push(line),
    signal: interrupt.signal,
    probe: standInProbe(endpoint.doorOf, timer),
  });
  return {
    endpoint,
    context,
    interrupt,
    said,
    folder,
    certificate,
    catalogue: known,
    async close() {
      await endpoint.close();
      rmSync(folder, { recursive: true });
    },
  };
}

function claimsOf(journals: Map<string, string[]>, key: string): Claims {
  const made = journals.get(key) ?? [];
  journals.set(key, made);
  return { made, add: async (name) => void made.push(name) };
}

export type Laboratory = Awaited<ReturnType<typeof laboratory>>;

/** A scenario with the changes that a test needs. */
export const azureScenario = (provider: object = {}, more: object = {}): AzureScenario =>
  AzureScenario.parse({
    name: 'mariner-kata',
    provider: {
      kind: 'azure',
      location: 'westus3',
      sizes: ['Standard_D4s_v5'],
      credentials: 'environment',
      reach: { kind: 'public', from: '203.0.113.4/32' },
      ...provider,
    },
    variants: { before: { image: `${GALLERY}/versions/1.1.9` }, after: { image: `${GALLERY}/versions/1.1.10` } },
    concurrency: 2,
    ...more,
  });

/** The requests of a block, as the stage makes them. */
export function blockRequests(block: number, variants: readonly string[] = ['before', 'after']): BootRequest[] {
  const ids = variants.map((variant, index) => {
    const number = (block - 1) * variants.length + index + 1;
    return [`${String(number).padStart(4, '0')}-${variant}`, variant, number] as const;
  });
  return ids.map(([id, variant, number]) => ({
    boot: { id, variant, block, machine: `m${number}`, bootKind: 'first' },
    blockSeed: block,
    together: ids.map(([each]) => each),
  }));
}
