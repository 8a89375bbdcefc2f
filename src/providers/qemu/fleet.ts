/** Opens the machines of one run: prepares images, accelerator and keys; then starts one QEMU per boot. */
import { createHash } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { cpus } from 'node:os';
import path from 'node:path';
import type { MachineFacts } from '../../model/boot.ts';
import { worldError } from '../../model/errors.ts';
import type { Fleet, RunContext } from '../../model/provider.ts';
import { ms } from '../../model/units.ts';
import { newSshKey } from '../any/ssh-key.ts';
import { chooseAccelerator, QEMU } from './accelerator.ts';
import { CPU_MODELS } from './arguments.ts';
import { prepareBootFiles } from './boot-file.ts';
import { run as runCommand } from './command.ts';
import { explained } from './disk.ts';
import { firmwareByVariant } from './firmware-by-variant.ts';
import { clockBaseOf } from './guest-clock.ts';
import { type Image, prepareImages } from './images.ts';
import { checkRoom, endCommand, writeKeys } from './keep.ts';
import { keyOf, type Lab } from './lab.ts';
import { inputsBy, isFunctionOfInputs } from './lab-inputs.ts';
import { machinesOfLab } from './machines.ts';
import { requirements } from './requirements.ts';
import type { QemuScenario } from './scenario.ts';

/** Throws usage and world errors for every problem that it can find before the first machine. */
export function openFleet(scenario: QemuScenario, run: RunContext): Promise<Fleet> {
  return explained(() => openLab(scenario, run));
}

async function openLab(scenario: QemuScenario, run: RunContext): Promise<Fleet> {
  if (run.keep) checkRoom(run.keep.machines, scenario.provider.memory);
  await checkTools(scenario, run);
  const { accelerator, reason } = await chooseAccelerator(scenario.provider, run);
  const version = await qemuVersion(run);
  const images = await prepareImages(scenario, run);
  const firmware = await firmwareByVariant(scenario.provider, images, run);
  const { timing, cpus: guestCpus, memory, kernelArguments } = scenario.provider;
  const clockBase = clockBaseOf([...images.values()].map((image) => changedAtS(image)));
  const lab: Lab = {
    scenario,
    run,
    folder: await mkdtemp(path.join(run.scratchFolder, 'fleet-')),
    images,
    firmware,
    shape: { accelerator, timing, cpus: guestCpus, memoryBytes: memory, kernelArguments, clockBase },
    disks: { timing, kept: scenario.boot === 'reboot', environment: run.environment },
    facts: { qemu: version, hostCpu: cpus()[0]?.model ?? 'unknown' },
    clientKey: newSshKey('bench'),
    hostKey: newSshKey('bench', timing === 'virtual' ? hostSeed(run.seed) : undefined),
  };
  for (const [variant, image] of images) await prepareBootFiles(lab, variant, image);
  if (run.keep) {
    await writeKeys(lab.folder, lab.clientKey, lab.hostKey);
    run.progress(`machines are still running; to stop them: ${endCommand(run.scratchFolder)}`);
  }
  const facts: MachineFacts = {
    ...lab.facts,
    accelerator,
    acceleratorReason: reason,
    timing,
    cpuModel: CPU_MODELS[accelerator],
    cpus: guestCpus,
    memoryBytes: memory,
    ...Object.fromEntries([...images].map(([variant, image]) => [`image.${variant}`, keyOf(image)])),
  };
  const allBuilt = [...images.values()].every(({ kind }) => kind === 'built');
  return {
    facts,
    ...(allBuilt && { gives: ['first'] as const }),
    ...(isFunctionOfInputs(lab) && { inputsOf: inputsBy(lab, version) }),
    ...machinesOfLab(lab),
  };
}

async function checkTools(scenario: QemuScenario, run: RunContext): Promise<void> {
  const missing = (await requirements(run.environment, scenario)).filter(({ found }) => found === undefined);
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map((each) => each.packages.debian))].join(' ');
  throw worldError(
    `This computer lacks ${missing.map(({ tool, use }) => `${tool} (${use})`).join(', ')}.`,
    `On Debian and Ubuntu: apt-get install --no-install-recommends ${packages}. Elsewhere: \`bench doctor\`.`,
  );
}

async function qemuVersion(run: RunContext): Promise<string> {
  const command = [QEMU, '--version'];
  const { stdout } = await runCommand(command, { environment: run.environment, timeoutMs: ms(10_000) }, run.signal);
  return /version ([^\n]{1,80})/.exec(stdout)?.[1] ?? 'unknown';
}

/**
 * Under virtual timing the host key follows from the run's seed. sshd reads the key during the boot, and another key takes another
 * time to read, which moves all later stamps. The host key gives no access: the client key does, which is always new and which sshd
 * reads after the boot.
 */
const hostSeed = (seed: number): Buffer => createHash('sha256').update(`host key of run ${seed}`).digest();

const changedAtS = (image: Image): number => (image.kind === 'built' ? image.builtAtS : image.changedAtS);
