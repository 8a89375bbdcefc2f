/** The message about a failed deletion: why it failed, what remains, and what that costs. */

import { type BenchError, messageOf, worldError } from '../../../model/errors.ts';
import { ms } from '../../../model/units.ts';
import { timeLimit } from '../../../net/time-limit.ts';
import { ArmError, failureOf, oneLine } from '../arm/failure.ts';
import type { Clearing } from './clearing.ts';
import type { ListedResource } from './group.ts';

export async function notDeleted(clearing: Clearing, cause: unknown, usdPerHour = 0): Promise<BenchError> {
  const stop = timeLimit(ms(30_000));
  const left = await clearing.resources(stop).catch(() => []);
  const machines = (await clearing.machines(stop).catch(() => [])).length;
  const perDay = machines * usdPerHour * 24;
  const cost = perDay > 0 ? ` It costs about ${perDay.toFixed(2)} USD a day, without disks and addresses.` : '';
  const why = cause instanceof ArmError ? failureOf('its deletion', cause).message : messageOf(cause);
  const { what, byHand } = clearing;
  return worldError(
    `${/ /.test(what) ? what.replace(/^w/, 'W') : `The resource group ${what}`} could not be deleted (${oneLine(why)}). ${leftText(left)}${cost}`,
    `Delete it later: bench gc --yes, or ${byHand}.`,
    cause,
  );
}

/** `Remaining in it: 2 virtualMachines, 1 virtualNetworks.` */
function leftText(left: readonly ListedResource[]): string {
  const counts = new Map<string, number>();
  for (const { type } of left) {
    const name = type.split('/').at(-1) ?? type;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const parts = [...counts].map(([name, count]) => `${count} ${name}`);
  return parts.length === 0 ? 'Its remaining resources are unknown.' : `Remaining in it: ${parts.join(', ')}.`;
}
