/** One machine of Azure as stages use it, and what bench needs to request it, to read its console and to delete it. */
import type { Failure, MachineFacts } from '../../../model/boot.ts';
import type { Machine } from '../../../model/provider.ts';
import { type Ms, ms } from '../../../model/units.ts';
import { timeLimit } from '../../../net/time-limit.ts';
import type { SshKey } from '../../any/ssh-key.ts';
import { ArmError } from '../arm/failure.ts';
import type { NodeObjects } from '../cluster/node-objects.ts';
import type { PinnedImage } from '../images/image.ts';
import type { BootstrapData } from '../machine/bootstrap.ts';
import { hostBuildIn, hostKeyIn, readConsole } from '../machine/console.ts';
import type { Context } from '../machine/context.ts';
import type { Observations, Reached } from '../machine/observations.ts';
import type { BlobAddress } from '../machine/outputs.ts';
import { throwWhenGone } from '../machine/provisioning.ts';
import { type Removals, removeMachine } from '../machine/removal.ts';
import type { Identities } from '../machine/request.ts';
import { runnerOf } from '../machine/run-command.ts';
import type { Tags } from '../names.ts';
import type { Network } from '../network/network.ts';
import type { WayTo } from '../network/reach.ts';
import { bootFailure } from './meaning.ts';

export interface Boots {
  readonly context: Context;
  readonly images: ReadonlyMap<string, PinnedImage>;
  readonly network: Network;
  readonly identities: Identities;
  /** Tags of the run; each machine also gets those of its boot. */
  readonly tags: Tags;
  readonly key: SshKey;
  /** Private key of the user in a specialised image. */
  readonly ownKey?: string;
  /** By variant. */
  readonly data: ReadonlyMap<string, BootstrapData>;
  readonly removals: Removals;
  readonly nodes: NodeObjects;
  readonly wayTo: WayTo;
  /** Where machines without SSH write their output. */
  readonly outputs?: BlobAddress;
}

/** A requested machine, with what bench observes of it. */
export interface Attempt {
  readonly name: string;
  /** It runs a provisioning command, which turns it into a node. */
  readonly joins: boolean;
  readonly privateKey: string;
  readonly observations: Observations;
  /** When bench requested it, before any wait that Azure imposed. */
  readonly askedMs: Ms;
}

const CONSOLE_WITHIN_MS = 30_000;
const FATE_WITHIN_MS = 30_000;

export async function machineOf(
  boots: Boots,
  attempt: Attempt,
  { address, zeroMs }: Reached,
  signal: AbortSignal,
): Promise<Machine> {
  const { context } = boots;
  const { observations, name, privateKey } = attempt;
  noteNode(boots, attempt);
  const early = await readConsole(context, name, signal);
  const hostKey = hostKeyIn(early);
  const hostBuild = hostBuildIn(early);
  let removed: Promise<void> | undefined;
  return {
    facts: {
      ...observations.facts,
      reach: context.options.reach.kind,
      ...(boots.outputs === undefined && { hostKey: hostKey.kind }),
      ...(hostBuild && { hostBuild }),
      ...throttledFacts(context, attempt),
    },
    marks: observations.marks,
    zeroMs,
    ssh: {
      host: address,
      port: 22,
      user: context.options.user,
      privateKey,
      hostKey,
      ...boots.wayTo(context.machines.idOf(name)),
    },
    ...(boots.outputs && { run: runnerOf(context, name, boots.outputs) }),
    heldMs: () => context.arm.heldMs(zeroMs),
    fate: () => fateOf(context, name),
    console: async () => (removed ? early : readConsole(context, name, context.run.signal)),
    destroy: () => {
      removed ??= remove(boots, attempt);
      return removed;
    },
  };
}

/** How long Azure made this boot wait. It is not boot time; bench reports it per variant. */
export function throttledFacts({ arm }: Context, { askedMs }: Attempt): MachineFacts {
  const throttledMs = Math.round(arm.heldMs(askedMs));
  return throttledMs > 0 ? { throttledMs } : {};
}

/** Undefined if Azure reports no failure, or does not answer. */
async function fateOf(context: Context, name: string): Promise<Failure | undefined> {
  try {
    throwWhenGone(await context.machines.look(name, timeLimit(ms(FATE_WITHIN_MS))), true);
  } catch (cause) {
    if (cause instanceof ArmError && /Preempted|MachineStopped/.test(cause.codes.join()))
      return bootFailure(context, name, cause, true);
  }
  return undefined;
}

/** The console is the only evidence of a machine that never answered. */
export async function consoleOf({ context }: Boots, { name }: Attempt, signal: AbortSignal): Promise<string> {
  const either = AbortSignal.any([signal, timeLimit(ms(CONSOLE_WITHIN_MS))]);
  return readConsole(context, name, either);
}

function noteNode({ nodes }: Boots, { joins, observations }: Attempt): void {
  const { computerName } = observations.facts;
  if (joins && computerName !== undefined) nodes.add(String(computerName));
}

/** Sends the deletion to Azure; the fleet waits for its end. Never throws. */
export async function remove(boots: Boots, attempt: Attempt): Promise<void> {
  const { context, removals } = boots;
  const { name } = attempt;
  noteNode(boots, attempt);
  const patience = context.run.signal.aborted ? 5_000 : 300_000;
  const work = removeMachine(
    context.arm,
    context.place.group,
    { type: context.machines.type, name },
    timeLimit(ms(patience)),
  );
  removals.add(work);
  await work.catch(() => undefined);
}
