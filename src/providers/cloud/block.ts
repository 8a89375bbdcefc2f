/**
 * Keeps the boots of one block together: bench requests them at one moment, of one size and in one zone. If there is no room for
 * one of them, bench requests all of them again, at the next offer. It hands out none before there is room for all.
 *
 *   boot a  --meet--| PUT ......... room --|               --meet--| PUT ... room --|-- all
 *   boot b  --meet--| PUT .. no room: move |--(a is ended) --meet--| PUT ... room --|-- all
 *            round 1                                        round 2, next offer
 */

import type { NextTry, Try } from './placements.ts';
import type { Move } from './remedy.ts';

export interface Round extends Try {
  /** Aborts when the block moves on. */
  readonly moved: AbortSignal;
}

export interface Block {
  /** Resolves when every boot of the block has called it; undefined when there are no more offers. */
  meet(signal: AbortSignal): Promise<Round | undefined>;
  /** Call this if there is no room: ends the round for all. */
  move(round: Round, why: Move): void;
  /** Call this if there is room for this boot. Resolves when there is room for all, or when the block moves. */
  settled(round: Round, signal: AbortSignal): Promise<'all' | 'moved'>;
  /** Call this when this boot is over: the others no longer wait for it. */
  leave(): void;
}

/** `next` gives the offer of each round, and gets the reason why the last one ended. */
export function blockOf(size: number, next: NextTry): Block {
  let members = size;
  let arrived = 0;
  let parsing = deferred<Round | undefined>();
  let refused: Move | undefined;
  let current: { round: Round; end: AbortController; room: number; settled: Deferred<'all' | 'moved'> } | undefined;
  const startWhenAllCame = () => {
    if (arrived === 0 || arrived < members) return;
    const offer = next(refused);
    const end = new AbortController();
    const round = offer && { ...offer, moved: end.signal };
    current = round && { round, end, room: 0, settled: deferred() };
    arrived = 0;
    parsing.resolve(round);
    parsing = deferred();
  };
  const settleWhenRoomForAll = () => {
    if (current && current.room >= members) current.settled.resolve('all');
  };
  return {
    meet(signal) {
      const meeting = parsing.promise;
      arrived += 1;
      startWhenAllCame();
      return unlessAborted(meeting, signal);
    },
    move(round, why) {
      if (current?.round !== round || round.moved.aborted) return;
      refused = why;
      current.settled.resolve('moved');
      current.end.abort(new Error('requesting the block again'));
    },
    settled(round, signal) {
      if (current?.round !== round) return Promise.resolve('moved');
      current.room += 1;
      settleWhenRoomForAll();
      return unlessAborted(current.settled.promise, signal);
    },
    leave() {
      members -= 1;
      startWhenAllCame();
      settleWhenRoomForAll();
    },
  };
}

interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
}

function deferred<T>(): Deferred<T> {
  let settle: (value: T) => void = () => {};
  const promise = new Promise<T>((resolve) => {
    settle = resolve;
  });
  return { promise, resolve: settle };
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
