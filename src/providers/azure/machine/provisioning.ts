/**
 * One machine from its request to "Azure has made it, it runs and has an address", watched from outside.
 *
 *   PUT sent (zero) - accepted ... operation start - [running] - TCP refused - TCP open - operation end
 *                     |<- looks at the machine, rare ->|   look at once |   |<- looks at the operation, quick ->|
 *
 * The operation's own stamps say when it started and ended, so that polling is for progress and for errors, not for time.
 * "Running" has no stamp: it is known to the last look before. The port costs no read, and what it tells comes first.
 */
import type { MachineFacts } from '../../../model/boot.ts';
import { type Ms, ms } from '../../../model/units.ts';
import { type Alarm, alarm } from '../../cloud/poll-schedule.ts';
import type { Arm } from '../arm/connection.ts';
import { ArmError } from '../arm/failure.ts';
import { readOperation } from '../arm/operation.ts';
import type { Accepted } from '../arm/response.ts';
import type { Context } from './context.ts';
import type { SeenMachine } from './kind.ts';
import { mark, type Observations, stampsOf } from './observations.ts';

/** A boot took longer than the scenario allows. */
export class TooLate extends Error {
  readonly waitingFor: string;

  constructor(waitingFor: string) {
    super(waitingFor);
    this.name = 'TooLate';
    this.waitingFor = waitingFor;
  }
}

/** Azure and the guest agent say that the machine is there, and its port does not even refuse: something on the way drops it. */
export class PortSilent extends Error {
  constructor(address: string) {
    super(`port 22 of ${address} does not answer, although the guest agent reports that the machine is ready`);
    this.name = 'PortSilent';
  }
}

export interface Provisioning {
  readonly context: Context;
  readonly name: string;
  readonly observations: Observations;
  readonly accepted: Accepted;
  /** Called once Azure has found a place for the machine. */
  readonly hasRoom: () => void;
  /** Knocks at port 22 until it opens: resolves with whether it did in time. `sign` is called for all that is seen. */
  readonly knock: (address: string, sign: () => void) => Promise<boolean>;
}

export interface Provisioned {
  readonly address: string;
  readonly open: Promise<boolean>;
}

/** What is known so far. */
interface Known {
  seen: boolean;
  lookedMs: Ms;
  running: boolean;
  created: boolean;
  openedMs: Ms | undefined;
  reached: Provisioned | undefined;
}

export async function provisioned(what: Provisioning, signal: AbortSignal): Promise<Provisioned> {
  const { context, accepted } = what;
  const { timer } = context.run;
  const bell = alarm(timer);
  const known: Known = {
    seen: false,
    lookedMs: accepted.sentMs,
    running: false,
    created: accepted.operation === undefined,
    openedMs: undefined,
    reached: undefined,
  };
  const unwatch = context.polls.watch();
  try {
    for (;;) {
      await bell.sleep(pauseMs(known, context), signal);
      // A port that is open says that the machine is nearly over, and its operation says when.
      if (known.created || known.openedMs === undefined || !known.running) await look(what, known, bell, signal);
      if (!known.created && known.openedMs !== undefined)
        known.created = await operationOver(context.arm, accepted, 'operation', what.observations, signal);
      if (known.created && known.running && known.reached) return known.reached;
      if (timer.nowMs() > accepted.sentMs + context.readyWithinMs + context.arm.heldMs(accepted.sentMs))
        throw new TooLate(known.created ? 'the machine to run' : 'Azure to create the machine');
    }
  } finally {
    unwatch();
  }
}

/** Provisioning is reported by the guest, seconds before or after its port opens. */
function pauseMs({ openedMs, created }: Known, { run, polls }: Context): Ms {
  const sinceMs = created || openedMs === undefined ? Number.POSITIVE_INFINITY : run.timer.nowMs() - openedMs;
  return sinceMs < 2_000 ? ms(1_000) : sinceMs < 12_000 ? ms(2_000) : polls.intervalMs();
}

async function look(what: Provisioning, known: Known, bell: Alarm, signal: AbortSignal): Promise<void> {
  const { context, name, observations, accepted, hasRoom } = what;
  const askedMs = context.run.timer.nowMs();
  const machine = await context.machines.look(name, signal);
  const nowMs = context.run.timer.nowMs();
  if (isDown(machine, known.seen)) await askWhy(what, known, machine, signal);
  known.seen ||= machine !== undefined;
  if (machine && !known.running && isRunning(machine)) {
    known.running = true;
    observations.marks.push(mark('outside.running', ms(nowMs - accepted.sentMs), ms(nowMs - known.lookedMs)));
    hasRoom();
  }
  // The answer is of some moment since the question.
  known.lookedMs = askedMs;
  if (machine) observations.facts = { ...observations.facts, ...factsOf(machine) };
  // First, so that what Azure has given up is knocked at all the same: it holds the evidence.
  if (machine) await startKnocking(what, machine, known, bell, signal);
  // Where there is no machine, and where it is no longer being made, its operation says why.
  if (!known.created && isSettled(machine))
    known.created = await operationOver(context.arm, accepted, 'operation', observations, signal);
}

