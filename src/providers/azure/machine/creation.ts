/**
 * One machine from its request to "its provisioning is over and port 22 answers". `provisioning.ts` waits until Azure has made it;
 * then the custom script extension runs, if the machine becomes a node.
 */
import type { BootEvent } from '../../../model/timeline.ts';
import { type Ms, ms } from '../../../model/units.ts';
import { ArmError, remedyOf } from '../arm/failure.ts';
import type { Context } from './context.ts';
import { runExtension, withExitCode } from './extension.ts';
import { mark, type Observations, type Reached } from './observations.ts';
import { agentReady, PortSilent, provisioned, TooLate } from './provisioning.ts';
import type { MachineOrder } from './request.ts';

const SSH_PORT = 22;
/** How long to wait for the port after an error of the image. */
const ANSWERS_WITHIN = ms(60_000);

/** Resolves with the address. Calls `hasRoom` once Azure has found a place for the machine. */
export async function create(
  context: Context,
  order: MachineOrder,
  observations: Observations,
  hasRoom: () => void,
  signal: AbortSignal,
): Promise<Reached> {
  const { arm, machines } = context;
  await arm.writeTurn(signal);
  const accepted = await machines.ask(order, signal);
  const zeroMs = accepted.sentMs;
  observations.marks.push(mark('outside.accepted', ms(accepted.acceptedMs - zeroMs), ms(1)));
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  let opening: Promise<boolean> | undefined;
  const knocking = (address: string, sign: () => void) => {
    opening = knock(context, address, zeroMs, observations, sign, either);
    return opening;
  };
  try {
    const made = { context, name: order.name, observations, accepted, hasRoom, knock: knocking };
    const { address, open } = await provisioned(made, signal);
    if (order.command !== undefined && !machines.holdsCommand)
      await runExtension(context, order, order.command, zeroMs, observations, signal);
    if (!(await open)) throw await whySilent(context, order.name, address, observations, signal);
    return { address, zeroMs };
  } catch (cause) {
    const told = await withExitCode(context, order.name, cause, signal);
    // A machine that Azure has given up may still come up a little later, and then it holds the evidence.
    if (told instanceof ArmError && remedyOf(told).act.kind === 'result')
      await Promise.race([opening, context.run.timer.sleep(ANSWERS_WITHIN, either)]);
    throw told;
  } finally {
    over.abort();
  }
}

/**
 * If the port refuses, the machine is up without SSH: a fault of its image. If the machine is healthy but silent, something blocks
 * the route to it.
 */
async function whySilent(
  context: Context,
  name: string,
  address: string,
  { marks }: Observations,
  signal: AbortSignal,
): Promise<Error> {
  const refused = marks.some(({ id }) => id === 'outside.tcp-refused');
  if (!refused && agentReady(await context.machines.look(name, signal))) return new PortSilent(address);
  return new TooLate(`port ${SSH_PORT} of ${address} to answer`);
}

/**
 * Records the marks of the port as they appear, and resolves with whether it opened in time. Behind a tunnel bench cannot probe it,
 * and resolves with true at once. Any time for which Azure made us wait extends the limit.
 */
async function knock(
  context: Context,
  address: string,
  zeroMs: Ms,
  observations: Observations,
  sign: () => void,
  signal: AbortSignal,
): Promise<boolean> {
  const { arm, run, readyWithinMs, options } = context;
  const { reach } = options;
  if (run.probe === undefined || (reach.kind !== 'public' && reach.kind !== 'private')) return true;
  const leftMs = () => zeroMs + readyWithinMs + arm.heldMs(zeroMs) - run.timer.nowMs();
  do {
    const events = run.probe(address, SSH_PORT, { zeroMs, withinMs: ms(Math.max(0, leftMs())) }, signal);
    if (await opens(events, observations, sign, signal)) return true;
  } while (!signal.aborted && leftMs() > 0);
  return false;
}

async function opens(
  events: AsyncIterable<BootEvent>,
  { marks }: Observations,
  sign: () => void,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    for await (const event of events) {
      if (marks.some(({ id }) => id === event.id)) continue;
      marks.push(event);
      sign();
      if (event.id === 'outside.tcp-open') return true;
    }
  } catch (cause) {
    if (!signal.aborted) throw cause;
  }
  return false;
}
