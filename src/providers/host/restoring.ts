/** Restores a machine to its state at the lock, and unlocks it. */
import { nameOf } from './address.ts';
import { callProgram, comeUp } from './reboot.ts';
import { hostFailure, remote } from './remote.ts';
import { apply, describe, type Held, reachable, rebootAs, settled, variantOf, withShell } from './session.ts';
import { disarm, isAsBefore } from './variant.ts';

export async function restore(held: Held, signal: AbortSignal): Promise<void> {
  await reachable(held, signal);
  const seen = await withShell(
    held,
    async (shell) => {
      await disarm(shell, held.lock, signal);
      return describe(shell, signal);
    },
    signal,
  );
  if (held.lock.applied !== undefined || !isAsBefore(seen, held.lock)) await putBack(held, signal);
  await withShell(held, (shell) => remote(shell, 'unlock', {}, signal), signal);
}

async function putBack(held: Held, signal: AbortSignal): Promise<void> {
  const { target, world } = held;
  world.run.progress(`${nameOf(target)}: restoring its state before the run`);
  await takeOff(held, signal);
  const { rebooting, bootIdBefore } = await rebootAs(held, (shell) => disarm(shell, held.lock, signal), signal);
  await comeUp(world, target, rebooting, world.readyWithinMs, signal);
  const seen = await settled(held, signal);
  const { applied, original } = held.lock;
  if (seen.bootId === bootIdBefore || (applied === undefined && !isAsBefore(seen, held.lock)))
    throw hostFailure(
      'boot',
      'not-restored',
      `${nameOf(target)} runs ${seen.entry || seen.commandLine} instead of ${original.entry || original.commandLine}, as before the run.`,
      'Check the default entry of its loader.',
    );
}

/** Undoes what a boot alone does not undo: runs `restore`, or by default applies the baseline. */
async function takeOff(held: Held, signal: AbortSignal): Promise<void> {
  if (held.lock.applied === undefined) return;
  const { target, world } = held;
  const [baseline = ''] = Object.keys(world.scenario.variants);
  const { restore: program } = world.options;
  if (program) await callProgram('restore', program, target, baseline, world, signal);
  else await apply(held, baseline, variantOf(held, baseline), signal);
}
