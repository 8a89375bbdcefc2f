/** Checks whether this computer is ready for the local lab, and says what to do if not. Changes nothing. */
import { mkdir, statfs } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import type { CheckResult } from '../../model/check-result.ts';
import type { ComputerWorld } from '../../model/provider-kind.ts';
import { probeAccelerator } from './accelerator.ts';
import { installCommands } from './packages.ts';
import { requirements } from './requirements.ts';
import type { QemuScenario } from './scenario.ts';

const GIB = 2 ** 30;
/** Two images of a scenario with their trees, and the machines' overlays. */
const DISK_BYTES = 6 * GIB;
/** Two machines of 1 GiB, and the processes that run them. */
const MEMORY_BYTES = 3.5 * GIB;

/** Checks only what the runs of this scenario need. */
export async function examineComputer(scenario: QemuScenario, world: ComputerWorld): Promise<CheckResult[]> {
  const tools = await requirements(world.environment, scenario);
  const commands = installCommands(tools);
  const found = tools.map(
    ({ tool, use, found: where, packages }): CheckResult =>
      where === undefined
        ? {
            check: tool,
            state: 'missing',
            says: `not found; it ${use}`,
            todo: `package ${packages.debian} (Debian), ${packages.fedora} (Fedora), ${packages.arch} (Arch)`,
          }
        : { check: tool, state: 'ok', says: where },
  );
  return [
    { check: 'Node.js', state: 'ok', says: world.nodeVersion },
    ...found,
    ...(commands ? [install(commands)] : await accelerators(world)),
    await disk(world.cacheFolder),
    memory(),
    cores(),
  ];
}

const install = (commands: { debian: string; fedora: string; arch: string }): CheckResult => ({
  check: 'packages',
  state: 'missing',
  says: 'bench installs them itself when it runs as root on Debian or Ubuntu',
  todo: `sudo ${commands.debian} · sudo ${commands.fedora} · sudo ${commands.arch}`,
});

async function accelerators(world: ComputerWorld): Promise<CheckResult[]> {
  const [kvm, tcg] = [await probeAccelerator('kvm', world), await probeAccelerator('tcg', world)];
  return [
    kvm.works
      ? { check: 'KVM', state: 'ok', says: 'works; used with timing: wall' }
      : {
          check: 'KVM',
          state: 'note',
          says: `${kvm.reason}: timing: wall falls back to emulation; timing: virtual does not need KVM`,
        },
    tcg.works
      ? { check: 'emulation', state: 'ok', says: 'boots a guest' }
      : {
          check: 'emulation',
          state: 'missing',
          says: tcg.reason,
          todo: 'Reinstall QEMU; emulation works on every computer.',
        },
  ];
}

async function disk(folder: string): Promise<CheckResult> {
  await mkdir(folder, { recursive: true }).catch(() => {});
  const space = await statfs(folder).catch(() => undefined);
  if (!space)
    return {
      check: 'disk',
      state: 'missing',
      says: `${folder} is not usable`,
      todo: 'Set BENCH_CACHE to another folder.',
    };
  const free = space.bavail * space.bsize;
  const says = `${(free / GIB).toFixed(0)} GiB free in ${folder}`;
  return free >= DISK_BYTES
    ? { check: 'disk', state: 'ok', says }
    : {
        check: 'disk',
        state: 'missing',
        says,
        todo: `bench needs about ${DISK_BYTES / GIB} GiB; free some space, or set BENCH_CACHE to another folder.`,
      };
}

function memory(): CheckResult {
  const says = `${(totalmem() / GIB).toFixed(1)} GiB`;
  return totalmem() >= MEMORY_BYTES
    ? { check: 'memory', state: 'ok', says }
    : { check: 'memory', state: 'note', says, todo: 'Boot one machine at a time: --set concurrency=1.' };
}

function cores(): CheckResult {
  const count = availableParallelism();
  return count >= 2
    ? { check: 'cores', state: 'ok', says: String(count) }
    : { check: 'cores', state: 'note', says: '1', todo: 'Two machines at the same time each take twice as long.' };
}
