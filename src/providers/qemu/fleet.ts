/** The machines of one run: images ready, accelerator known, keys made; then one QEMU per boot. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { MachineFacts } from '../../model/boot.ts';
import { usageError } from '../../model/errors.ts';
import type { BootRequest, Fleet, Machine, RunContext } from '../../model/provider.ts';
import type { QemuScenario } from '../../model/scenario.ts';
import { ms, msFromUs } from '../../model/units.ts';
import { type MachineShape, qemuArguments, shapeFacts } from './arguments.ts';
import { cpio } from './cpio.ts';
import { guestFiles } from './guest-files.ts';
import { type BuiltImage, buildImage, planBuild } from './image-build.ts';
import { launch } from './machine.ts';
import { newSshKey, type SshKey } from './ssh-key.ts';

export const QEMU = 'qemu-system-x86_64';

interface Keys {
  readonly client: SshKey;
  readonly host: SshKey;
}

interface ReadyImage {
  readonly image: BuiltImage;
  /** The image's initrd with the run's part appended. */
  readonly initrd: string;
}

export async function openFleet(scenario: QemuScenario, run: RunContext): Promise<Fleet> {
  const keys = { client: newSshKey('bench'), host: newSshKey('bench') };
  const images = await prepareImages(scenario, keys, run);
  const clockBase = clockBaseOf([...images.values()].map(({ image }) => image.builtAtS));
  const closing = new AbortController();
  const machines = new Set<Machine>();
  const starting = new Set<Promise<unknown>>();
  const boot = async (request: BootRequest, signal: AbortSignal): Promise<Machine> => {
    const either = AbortSignal.any([signal, closing.signal, run.signal]);
    const pending = bootOne(scenario, images, keys, clockBase, request, run, either);
    starting.add(pending);
    try {
      const machine = await pending;
      machines.add(machine);
      return machine;
    } finally {
      starting.delete(pending);
    }
  };
  return {
    facts: fleetFacts(scenario, images),
    boot,
    close: async () => {
      closing.abort(new Error('the fleet is closed'));
      await Promise.allSettled(starting);
      await Promise.all([...machines].map((machine) => machine.destroy()));
    },
  };
}

async function prepareImages(scenario: QemuScenario, keys: Keys, run: RunContext): Promise<Map<string, ReadyImage>> {
  const plans = new Map(
    await Promise.all(
      Object.entries(scenario.variants).map(async ([name, { image }]) => {
        if (image.build === undefined) throw usageError(`variant ${name}: only built images so far.`);
        const plan = await planBuild(name, image.build, 'disk', scenario.provider.images, run.scenarioFolder);
        return [name, plan] as const;
      }),
    ),
  );
  const given = cpio(
    guestFiles({
      authorizedKey: keys.client.publicKey,
      hostKey: keys.host,
      readyFile: scenario.ready.file,
      keepBusy: scenario.provider.timing === 'virtual',
    }),
  );
  const ready = new Map<string, ReadyImage>();
  for (const [name, plan] of plans) {
    const image = await buildImage(plan, run);
    const initrd = path.join(run.scratchFolder, `initrd-${name}`);
    await writeFile(initrd, Buffer.concat([await readFile(image.initrd), given]), { mode: 0o600 });
    ready.set(name, { image, initrd });
  }
  return ready;
}

async function bootOne(
  scenario: QemuScenario,
  images: ReadonlyMap<string, ReadyImage>,
  keys: Keys,
  clockBase: string,
  request: BootRequest,
  run: RunContext,
  signal: AbortSignal,
): Promise<Machine> {
  const requestedMs = run.timer.nowMs();
  const { boot } = request;
  const ready = images.get(boot.variant);
  if (!ready) throw usageError(`There is no variant ${boot.variant} in this scenario.`);
  const { image } = ready;
  const folder = path.join(run.scratchFolder, boot.id);
  await mkdir(folder, { recursive: true });
  const shape: MachineShape = {
    accelerator: 'tcg',
    timing: scenario.provider.timing,
    cpus: scenario.provider.cpus,
    memoryBytes: scenario.provider.memory,
    kernelArguments: scenario.provider.kernelArguments,
    clockBase,
    seed: request.blockSeed,
  };
  const disk = {
    kind: 'built',
    file: image.disk,
    sizeBytes: image.sizeBytes,
    kernel: image.kernel,
    initrd: ready.initrd,
    overlay: path.join(folder, 'disk.qcow2'),
  } as const;
  return launch(
    {
      name: boot.id,
      folder,
      command: [QEMU, ...qemuArguments(shape, disk)],
      environment: run.environment,
      facts: { ...shapeFacts(shape), imageKey: image.key, kernel: image.kernelVersion },
      ssh: { user: 'root', privateKey: keys.client.privateKey, hostKey: { kind: 'pinned', sha256: keys.host.sha256 } },
      readyWithinMs: msFromUs(scenario.ready.within),
      requestedMs: ms(requestedMs),
      timer: run.timer,
    },
    signal,
  );
}

/** Noon, UTC, of the day after the last image was built: later than all that is in them, far from midnight's timers. */
export function clockBaseOf(builtAtS: readonly number[]): string {
  const day = Math.floor(Math.max(...builtAtS) / 86_400) + 1;
  return new Date((day * 24 + 12) * 3_600_000).toISOString().slice(0, 19);
}

function fleetFacts(scenario: QemuScenario, images: ReadonlyMap<string, ReadyImage>): MachineFacts {
  const { timing } = scenario.provider;
  const keys = [...images].map(([name, { image }]) => [`image.${name}`, image.key] as const);
  return { timing, ...Object.fromEntries(keys) };
}
