/** A run on existing machines, as `bench run` makes it. */
import path from 'node:path';
import type { z } from 'zod';
import { HostScenario } from '../../../src/providers/host/scenario.ts';
import { designRun } from '../../../src/stages/design/run.ts';
import { providerOf } from '../../../src/stages/provider.ts';
import { type RunResult, runWith } from '../../../src/stages/run.ts';
import { runFolder } from '../../../src/store/run-folder.ts';
import { realTimer as timer } from '../../support/timer.ts';
import type { FakeHost } from './fake-host.ts';

export type HostText = z.input<typeof HostScenario>;

export const entries = {
  before: { image: { entry: 'before', verify: 'grep -q entry=before /proc/cmdline' } },
  after: { image: { entry: 'after', verify: 'grep -q entry=after /proc/cmdline' } },
};

export const scenarioText = (hosts: readonly FakeHost[], changes: Partial<HostText> = {}): HostText => ({
  name: 'rack',
  provider: {
    kind: 'host',
    hosts: hosts.map(({ address }) => address),
    keyFile: hosts[0]?.keyFile,
    knownHosts: hosts[0]?.knownHosts,
  },
  variants: entries,
  blocks: 1,
  reboots: 1,
  ready: { within: '60s' },
  gates: { 'boot.target': {} },
  ...changes,
});

export interface HostRun {
  readonly text: HostText;
  readonly home: string;
  readonly id?: string;
  readonly say?: (line: string) => void;
  readonly signal?: AbortSignal;
}

export async function runOnHosts({ text, home, id = 'rack-1', say = () => {}, signal }: HostRun): Promise<RunResult> {
  const scenario = HostScenario.parse(text);
  const createdAt = '2026-01-01T00:00:00Z';
  const document = text as Record<string, unknown>;
  const about = { id, tool: 'bench 0.0.0', createdAt, scenario: document, scenarioSha256: 'a'.repeat(64), seed: 7 };
  const nothing = () => {};
  const watcher = { changed: nothing, gaveUp: nothing, kept: nothing, started: nothing, deriving: nothing };
  const place = {
    cacheFolder: home,
    scratchFolder: home,
    scenarioFolder: home,
    environment: { PATH: process.env.PATH },
  };
  const world = { provider: { ...place, timer, progress: say }, timer, now: () => createdAt, watcher };
  const experiment = { folder: runFolder(path.join(home, id)), run: designRun(scenario, about), scenario };
  return runWith(providerOf(scenario), experiment, world, signal ?? new AbortController().signal);
}
