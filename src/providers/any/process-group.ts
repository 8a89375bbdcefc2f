/**
 * Ends a program with everything that it started. Only for a `detached` child, which leads its own process group. The program
 * may be a script that waits for the real one; a signal to the script alone would leave the real one behind.
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
