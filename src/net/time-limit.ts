/**
 * `AbortSignal.timeout` for a signal that is joined with others. Node 20 collects a timeout that only `AbortSignal.any` refers to
 * as soon as memory is tidied up, and the joined signal never aborts: what waits for it waits for ever.
 */
import type { Ms } from '../model/units.ts';

/** Aborts after that time with a TimeoutError. Keeps no process alive. */
export function timeLimit(afterMs: Ms): AbortSignal {
  const limit = new AbortController();
  const reason = () => new DOMException('The operation was aborted due to timeout', 'TimeoutError');
  setTimeout(() => limit.abort(reason()), afterMs).unref();
  return limit.signal;
}
