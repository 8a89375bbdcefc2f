/**
 * One machine from its request to "its provisioning is over and port 22 answers", watched from outside.
 *
 *   PUT sent (zero) - accepted ... operation start - [running] - operation end - (extension) ... TCP refused - TCP open
 *                     |<-- one read of the machine or of the operation each POLL_MS -->|
 *
 * The operation's own stamps say when it started and ended, so that polling is for progress and for errors, not for time.
 * "Running" has no stamp: it is known to the last look before.
 */
import type { VirtualMachine } from '@azure/arm-compute';
import type { AzureOptions } from '../../model/azure.ts';
import type { MachineFacts } from '../../model/boot.ts';
import type { RunContext, Timer } from '../../model/provider.ts';
import type { BootEvent } from '../../model/timeline.ts';
import { type Ms, ms, us } from '../../model/units.ts';
import { type Accepted, type Arm, explained, type OperationStatus, readOperation } from './arm.ts';
import { ArmError } from './failure.ts';
import type { Place } from './image.ts';
import { type MachineOrder, machineBody } from './machine-body.ts';
import { addressOf } from './network.ts';

export interface Site {
  readonly arm: Arm;
  readonly options: AzureOptions;
  readonly place: Place;
  readonly run: RunContext;
  readonly readyWithinMs: Ms;
  /** Provisioning command, where the machine becomes a node. */
  readonly command?: string;
}

/** What is known of a machine so far; it grows while it boots and outlives a failure. */
export interface Sighting {
  readonly marks: BootEvent[];
  facts: MachineFacts;
}

/** A boot took longer than the scenario allows. */
export class TooLate extends Error {
  readonly waitingFor: string;

  constructor(waitingFor: string) {
    super(waitingFor);
    this.name = 'TooLate';
    this.waitingFor = waitingFor;
  }
}

/** ARM allows 12 reads a minute of one machine. */
const POLL_MS = 5_000;
const SSH_PORT = 22;
const EXTENSION = { publisher: 'Microsoft.Azure.Extensions', type: 'CustomScript', version: '2.1', name: 'bench-cse' };

/** Resolves with the address. `hasRoom` is called once Azure has found a place for the machine. */
export async function create(
  site: Site,
  order: MachineOrder,
  sighting: Sighting,
  hasRoom: () => void,
  signal: AbortSignal,
): Promise<string> {
  const { arm, place } = site;
  await arm.writeTurn(signal);
  const body = machineBody(order, site.options);
  const accepted = await arm.submit(
    (options) => arm.compute.virtualMachines.createOrUpdate(place.group, order.name, body, options),
    signal,
  );
  const zeroMs = accepted.sentMs;
  sighting.marks.push(mark('outside.accepted', accepted.acceptedMs - zeroMs, 1));
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const probing = (address: string) => knock(site, address, zeroMs, sighting, either);
  try {
    const { address, open } = await provisioned({ site, order, sighting, accepted, hasRoom, probing }, signal);
    if (site.command !== undefined) await runCommand(site, order, site.command, zeroMs, sighting, signal);
    if (!(await open)) throw new TooLate(`port ${SSH_PORT} of ${address} to answer`);
    return address;
  } finally {
    over.abort();
  }
}

interface Provisioning {
  readonly site: Site;
  readonly order: MachineOrder;
  readonly sighting: Sighting;
  readonly accepted: Accepted;
  readonly hasRoom: () => void;
  readonly probing: (address: string) => Promise<boolean>;
}

