/**
 * Where bench tries the blocks of a run, one offer after the other: first where there was room for the last block; then, as the
 * error requires, there once more or at the next size or zone. It tries all of them several times, with a pause in between.
 */
import { type Ms, ms } from '../../model/units.ts';
import type { Move } from './remedy.ts';

/** One place to try machines in; bench tries them in the given order. */
export interface Placement {
  readonly size: string;
  readonly zone?: string;
  /** Set if the size supports no other controller: then the request must name it. */
  readonly controller?: 'NVMe';
}

/** Where to try a block next, and how long to wait first: where there was no room a moment ago, there is none yet. */
export interface Try {
  readonly placement: Placement;
  readonly pauseMs: Ms;
}

/** How often bench tries all remaining placements before it gives up a block. */
const ROUNDS = 4;
const ROUND_PAUSE_MS = 30_000;

/** Each block has its own; `refused` is the reason why its last offer failed. */
export type NextTry = (refused: Move | undefined) => Try | undefined;

export function placementsInTurn(placements: readonly Placement[]): () => NextTry {
  /** Where the next block begins. */
  let room = 0;
  const closed = new Set<number>();
  /** The next open placement; the same one if no other is left. */
  const after = (index: number): number | undefined =>
    placements.map((_, step) => (index + 1 + step) % placements.length).find((next) => !closed.has(next));
  const offer = (index: number, pauseMs: Ms): Try | undefined => {
    const placement = placements[index];
    return placement && { placement, pauseMs };
  };
  return () => {
    let at = room;
    let rounds = 0;
    const refusals = new Map<number, number>();
    return (refused) => {
      if (refused === undefined) return closed.has(at) ? undefined : offer(at, ms(0));
      const count = refusals.get(at) ?? 0;
      refusals.set(at, count + 1);
      const againMs = refused.pausesMs[count];
      if (againMs !== undefined) return offer(at, againMs);
      if (refused.forGood) closed.add(at);
      const next = after(at);
      if (next === undefined) return undefined;
      const wraps = next <= at;
      if (room === at) room = next;
      at = next;
      rounds += wraps ? 1 : 0;
      return rounds === ROUNDS ? undefined : offer(at, wraps ? ms(ROUND_PAUSE_MS) : ms(0));
    };
  };
}
