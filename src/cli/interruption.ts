/**
 * Interruptions from outside: Ctrl-C, SIGTERM, a terminal that hung up. Commands that make machines or post something clean up on the first
 * of these, and exit at once on the second. All others have nothing to clean up, and the signal ends them itself.
 */
import { EXIT } from './exit.ts';
import type { CommandProcess } from './world.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Installs the handlers. `doing`: the command's action then, e.g. "shutting down machines". */
export function interruption(process: CommandProcess, doing: string): AbortSignal {
  const controller = new AbortController();
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    process.stderr.write(`\nbench: ${doing}; press Ctrl-C again to exit immediately\n`);
    controller.abort(new DOMException('interrupted', 'AbortError'));
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return controller.signal;
}

/** For commands that a signal ends by itself. */
export const never: AbortSignal = new AbortController().signal;
