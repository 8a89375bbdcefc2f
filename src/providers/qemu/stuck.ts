/**
 * Tells a stuck machine, whose firmware or boot loader never reaches a kernel, from a slow one. OVMF wakes the other processors by a
 * message and then waits for them without a limit. An overloaded computer can lose that message; then the machine spins for ever, before
 * it has written anything. Sources: WaitApWakeup in UefiCpuPkg/Library/MpInitLib; tianocore/edk2 #13164 and #10293.
 *
 *   first processor, every 2 s ──┬─ in a kernel's half of the addresses, or in user mode: it is up, and we stop looking
 *                                ├─ halted, or elsewhere than before: it works
 *                                └─ within 512 bytes for 40 s of processor time: stuck
 *
 * The limit is processor time, not real time: a machine that gets no turn stands still as well.
 */
import { readFile } from 'node:fs/promises';
import { BootFailure, type Timer } from '../../model/provider.ts';
import { type Ms, ms } from '../../model/units.ts';
import { STUCK } from './failure.ts';
import type { Monitor } from './monitor.ts';

export interface ProcessorState {
  /** Instruction pointer. */
  readonly address: number;
  /** It waits for an interrupt. */
  readonly isHalted: boolean;
  /** It runs a user program, so a kernel is up. */
  readonly isUser: boolean;
}

export const STUCK_AFTER_MS = ms(40_000);
const ASK_EVERY_MS = ms(2000);
/** Size of a waiting loop with the function that it calls. */
const LOOP_BYTES = 512;
/** Firmware and loaders run where memory is; every 64-bit kernel in the upper half. */
const LOWER_HALF_END = 2 ** 47;

/** Reads the first processor's state from `info registers`, in any mode. */
export function firstProcessor(registers: string): ProcessorState | undefined {
  const field = (pattern: RegExp) => pattern.exec(registers)?.[1];
  const address = field(/\b[RE]IP=([0-9a-f]{8,16})\b/);
  const level = field(/\bCPL=([0-3])\b/);
  if (address === undefined || level === undefined) return undefined;
  return {
    address: Number.parseInt(address, 16),
    isHalted: field(/\bHLT=([01])\b/) === '1',
    isUser: level === '3',
  };
}

/**
 * Returns a function that takes one state after another, each with the processor time used so far, and tells whether the machine is
 * stuck. The firmware's timer may interrupt its loop, so one state elsewhere proves nothing; two in a row do.
 */
export function stuckDetector(afterMs: Ms): (state: ProcessorState | undefined, usedMs: Ms) => boolean {
  let since: { readonly address: number; readonly usedMs: Ms } | undefined;
  let elsewhere = 0;
  return (state, usedMs) => {
    const isThere = state !== undefined && mayBeFirmware(state) && since !== undefined && isNear(state, since);
    elsewhere = isThere ? 0 : elsewhere + 1;
    if (elsewhere >= 2 || since === undefined) since = state && mayBeFirmware(state) ? { ...state, usedMs } : undefined;
    return isThere && since !== undefined && usedMs - since.usedMs >= afterMs;
  };
}

const isUp = ({ address, isUser }: ProcessorState): boolean => isUser || address >= LOWER_HALF_END;

const mayBeFirmware = (state: ProcessorState): boolean => !state.isHalted && !isUp(state);

const isNear = (one: { readonly address: number }, other: { readonly address: number }): boolean =>
  Math.abs(one.address - other.address) <= LOOP_BYTES;

export interface Watched {
  readonly monitor: Monitor;
  /** Of QEMU. */
  readonly pid: number | undefined;
  /** Without it nothing watches the machine. */
  readonly afterMs: Ms | undefined;
}

/** Resolves once the machine is stuck, and never otherwise. */
export const stuck = (watched: Watched, timer: Timer, signal: AbortSignal): Promise<{ readonly kind: 'stuck' }> =>
  new Promise((resolve) => {
    watch(watched, timer, signal).then(
      (isStuck) => isStuck && resolve({ kind: 'stuck' }),
      // The machine has ended, or we no longer watch it.
      () => undefined,
    );
  });

async function watch({ monitor, pid, afterMs }: Watched, timer: Timer, signal: AbortSignal): Promise<boolean> {
  if (pid === undefined || afterMs === undefined) return false;
  const isStuck = stuckDetector(afterMs);
  for (;;) {
    await timer.sleep(ASK_EVERY_MS, signal);
    const registers = await monitor.execute('human-monitor-command', { 'command-line': 'info registers' });
    const state = firstProcessor(String(registers));
    if (state && isUp(state)) return false;
    const usedMs = await usedBy(pid);
    if (usedMs !== undefined && isStuck(state, usedMs)) return true;
  }
}

/** Ticks of the kernel's clock in /proc are hundredths of a second on every architecture that QEMU runs on. */
const TICK_MS = 10;

async function usedBy(pid: number): Promise<Ms | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The name of the program, in parentheses, may hold anything.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  return Number.isFinite(ticks) ? ms(ticks * TICK_MS) : undefined;
}

const MOST_STARTS = 3;

/**
 * A machine with several processors may get stuck before its kernel through no fault of its image. So bench starts it again on the
 * same disk, as a user would, and measures its time from there. With one processor it waits for no other, and would get stuck
 * again.
 */
export async function untilNotStuck<T>(
  cpus: number,
  says: () => void,
  start: (starts: number) => Promise<T>,
): Promise<T> {
  for (let starts = 1; ; starts += 1) {
    try {
      return await start(starts);
    } catch (cause) {
      const isStuck = cause instanceof BootFailure && cause.failure.code === STUCK;
      if (!isStuck || cpus === 1 || starts === MOST_STARTS) throw cause;
      says();
    }
  }
}
