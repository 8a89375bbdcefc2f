/** A machine is gone when `list` no longer shows it, whatever `destroy` reports. */
import { createHash } from 'node:crypto';
import { BenchError } from '../../model/errors.ts';
import type { Timer } from '../../model/provider.ts';
import { retry } from '../../model/retry.ts';
import { type Ms, ms } from '../../model/units.ts';
import type { ListedMachine } from './messages.ts';
import { NotGone, type Programs } from './programs.ts';

/** Names follow from run and boot: a later process finds what a killed process requested, and requests it under the same name. */
export const machineName = (run: string, boot: string): string => `${prefixOf(run)}${boot}`;

const prefixOf = (run: string): string => `bench-${createHash('sha256').update(run).digest('hex').slice(0, 8)}-`;

/** bench ends only a machine that has both: the label of a run, and a name that this run would give. */
export const isOurs = ({ name, run }: Pick<ListedMachine, 'name' | 'run'>): boolean => name.startsWith(prefixOf(run));

/** If three attempts did not help, a fourth will not. */
const ATTEMPTS = 3;
const POLL_MS = ms(1_000);

type Doomed = Pick<ListedMachine, 'name' | 'run' | 'id'>;

/** Destroys a machine and waits until it is gone. Throws a BenchError with the reason if the time runs out first. */
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
