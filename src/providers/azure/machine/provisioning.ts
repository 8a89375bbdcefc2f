/**
 * Watches one machine from outside, from its request to "Azure has made it, it runs and has an address".
 *
 *   PUT sent (zero) - accepted ... operation start - [running] - TCP refused - TCP open - operation end
 *                     |<- looks at the machine, rare ->|   look at once |   |<- looks at the operation, quick ->|
 *
 * The operation's own timestamps say when it started and ended, so polling serves progress and errors, not time. "Running" has no
 * timestamp: its error is the time since the previous look. The port costs no read, and what it shows comes first.
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

/** Azure and the guest agent report the machine as ready, but its port does not even refuse: something on the route drops packets. */
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
  /** Probes port 22 until it opens; resolves with whether it did in time. Calls `sign` for every observation. */
  readonly knock: (address: string, sign: () => void) => Promise<boolean>;
}

export interface Provisioned {
  readonly address: string;
  readonly open: Promise<boolean>;
}

/** What bench knows so far. */
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
      // An open port means that the machine is almost ready; its operation says when.
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

/** The guest reports its provisioning, seconds before or after its port opens. */
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
  // The response describes some moment after the question.
  known.lookedMs = askedMs;
  if (machine) observations.facts = { ...observations.facts, ...factsOf(machine) };
  // First, so that bench probes even a machine that Azure has given up: it holds the evidence.
  if (machine) await startKnocking(what, machine, known, bell, signal);
  // If there is no machine, or Azure is no longer making it, its operation says why.
  if (!known.created && isSettled(machine))
    known.created = await operationOver(context.arm, accepted, 'operation', observations, signal);
}

/** Starts once the machine has an address. */
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
 * Azure briefly shows a new machine as stopped, and one without a host as deallocated: so ask its operation first. Bench trusts the
 * state only once the machine has run, or once Azure reports that it has made it.
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
    // The state is older than this response: wait for the next look.
    if (known.created && !known.running) return;
  }
  if (known.running || known.created || machine === undefined) throwWhenGone(machine, known.seen);
}

/** Azure evicted the machine, a user stopped it, or the guest switched itself off. It will not come back. */
export function throwWhenGone(machine: SeenMachine | undefined, seen: boolean): void {
  const power = machine && powerOf(machine);
  if ((machine === undefined && seen) || power === 'deallocating' || power === 'deallocated')
    throw new ArmError(409, ['Preempted'], `the machine was ${power ?? 'deleted'} while it was in use`);
  if (power === 'stopped') throw new ArmError(409, ['MachineStopped'], 'the guest powered the machine off');
}

const isSettled = (machine: SeenMachine | undefined): boolean =>
  machine === undefined || !/^(Creating|Updating)$/i.test(machine.provisioningState ?? '');

/** The guest agent has reported that it is healthy. */
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

/** Reads an operation once; its timestamps become marks when it is over. Throws its error. */
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
