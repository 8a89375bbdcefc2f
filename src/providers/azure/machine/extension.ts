/**
 * The custom script extension, which turns a machine into a node. A scale set's model contains it, as in AKS; a virtual machine
 * needs a separate request, once the machine exists.
 */
import type { MachineFacts } from '../../../model/boot.ts';
import { PROVISIONING_DELAY } from '../../../model/provider.ts';
import { type Ms, ms } from '../../../model/units.ts';
import { ArmError } from '../arm/failure.ts';
import type { Context } from './context.ts';
import { mark, type Observations } from './observations.ts';
import { operationOver, TooLate } from './provisioning.ts';
import type { MachineOrder } from './request.ts';

/** Each poll costs one read, and the command takes minutes on a real node. */
const POLL_MS = 5_000;
export const EXTENSION = 'bench-cse';

export const extensionOf = (command: string) => ({
  publisher: 'Microsoft.Azure.Extensions',
  typePropertiesType: 'CustomScript',
  typeHandlerVersion: '2.1',
  autoUpgradeMinorVersion: true,
  protectedSettings: { commandToExecute: command },
});

/** Runs the command once the machine exists, because the request for a virtual machine cannot contain it. */
export async function runExtension(
  context: Context,
  order: MachineOrder,
  command: string,
  zeroMs: Ms,
  observations: Observations,
  signal: AbortSignal,
): Promise<void> {
  const { arm, place, options, run } = context;
  await arm.writeTurn(signal);
  const body = {
    location: options.location,
    tags: { ...order.tags },
    ...extensionOf(command),
  };
  const accepted = await arm.submit(
    (call) => arm.compute.virtualMachineExtensions.createOrUpdate(place.group, order.name, EXTENSION, body, call),
    signal,
  );
  observations.marks.push(mark('outside.extension-sent', ms(accepted.sentMs - zeroMs), ms(1)));
  try {
    do {
      if (run.timer.nowMs() > zeroMs + context.readyWithinMs + arm.heldMs(zeroMs))
        throw new TooLate('the provisioning command to end');
      await run.timer.sleep(ms(POLL_MS), signal);
    } while (!(await operationOver(arm, accepted, 'extension', observations, signal)));
  } finally {
    observations.facts = { ...observations.facts, ...delayIn(observations.marks) };
  }
}

/** How long a machine existed before the request for its provisioning, by Azure's own timestamps. A scale set has no such wait. */
function delayIn(marks: Observations['marks']): MachineFacts {
  const atUs = (id: string) => marks.find((each) => each.id === id)?.us;
  const [createdUs, askedUs] = [atUs('outside.operation-end'), atUs('outside.extension-start')];
  if (createdUs === undefined || askedUs === undefined) return {};
  return { [PROVISIONING_DELAY]: Math.max(0, Math.round((askedUs - createdUs) / 1000)) };
}

/** The error of a failed extension lacks the command's exit code; the instance view has it. Any other error stays unchanged. */
export async function withExitCode(
  context: Context,
  name: string,
  error: unknown,
  signal: AbortSignal,
): Promise<unknown> {
  if (!(error instanceof ArmError) || !error.codes.some((code) => /^VMExtension/.test(code))) return error;
  const machine = await context.machines.look(name, signal);
  const texts = (machine?.instanceView?.extensions ?? []).flatMap(({ statuses = [], substatuses = [] }) =>
    [...statuses, ...substatuses].map(({ message = '' }) => message),
  );
  const code = /exit (?:status|code)\s*[=:]?\s*(\d{1,3})/i.exec([error.message, ...texts].join('\n'))?.[1];
  if (code === undefined) return error;
  return new ArmError(error.status, [...error.codes, `cse-exit-${code}`], `${error.message} (exit code ${code})`);
}
