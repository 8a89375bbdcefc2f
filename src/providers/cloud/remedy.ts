/**
 * How bench reacts to an error of a cloud:
 *
 *   stop     no machine of this run can ever come about: end the run, with a hint
 *   again    send the same request once more, after each of these pauses; then the error is a result, or ends the run
 *   move     no room here: request the whole block once more after each of these pauses, then go to the next zone or size;
 *            `forGood` if no other boot of this run will succeed here
 *   result   the error says something about the image, or nothing helps: a failed boot
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
  /** Stable: the innermost code that the table knows, else the outermost one. */
  readonly code: string;
  readonly act: Act;
  readonly hint: string;
  /** The table does not know the error: whether it says something about the image depends on how far the machine had come. */
  readonly unknown?: true;
}
