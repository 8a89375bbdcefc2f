/** Exit codes: a contract with scripts. */
import type { Comparison } from '../model/comparison.ts';
import type { BenchError } from '../model/errors.ts';

export const EXIT = {
  fine: 0,
  gateFailed: 1,
  usage: 2,
  world: 3,
  inconclusive: 4,
  gateFailedAndLeftBehind: 5,
  bug: 70,
  interrupted: 130,
} as const;

/** For help and the manual page. */
export const EXIT_CODES = [
  ['0', 'fine'],
  ['1', 'a gate failed'],
  ['2', 'usage'],
  ['3', 'environment failure'],
  ['4', 'inconclusive (--require-verdict)'],
  ['5', 'a gate failed and something could not be cleaned up (3 if no gate failed)'],
  ['70', 'a bug'],
] as const;

/** The exit code for a comparison's result; the comparison itself decides it. */
export function exitOfComparison({ result }: Comparison, requireVerdict: boolean): number {
  switch (result) {
    case 'passes':
      return EXIT.fine;
    case 'fails':
      return EXIT.gateFailed;
    case 'nothing-booted':
      return EXIT.world;
    case 'unjudged':
      return requireVerdict ? EXIT.inconclusive : EXIT.fine;
    default:
      return result satisfies never;
  }
}

/** Shows both the result of the gates and that a cleanup failed. */
export function exitOfLeftBehind(code: number): number {
  return code === EXIT.gateFailed ? EXIT.gateFailedAndLeftBehind : EXIT.world;
}

export const exitOfError = (error: BenchError): number => (error.kind === 'usage' ? EXIT.usage : EXIT.world);

/** The error, and a note to print after it. */
export class Unfinished extends Error {
  readonly note: string;

  constructor(cause: unknown, note: string) {
    super(note, { cause });
    this.name = 'Unfinished';
    this.note = note;
  }
}
