/**
 * Operating errors: one line that says what and where, and a hint that says what to do. Any other exception is a bug. A failed
 * boot, a missing event or too few samples are results, not errors.
 */

/** `usage`: the caller or the scenario is wrong (exit 2). `world`: cloud, SSH, disk or a missing tool (exit 3). */
export type ErrorKind = 'usage' | 'world';

export class BenchError extends Error {
  readonly kind: ErrorKind;
  readonly hint: string | undefined;
  /** A line each, below the message. */
  readonly details: readonly string[];

  constructor(kind: ErrorKind, message: string, hint?: string, cause?: unknown, details: readonly string[] = []) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'BenchError';
    this.kind = kind;
    this.hint = hint;
    this.details = details;
  }
}

export const usageError = (message: string, hint?: string): BenchError => new BenchError('usage', message, hint);

export const worldError = (message: string, hint?: string, cause?: unknown): BenchError =>
  new BenchError('world', message, hint, cause);

/** The message of a caught value: code can throw anything. */
export const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
