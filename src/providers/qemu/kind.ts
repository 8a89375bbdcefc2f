/**
 * The local lab: virtual machines under QEMU on this computer. `timing: virtual` repeats a boot to the microsecond; `timing:
 * wall` takes real time, and so needs a quiet computer and many blocks. Comments beside the settings give the measurements.
 */
import path from 'node:path';
import type { ProviderKind } from '../../model/provider-kind.ts';
import { localFiles } from './local-files.ts';
import { QemuScenario } from './scenario.ts';

const YES = { can: true } as const;

export const qemu: ProviderKind<QemuScenario> = {
  kind: 'qemu',
  schema: QemuScenario,
  capabilities: { boots: { first: YES, reboot: YES }, keeps: YES, readiness: 'told', billed: false },
  estimate: ({ concurrency, provider: { timing, accel } }) => ({
    // Machines with virtual clocks do not disturb one another; with real clocks they do.
    machinesAtATime: concurrency ?? (timing === 'wall' ? 1 : 2),
    // Measured on two cores: virtual time, KVM, plain emulation.
    secondsPerBoot: timing === 'virtual' ? 50 : accel === 'kvm' ? 10 : 35,
  }),
  repeats: ({ boot, provider, variants }) =>
    boot === 'first' && provider.timing === 'virtual' && Object.values(variants).every(({ image }) => image.build),
  open: async (scenario, run) => (await import('./fleet.ts')).openFleet(scenario, run),
  imageOf: (text, cwd) => ({ file: path.resolve(cwd, text) }),
  localFiles,
  localImages: {
    minutes: async (scenario, world) => (await import('./images.ts')).estimateImageMinutes(scenario, world),
    kept: async (cacheFolder) => (await import('./cached-images.ts')).imagesInCache(path.join(cacheFolder, 'images')),
    build: async (scenario, world) => (await import('./images.ts')).prepareDisks(scenario, world),
  },
  prepare: async (scenario, world) => {
    const [{ requirements }, { installMissing }] = await Promise.all([
      import('./requirements.ts'),
      import('./packages.ts'),
    ]);
    await installMissing(await requirements(world.environment, scenario), world);
  },
  examineComputer: async (scenario, world) => (await import('./doctor.ts')).examineComputer(scenario, world),
  problems: async (scenario, folder) => (await import('./problems.ts')).problemsOf(scenario, folder),
};