/** Once its address is known. */
async function startKnocking(
  { context, observations, accepted, knock }: Provisioning,
  machine: SeenMachine,
  known: Known,
  bell: Alarm,
  signal: AbortSignal,
): Promise<void> {
  if (known.reached !== undefined) return;
  const address = await context.machines.addressOf(machine, signal);
  if (address === undefined) return;
  const open = knock(address, bell.ring);
  known.reached = { address, open };
  open.then(
    (opened) => {
      if (!opened) return;
      known.openedMs = context.run.timer.nowMs();
      observations.reached = { address, zeroMs: accepted.sentMs };
      bell.ring();
    },
    () => {},
  );
}

const powerOf = (machine: SeenMachine): string | undefined =>
  machine.instanceView?.statuses
    ?.find(({ code }) => code?.startsWith('PowerState/'))
    ?.code?.slice('PowerState/'.length);

const isRunning = (machine: SeenMachine): boolean => powerOf(machine) === 'running';

const DOWN = /^(stopping|stopped|deallocating|deallocated)$/;

const isDown = (machine: SeenMachine | undefined, seen: boolean): boolean =>
  machine === undefined ? seen : DOWN.test(powerOf(machine) ?? '');

/**
 * A machine that is being made is shown as stopped for a moment, and one for which there was no host as deallocated: its operation
 * is asked first. What is down is believed once the machine has run, or once Azure says that it is made.
 * Sources: states and billing of virtual machines (Azure docs), cloud-provider-azure #742.
 */
async function askWhy(
  { context, accepted, observations }: Provisioning,
  known: Known,
  machine: SeenMachine | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (!known.created) {
    known.created = await operationOver(context.arm, accepted, 'operation', observations, signal);
    // What was seen is older than this answer: the next look tells.
    if (known.created && !known.running) return;
  }
  if (known.running || known.created || machine === undefined) throwWhenGone(machine, known.seen);
}

/** Evicted, or taken down by a user; or the guest switched itself off. It will not come back. */
export function throwWhenGone(machine: SeenMachine | undefined, seen: boolean): void {
  const power = machine && powerOf(machine);
  if ((machine === undefined && seen) || power === 'deallocating' || power === 'deallocated')
    throw new ArmError(409, ['Preempted'], `the machine was ${power ?? 'deleted'} while it was in use`);
  if (power === 'stopped') throw new ArmError(409, ['MachineStopped'], 'the guest powered the machine off');
}

const isSettled = (machine: SeenMachine | undefined): boolean =>
  machine === undefined || !/^(Creating|Updating)$/i.test(machine.provisioningState ?? '');

/** The guest's own agent has reported, and is well. */
export const agentReady = (machine: SeenMachine | undefined): boolean =>
  machine?.instanceView?.vmAgent?.statuses?.some(
    ({ code, displayStatus }) => code === 'ProvisioningState/succeeded' && displayStatus === 'Ready',
  ) === true;

function factsOf(machine: SeenMachine): MachineFacts {
  const view = machine.instanceView;
  const facts = {
    vmId: machine.vmId,
    timeCreated: machine.timeCreated?.toISOString(),
    exactVersion: machine.storageProfile?.imageReference?.exactVersion,
    // Its agent may never report; a node may have joined all the same.
    computerName: view?.computerName ?? machine.osProfile?.computerName,
    osName: view?.osName,
    osVersion: view?.osVersion,
    agentVersion: view?.vmAgent?.vmAgentVersion,
    generation: view?.hyperVGeneration,
  };
  return Object.fromEntries(Object.entries(facts).filter((fact): fact is [string, string] => fact[1] !== undefined));
}

/** One look at an operation; its stamps become marks when it is over. Throws what it failed with. */
export async function operationOver(
  arm: Arm,
  { operation }: Accepted,
  name: string,
  observations: Observations,
  signal: AbortSignal,
): Promise<boolean> {
  if (operation === undefined) return true;
  const status = await readOperation(arm, operation, signal);
  if (status.status === 'running') return false;
  observations.marks.push(...stampsOf(status, name));
  if (status.error) throw status.error;
  return true;
}
