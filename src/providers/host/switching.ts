/** Makes a machine boot another variant, in a boot that bench does not measure. */
import { BootFailure, type Shell } from '../../model/provider.ts';
import { nameOf } from './address.ts';
import { comeUp } from './reboot.ts';
import type { Description } from './remote.ts';
import {
  apply,
  type Held,
  type Reboot,
  reachable,
  rebootAs,
  SHORT_MS,
  settled,
  variantOf,
  withShell,
} from './session.ts';
import { arm, type Expected, judge } from './variant.ts';

/** Sends the machine down, to come up as that variant. */
export const rebootInto = (held: Held, name: string, signal: AbortSignal): Promise<Reboot> =>
  rebootAs(held, (shell) => arm(shell, variantOf(held, name), held.lock, signal), signal);

/** Resolves when the variant runs; `boot` is the measured boot that comes next. */
export async function switchTo(held: Held, name: string, boot: string, signal: AbortSignal): Promise<Description> {
  const { target, world } = held;
  const variant = variantOf(held, name);
  await reachable(held, signal);
  await apply(held, name, variant, signal);
  world.run.progress(`${nameOf(target)}: switching to ${name}, with a boot that is not measured`);
  const { rebooting, bootIdBefore } = await rebootInto(held, name, signal);
  await comeUp(world, target, rebooting, world.readyWithinMs, signal);
  const seen = await settled(held, signal);
  // The plan's boot after it has that name without the ending.
  const expected = { boot: boot.replace(/-first$/, ''), name, variant, lock: held.lock, bootIdBefore };
  await check(expected, seen, (use) => withShell(held, use, signal), signal);
  return seen;
}

/** Verifies the discarded boot like a measured one: a measurement after a wrong boot would be useless. */
async function check(
  expected: Expected,
  seen: Description,
  withShell: <T>(use: (shell: Shell) => Promise<T>) => Promise<T>,
  signal: AbortSignal,
): Promise<void> {
  const { verify } = expected.variant;
  const verified =
    verify === undefined
      ? undefined
      : await withShell(async (shell) => {
          const { code, stdout } = await shell.run(`{ ${verify}\n} 2>&1`, { withinMs: SHORT_MS }, signal);
          return { text: stdout, exitCode: code };
        });
  const failure = judge(expected, seen, verified);
  if (failure) throw new BootFailure(failure, { facts: {}, marks: [], console: '' });
}
