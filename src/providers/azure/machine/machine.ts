/** One machine of Azure as stages use it, and what is needed to ask for it, to read its console and to take it away. */
import type { Failure } from '../../../model/boot.ts';
import type { Machine } from '../../../model/provider.ts';
import type { SshKey } from '../../any/ssh-key.ts';
import { ArmError, failureOf } from '../arm/failure.ts';
import type { PinnedImage } from '../images/image.ts';
import type { Tags } from '../names.ts';
import type { Network } from '../network/network.ts';
import type { WayTo } from '../network/reach.ts';
import { hostBuildIn, hostKeyIn, readConsole } from './console.ts';
import type { Site } from './context.ts';
import type { Reached, Sighting } from './observations.ts';
import type { BlobAddress } from './outputs.ts';
import { readMachine, throwWhenGone } from './provisioning.ts';
import { type Removals, removeMachine } from './removal.ts';
import { runnerOf } from './run-command.ts';

export interface Boots {
  readonly site: Site;
  readonly images: ReadonlyMap<string, PinnedImage>;
  readonly network: Network;
  /** Of the run; those of the boot are added. */
  readonly tags: Tags;
  readonly key: SshKey;
  /** Private key of the user in a specialised image. */
  readonly ownKey?: string;
  readonly customData?: string;
  readonly userData?: string;
  readonly removals: Removals;
  readonly wayTo: WayTo;
  /** Where machines without SSH leave what they print. */
  readonly outputs?: BlobAddress;
}

/** A machine that was asked for, with what is seen of it. */
export interface Attempt {
  readonly name: string;
  readonly privateKey: string;
  readonly sighting: Sighting;
}

const CONSOLE_WITHIN_MS = 30_000;
const FATE_WITHIN_MS = 30_000;

export async function machineOf(
  boots: Boots,
  attempt: Attempt,
  { address, zeroMs }: Reached,
  signal: AbortSignal,
): Promise<Machine> {
  const { site } = boots;
  const { sighting, name, privateKey } = attempt;
  const early = await readConsole(site.arm, site.place.group, name, signal);
  const hostKey = hostKeyIn(early);
  const hostBuild = hostBuildIn(early);
  let removed: Promise<void> | undefined;
  return {
    facts: {
      ...sighting.facts,
      reach: site.options.reach.kind,
      ...(boots.outputs === undefined && { hostKey: hostKey.kind }),
      ...(hostBuild && { hostBuild }),
    },
    marks: sighting.marks,
    zeroMs,
    ssh: {
      host: address,
      port: 22,
      user: site.options.user,
      privateKey,
      hostKey,
      ...boots.wayTo(name),
    },
    ...(boots.outputs && { run: runnerOf(site, name, boots.outputs) }),
    fate: () => fateOf(site, name),
    console: async () => (removed ? early : readConsole(site.arm, site.place.group, name, site.run.signal)),
    destroy: () => {
      removed ??= remove(boots, attempt);
      return removed;
    },
  };
}

/** Undefined where Azure knows of nothing, or does not say. */
async function fateOf(site: Site, name: string): Promise<Failure | undefined> {
  try {
    throwWhenGone(await readMachine(site, name, AbortSignal.timeout(FATE_WITHIN_MS)), true);
  } catch (cause) {
    if (cause instanceof ArmError && /Preempted|MachineStopped/.test(cause.codes.join())) return failureOf(name, cause);
  }
  return undefined;
}

/** The console is all there is of a machine that never answered. */
export async function consoleOf({ site }: Boots, { name }: Attempt, signal: AbortSignal): Promise<string> {
  const either = AbortSignal.any([signal, AbortSignal.timeout(CONSOLE_WITHIN_MS)]);
  return readConsole(site.arm, site.place.group, name, either);
}

/** Takes the request for the deletion to Azure; what comes of it is the fleet's to wait for. Never throws. */
export async function remove({ site, removals }: Boots, { name }: Attempt): Promise<void> {
  const patience = site.run.signal.aborted ? 5_000 : 300_000;
  const work = removeMachine(site.arm, site.place.group, name, AbortSignal.timeout(patience));
  removals.add(work);
  await work.catch(() => undefined);
}