/** Until the operation has succeeded, and the machine runs and has an address. */
async function provisioned(
  { site, order, sighting, accepted, hasRoom, probing }: Provisioning,
  signal: AbortSignal,
): Promise<{ address: string; open: Promise<boolean> }> {
  const { arm, options, run } = site;
  const deadlineMs = accepted.sentMs + site.readyWithinMs;
  let lookedMs = accepted.sentMs;
  let running = false;
  let created = accepted.operation === undefined;
  let reached: { address: string; open: Promise<boolean> } | undefined;
  let unopened: Promise<unknown> | undefined;
  const look = async () => {
    const machine = await readMachine(site, order.name, signal);
    const nowMs = run.timer.nowMs();
    if (machine && !running && isRunning(machine)) {
      running = true;
      sighting.marks.push(mark('outside.running', nowMs - accepted.sentMs, nowMs - lookedMs));
      hasRoom();
    }
    lookedMs = nowMs;
    if (machine) sighting.facts = { ...sighting.facts, ...factsOf(machine) };
    const nic = machine?.networkProfile?.networkInterfaces?.[0]?.id;
    if (reached !== undefined || nic === undefined) return;
    const address = await addressOf(arm, nic, options.reach.kind === 'public', signal);
    if (address === undefined) return;
    const open = probing(address);
    reached = { address, open };
    unopened = open
      .catch(() => {})
      .finally(() => {
        unopened = undefined;
      });
  };
  for (let tick = 0; !(created && running && reached); tick++) {
    if (run.timer.nowMs() > deadlineMs)
      throw new TooLate(created ? 'the machine to run' : 'Azure to create the machine');
    await pause(run.timer, unopened, signal);
    if (created || (tick % 2 === 0 && !(running && reached))) await look();
    else created = await operationOver(arm, accepted, 'operation', sighting, signal);
    if (created && !running) await look();
  }
  return reached;
}

/**
 * Until the next look. A port that opens is a reason to look at once: where the machine was over already, nothing waits for
 * the clock of the polls.
 */
async function pause(timer: Timer, opened: Promise<unknown> | undefined, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  const sleep = timer.sleep(ms(POLL_MS), AbortSignal.any([signal, over.signal]));
  try {
    await (opened === undefined ? sleep : Promise.race([sleep, opened]));
  } finally {
    over.abort();
    await sleep.catch(() => undefined);
  }
}

async function readMachine(site: Site, name: string, signal: AbortSignal): Promise<VirtualMachine | undefined> {
  const { arm, place } = site;
  await arm.readTurn(signal);
  const options = { expand: 'instanceView', abortSignal: signal } as const;
  try {
    return await explained(arm.compute.virtualMachines.get(place.group, name, options));
  } catch (cause) {
    // It may not be there yet; when it was never made, its operation says why.
    if (cause instanceof ArmError && cause.status === 404) return undefined;
    throw cause;
  }
}

const isRunning = (machine: VirtualMachine): boolean =>
  machine.instanceView?.statuses?.some(({ code }) => code === 'PowerState/running') === true;

function factsOf(machine: VirtualMachine): MachineFacts {
  const view = machine.instanceView;
  const facts = {
    vmId: machine.vmId,
    timeCreated: machine.timeCreated?.toISOString(),
    exactVersion: machine.storageProfile?.imageReference?.exactVersion,
    osName: view?.osName,
    osVersion: view?.osVersion,
    agentVersion: view?.vmAgent?.vmAgentVersion,
    generation: view?.hyperVGeneration,
  };
  return Object.fromEntries(Object.entries(facts).filter((fact): fact is [string, string] => fact[1] !== undefined));
}

/** One look at an operation; its stamps become marks when it is over. Throws what it failed with. */
async function operationOver(
  arm: Arm,
  { operation }: Accepted,
  name: string,
  sighting: Sighting,
  signal: AbortSignal,
): Promise<boolean> {
  if (operation === undefined) return true;
  const status = await readOperation(arm, operation, signal);
  if (status.status === 'running') return false;
  sighting.marks.push(...stampsOf(status, name));
  if (status.error) throw status.error;
  return true;
}

