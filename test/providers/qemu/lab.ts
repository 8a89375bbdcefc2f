/** The environment of a run for tests: temporary folders, a short scenario, and a look at leftovers. */
import { mkdir, mkdtemp, readdir, readlink, rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { z } from 'zod';
import type { BootRequest, Fleet, Machine, RunContext } from '../../../src/model/provider.ts';
import { ms } from '../../../src/model/units.ts';
import { qemu } from '../../../src/providers/qemu/kind.ts';
import { QemuScenario } from '../../../src/providers/qemu/scenario.ts';

export type ScenarioText = z.input<typeof QemuScenario>;

export interface Lab {
  /** Images and sources of the scenario. */
  readonly folder: string;
  readonly scratch: string;
  readonly lines: string[];
  open(scenario: Partial<ScenarioText>, changes?: Partial<RunContext>): Promise<Fleet>;
  end(): Promise<void>;
}

/** Images stay here from one test run to the next: building one takes half a minute. */
const CACHE = path.resolve('node_modules/.cache/bench-test');

export async function newLab(): Promise<Lab> {
  const home = await mkdtemp(path.join(tmpdir(), 'bench-qemu-test-'));
  const folder = path.join(home, 'scenario');
  const scratch = path.join(home, 'scratch');
  for (const each of [folder, scratch, CACHE]) await mkdir(each, { recursive: true });
  const lines: string[] = [];
  const fleets: Fleet[] = [];
  return {
    folder,
    scratch,
    lines,
    open: async (scenario, changes) => {
      const fleet = await qemu.open(scenarioOf(scenario), {
        ...runContext({ cacheFolder: CACHE, scratchFolder: scratch, scenarioFolder: folder }),
        progress: (line) => lines.push(line),
        ...changes,
      });
      fleets.push(fleet);
      return fleet;
    },
    end: async () => {
      for (const fleet of fleets) await fleet.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** Wall timing under emulation, 64 MiB, one image for both variants, unless the test says otherwise. */
export function scenarioOf(changes: Partial<ScenarioText>): QemuScenario {
  return QemuScenario.parse({
    name: 'test',
    provider: { kind: 'qemu', timing: 'wall', accel: 'tcg', memory: '64M' },
    variants: variantsOf({ file: 'disk.raw' }),
    ...changes,
  });
}

type VariantImage = ScenarioText['variants'][string]['image'];

export const variantsOf = (before: VariantImage, after = before): ScenarioText['variants'] => ({
  before: { image: before },
  after: { image: after },
});

export function runContext(
  folders: Pick<RunContext, 'cacheFolder' | 'scratchFolder' | 'scenarioFolder'>,
  signal: AbortSignal = new AbortController().signal,
): RunContext {
  return {
    runId: 'test',
    seed: 1,
    ...folders,
    environment: { PATH: process.env.PATH },
    timer: {
      nowMs: () => ms(performance.now()),
      sleep: (duration, until) => delay(duration, undefined, { signal: until }),
    },
    progress: () => {},
    signal,
  };
}

export function request(number: number, variant = 'before', blockSeed = 42): BootRequest {
  const id = `${String(number).padStart(4, '0')}-${variant}`;
  return { boot: { id, variant, block: 1, machine: id, bootKind: 'first' }, blockSeed, together: [id] };
}

/** The next boot of a machine that has the order to reboot. */
export function rebootOf(again: Machine, number: number): BootRequest {
  const first = request(number);
  return { ...first, boot: { ...first.boot, bootKind: 'reboot' }, again };
}

export const forever = new AbortController().signal;

/** Processes whose working folder is inside `folder`: every machine of ours runs in its own. */
export async function processesIn(folder: string): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const inside = await Promise.all(
    pids.map(async (pid) => (await readlink(`/proc/${pid}/cwd`).catch(() => '')).startsWith(folder)),
  );
  return pids.filter((_, index) => inside[index]);
}

/** Waits until a condition holds; gives up after `withinMs`. */
export async function eventually(claim: () => Promise<boolean>, withinMs = 10_000): Promise<boolean> {
  for (let waited = 0; waited < withinMs; waited += 50) {
    if (await claim()) return true;
    await delay(50);
  }
  return claim();
}

export async function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
