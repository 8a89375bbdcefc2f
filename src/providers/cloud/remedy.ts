/**
 * What is done about an error of a cloud:
 *
 *   stop     no machine of this run can ever come about: the run ends, with a hint
 *   again    the same once more, after each of these pauses; then it is a result, or the end of the run
 *   move     no room here: the whole block is asked for once more after each of these pauses, then goes to the next zone or
 *            size; `forGood` where no other boot of this run will succeed
 *   result   it says something about the image, or nothing can be done: a failed boot
 */
import type { Failure } from '../../model/boot.ts';
import type { Ms } from '../../model/units.ts';

export type Act =
  | { readonly kind: 'stop' }
  | { readonly kind: 'again'; readonly pausesMs: readonly Ms[]; readonly afterwards?: 'stop' }
  | Move
  | { readonly kind: 'result'; readonly stage: Failure['stage'] };

export interface Move {
  readonly kind: 'move';
  readonly pausesMs: readonly Ms[];
  readonly forGood: boolean;
}

export interface Remedy {
  /** Stable: the innermost code that the table knows, else the outermost there is. */
  readonly code: string;
  readonly act: Act;
  readonly hint: string;
  /** No row knows the error: whether it says something about the image depends on how far the machine had come. */
  readonly unknown?: true;
}