function stampsOf({ startTime, endTime }: OperationStatus, name: string): BootEvent[] {
  const stamp = (id: string, text: string | undefined): BootEvent[] => {
    const atUs = text === undefined ? undefined : cloudUs(text);
    if (atUs === undefined) return [];
    return [{ id, clock: 'cloud', us: us(atUs), errorUs: us(1), evidence: { file: 'outcome.json', line: 0 } }];
  };
  return [...stamp(`outside.${name}-start`, startTime), ...stamp(`outside.${name}-end`, endTime)];
}

/** Microseconds since 1970 of a stamp with up to seven digits after the point; JavaScript's own reading stops at three. */
export function cloudUs(text: string): number | undefined {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(text);
  if (!match) return undefined;
  return Date.parse(`${match[1]}${match[3]}`) * 1000 + Math.round(Number(`0.${match[2] ?? 0}`) * 1e6);
}

/** The command of the custom script extension, after the machine is there: a machine's request cannot hold it. */
async function runCommand(
  site: Site,
  order: MachineOrder,
  command: string,
  zeroMs: Ms,
  sighting: Sighting,
  signal: AbortSignal,
): Promise<void> {
  const { arm, place, options, run } = site;
  await arm.writeTurn(signal);
  const body = {
    location: options.location,
    tags: { ...order.tags },
    publisher: EXTENSION.publisher,
    typePropertiesType: EXTENSION.type,
    typeHandlerVersion: EXTENSION.version,
    autoUpgradeMinorVersion: true,
    protectedSettings: { commandToExecute: command },
  };
  const accepted = await arm.submit(
    (call) => arm.compute.virtualMachineExtensions.createOrUpdate(place.group, order.name, EXTENSION.name, body, call),
    signal,
  );
  sighting.marks.push(mark('outside.extension-sent', accepted.sentMs - zeroMs, 1));
  try {
    do {
      if (run.timer.nowMs() > zeroMs + site.readyWithinMs) throw new TooLate('the provisioning command to end');
      await run.timer.sleep(ms(POLL_MS), signal);
    } while (!(await operationOver(arm, accepted, 'extension', sighting, signal)));
  } catch (cause) {
    if (cause instanceof ArmError) throw await withExitCode(site, order.name, cause, signal);
    throw cause;
  }
}

/** The error of a failed extension lacks the command's exit code; the instance view has it. */
async function withExitCode(site: Site, name: string, error: ArmError, signal: AbortSignal): Promise<ArmError> {
  const machine = await readMachine(site, name, signal);
  const texts = (machine?.instanceView?.extensions ?? []).flatMap(({ statuses = [], substatuses = [] }) =>
    [...statuses, ...substatuses].map(({ message = '' }) => message),
  );
  const code = /exit (?:status|code)\s*[=:]?\s*(\d{1,3})/i.exec([error.message, ...texts].join('\n'))?.[1];
  if (code === undefined) return error;
  return new ArmError(error.status, [...error.codes, `cse-exit-${code}`], `${error.message} (exit code ${code})`);
}

/** Tells the marks of the port as they are seen; resolves with whether it opened in time. Behind a tunnel nobody can tell. */
async function knock(
  { run, readyWithinMs, options: { reach } }: Site,
  address: string,
  zeroMs: Ms,
  sighting: Sighting,
  signal: AbortSignal,
): Promise<boolean> {
  const withinMs = ms(Math.max(0, zeroMs + readyWithinMs - run.timer.nowMs()));
  if (run.probe === undefined || (reach.kind !== 'public' && reach.kind !== 'private')) return true;
  try {
    for await (const event of run.probe(address, SSH_PORT, { zeroMs, withinMs }, signal)) {
      sighting.marks.push(event);
      if (event.id === 'outside.tcp-open') return true;
    }
  } catch (cause) {
    if (!signal.aborted) throw cause;
  }
  return false;
}

const mark = (id: string, atMs: number, errorMs: number): BootEvent => ({
  id,
  clock: 'controller',
  us: us(Math.round(atMs * 1000)),
  errorUs: us(Math.round(errorMs * 1000)),
  evidence: { file: 'outcome.json', line: 0 },
});
