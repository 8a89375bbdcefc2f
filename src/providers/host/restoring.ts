/** A machine is put back as it was when it was locked, and unlocked. */
import { callProgram, comeUp } from './reboot.ts';
import { type Description, hostFailure, remote } from './remote.ts';
import { apply, describe, type Held, reachable, rebootAs, settled, variantOf, withShell } from './session.ts';

export async function restore(held: Held, signal: AbortSignal): Promise<void> {
  await reachable(held, signal);
  const seen = await withShell(
    held,
    async (shell) => {
      await remote(shell, 'disarm', {}, signal);
      return describe(shell, signal);
    },
    signal,
  );
  const { applied, original } = held.lock;
  if (applied !== undefined || !isSame(seen, original)) await putBack(held, signal);
  await withShell(held, (shell) => remote(shell, 'unlock', {}, signal), signal);
}

async function putBack(held: Held, signal: AbortSignal): Promise<void> {
  const { target, world } = held;
  world.run.progress(`${target.host}: putting back what was there`);
  await takeOff(held, signal);
  const deployment = /\bostree=\S*\/([0-9a-f]{16,})\//.exec(held.lock.original.commandLine)?.[1];
  const back = { KIND: deployment === undefined ? 'as-is' : 'deployment', VALUE: deployment ?? '' };
  const { rebooting, bootIdBefore } = await rebootAs(
    held,
    async (shell) => void (await remote(shell, 'arm', back, signal)),
    signal,
  );
  await comeUp(world, target, rebooting, world.readyWithinMs, signal);
  const seen = await settled(held, signal);
  const { applied, original } = held.lock;
  if (seen.bootId === bootIdBefore || (applied === undefined && !isSame(seen, original)))
    throw hostFailure(
      'boot',
      'not-restored',
      `${target.host} runs ${seen.entry || seen.commandLine}, and not ${original.entry || original.commandLine} as before the run.`,
      'See which entry its loader takes by default.',
    );
}

/** What a boot alone does not undo; where nobody says how, the baseline is put on it. */
async function takeOff(held: Held, signal: AbortSignal): Promise<void> {
  if (held.lock.applied === undefined) return;
  const { target, world } = held;
  const [baseline = ''] = Object.keys(world.scenario.variants);
  const { restore: program } = world.options;
  if (program) await callProgram('restore', program, target, baseline, world, signal);
  else await apply(held, baseline, variantOf(held, baseline), signal);
}

/** Kernel and loader say the same in all that a boot decides. */
const isSame = (one: Description, other: Description): boolean =>
  one.commandLine === other.commandLine && one.entry === other.entry;
