/** A run whose machines the shell program beside this file makes: files for a cloud, an SSH server for a guest. All else is real. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { collectorsFor } from '../../../src/collectors/index.ts';
import { CommandScenario } from '../../../src/providers/command/scenario.ts';
import { designRun } from '../../../src/stages/design/run.ts';
import { providerOf } from '../../../src/stages/provider.ts';
import { type RunResult, runWith } from '../../../src/stages/run.ts';
import { type RunFolder, runFolder } from '../../../src/store/run-folder.ts';
import { reachedAfter } from '../../support/boot-artifacts.ts';
import { type SshGuests, sshGuests } from '../../support/ssh-guest.ts';
import { realTimer as timer } from '../../support/timer.ts';

export const PROGRAM = path.resolve('test/providers/command/cloud.sh');

export interface Cloud {
  readonly folder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly lines: string[];
  /** Names of the existing machines. */
  machines(): string[];
  /** The requests to a program, call by call. */
  asked(verb: 'create' | 'destroy' | 'list'): Record<string, unknown>[];
  plant(machine: { name: string; run: string; scenario?: string; deleteAfter?: string }): void;
  run(fault: string, changes?: RunChanges): Promise<RunResult & { store: RunFolder }>;
  close(): Promise<void>;
}

interface RunChanges {
  readonly id?: string;
  readonly blocks?: number;
  readonly signal?: AbortSignal;
}

export const scenarioText = (fault: string, blocks: number) => ({
  name: 'elsewhere',
  provider: {
    kind: 'command',
    create: [PROGRAM, 'create'],
    destroy: [PROGRAM, 'destroy'],
    list: `${PROGRAM} list`,
    options: { fault },
    createWithin: fault.includes('hangs') ? '2s' : '20s',
    destroyWithin: /^destroy-(lies|fails|dies)/.test(fault) ? '3s' : '20s',
    listWithin: fault.includes('hangs') ? '2s' : '20s',
  },
  variants: { before: { image: 'one' }, after: { image: { name: 'two', build: 7 } } },
  blocks,
  gates: { 'boot.target': {} },
  ready: { within: '20s' },
});

/** A boot that reaches its default target after the given seconds. */
const artifacts = (seconds: number): Record<string, string> => reachedAfter(seconds * 1e6);

export async function newCloud(): Promise<Cloud> {
  const home = mkdtempSync(path.join(tmpdir(), 'bench-command-'));
  const folder = path.join(home, 'cloud');
  mkdirSync(folder);
  const requests = collectorsFor(CommandScenario.parse(scenarioText('', 1))).flatMap(
    (collector) => collector.artifacts,
  );
  const guest = (seconds: number) => sshGuests(requests, () => artifacts(seconds));
  const guests: readonly SshGuests[] = [await guest(10), await guest(10), await guest(12), await guest(12)];
  const ports = guests.map((each) => each.target('x').port);
  const environment = {
    PATH: process.env.PATH,
    CLOUD: folder,
    BEFORE_PORTS: ports.slice(0, 2).join(),
    AFTER_PORTS: ports.slice(2).join(),
    SECRET_TOKEN: 'tok-12345678',
  };
  const lines: string[] = [];
  return {
    folder,
    environment,
    lines,
    machines: () => readdirSync(folder).filter((name) => name.endsWith('.json')),
    asked: (verb) => {
      const log = path.join(folder, `${verb}.log`);
      return readFileSync(log, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    },
    plant: (machine) => writeFileSync(path.join(folder, `${machine.name}.json`), JSON.stringify(machine)),
    async run(fault, { id = 'elsewhere-1', blocks = 1, signal = new AbortController().signal } = {}) {
      const document = scenarioText(fault, blocks);
      const scenario = CommandScenario.parse(document);
      const createdAt = '2026-01-01T00:00:00Z';
      const about = { id, tool: 'bench 0.0.0', createdAt, scenario: document, scenarioSha256: 'a'.repeat(64), seed: 7 };
      const store = runFolder(path.join(home, id));
      const nothing = () => {};
      const watcher = { changed: nothing, gaveUp: nothing, kept: nothing, started: nothing, deriving: nothing };
      const place = { cacheFolder: home, scratchFolder: home, scenarioFolder: home, environment };
      const provider = { ...place, timer, progress: (line: string) => lines.push(line) };
      const world = { provider, timer, now: () => createdAt, watcher };
      return {
        ...(await runWith(
          providerOf(scenario),
          { folder: store, run: designRun(scenario, about), scenario },
          world,
          signal,
        )),
        store,
      };
    },
    async close() {
      for (const each of guests) await each.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}
