/** A machine is gone when `list` shows it no more, whatever `destroy` says. */
import { createHash } from 'node:crypto';
import { BenchError } from '../../model/errors.ts';
import type { Timer } from '../../model/provider.ts';
import { retry } from '../../model/retry.ts';
import { type Ms, ms } from '../../model/units.ts';
import type { ListedMachine } from './messages.ts';
import { NotGone, type Programs } from './programs.ts';

/** Names follow from run and boot, so that what a killed process asked for is found again, and asked for under no other name. */
export const machineName = (run: string, boot: string): string => `${prefixOf(run)}${boot}`;

const prefixOf = (run: string): string => `bench-${createHash('sha256').update(run).digest('hex').slice(0, 8)}-`;

/** Nothing is ever ended that does not have both: the label of a run, and the name that this run would give. */
export const isOurs = ({ name, run }: Pick<ListedMachine, 'name' | 'run'>): boolean => name.startsWith(prefixOf(run));

/** One that did not help will not help the fourth time. */
const ATTEMPTS = 3;
const POLL_MS = ms(1_000);

type Doomed = Pick<ListedMachine, 'name' | 'run' | 'id'>;

/** Destroys a machine and waits until it is gone. Throws a BenchError with the reason when it is not within that time. */
export async function remove(
  programs: Programs,
  { name, run, id }: Doomed,
  withinMs: Ms,
  timer: Timer,
  signal: AbortSignal,
): Promise<void> {
  const endMs = timer.nowMs() + withinMs;
  let reason = 'list still shows it after destroy succeeded.';
  const destroy = async (attempt: number) => {
    await programs.destroy({ name, run, ...(id !== undefined && { id }) }, signal).catch((cause: unknown) => {
      signal.throwIfAborted();
      if (!(cause instanceof BenchError)) throw cause;
      reason = cause.message;
    });
    const lookUntilMs = attempt === ATTEMPTS ? endMs : Math.min(endMs, timer.nowMs() + withinMs / ATTEMPTS);
    do {
      const there = await programs.list(run, signal);
      if (!there.some((machine) => machine.name === name)) return;
      await timer.sleep(POLL_MS, signal);
    } while (timer.nowMs() < lookUntilMs);
    throw new NotGone([name], reason);
  };
  const pauseAfter = (cause: unknown, attempt: number) =>
    cause instanceof NotGone && attempt < ATTEMPTS && timer.nowMs() < endMs ? ms(0) : undefined;
  await retry(destroy, pauseAfter, timer, signal);
}
