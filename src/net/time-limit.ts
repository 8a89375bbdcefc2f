/**
 * `AbortSignal.timeout` for use in `AbortSignal.any`. Node 20 garbage-collects a timeout to which only `AbortSignal.any` refers.
 * Then the joined signal never aborts, and its user waits for ever.
 */
import type { Ms } from '../model/units.ts';

/** Aborts after that time with a TimeoutError. Keeps no process alive. */
export function timeLimit(afterMs: Ms): AbortSignal {
  const limit = new AbortController();
  const reason = () => new DOMException('The operation was aborted due to timeout', 'TimeoutError');
  setTimeout(() => limit.abort(reason()), afterMs).unref();
  return limit.signal;
}
