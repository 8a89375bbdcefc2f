/** A machine is made to boot another variant, in a boot that is not measured. */
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

/** Down, to come up as that variant. */
export const rebootInto = (held: Held, name: string, signal: AbortSignal): Promise<Reboot> =>
  rebootAs(held, (shell) => arm(shell, variantOf(held, name), held.lock, signal), signal);

/** The variant runs when this resolves; `boot` is the measured boot that comes next. */
export async function switchTo(held: Held, name: string, boot: string, signal: AbortSignal): Promise<Description> {
  const { target, world } = held;
  const variant = variantOf(held, name);
  await reachable(held, signal);
  await apply(held, name, variant, signal);
  world.run.progress(`${nameOf(target)}: switching to ${name}, with a boot that is not measured`);
  const { rebooting, bootIdBefore } = await rebootInto(held, name, signal);
  await comeUp(world, target, rebooting, world.readyWithinMs, signal);
  const seen = await settled(held, signal);
  // The boot of the plan that comes after it has that name without the ending.
  const expected = { boot: boot.replace(/-first$/, ''), name, variant, lock: held.lock, bootIdBefore };
  await check(expected, seen, (use) => withShell(held, use, signal), signal);
  return seen;
}

/** The discarded boot is proven like a measured one: there is no point in measuring after a wrong one. */
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
