/**
 * Ends a program with all that it started. Only for a child that was spawned `detached`, which leads its own process group: what is
 * named like a program may be a script that waits for the real one, and to end the script alone would leave that behind.
 */
import type { ChildProcess } from 'node:child_process';

export function killGroup({ pid }: Pick<ChildProcess, 'pid'>, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // Nothing of it is left.
  }
}
