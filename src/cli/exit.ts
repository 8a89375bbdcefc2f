/** Exit codes: a contract with scripts. */
import type { Comparison } from '../model/comparison.ts';
import type { BenchError } from '../model/errors.ts';

export const EXIT = { fine: 0, gateFailed: 1, usage: 2, world: 3, inconclusive: 4, bug: 70, interrupted: 130 } as const;

/** What a comparison means to a script. A run whose controls moved passes and fails nothing: it has no verdict. */
export function exitOfComparison(comparison: Comparison, requireVerdict: boolean): number {
  const undecided = comparison.unproven || comparison.verdict === 'inconclusive';
  const failed =
    comparison.verdict === 'broken' || (!comparison.unproven && comparison.metrics.some((metric) => metric.failsGate));
  if (failed) return EXIT.gateFailed;
  return undecided && requireVerdict ? EXIT.inconclusive : EXIT.fine;
}

export const exitOfError = (error: BenchError): number => (error.kind === 'usage' ? EXIT.usage : EXIT.world);

/** What went wrong, and what is to be said after it. */
export class Unfinished extends Error {
  readonly note: string;

  constructor(cause: unknown, note: string) {
    super(note, { cause });
    this.name = 'Unfinished';
    this.note = note;
  }
}
