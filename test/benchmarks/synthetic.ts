/**
 * Synthetic boots: log-normal around 40 s, with a part of the spread common to a block (one host, one hour), and a linear drift over
 * the blocks. Optionally, one boot in ten waits 5 to 60 s for a package lock.
 */
import type { Random } from '../../src/model/random.ts';

export interface Cell {
  readonly blocks: number;
  /** Standard deviation of a boot's logarithm. */
  readonly sigma: number;
  /** Share of that variance that is common to a block's boots. */
  readonly hostShare: number;
  /** Change over the whole run, independent of the variant: .1 is 10 %. */
  readonly drift: number;
  /** Share of boots that wait for a lock. */
  readonly locks: number;
  /** True effect of the candidate: .05 is 5 % slower. */
  readonly effect: number;
  /** Resolution of boot times in microseconds, which makes them tie; exact by default. */
  readonly grid?: number;
}

/** Half of the spread is the host's; no drift, locks or effect. */
export const CLEAN_CELL: Cell = { blocks: 20, sigma: 0.05, hostShare: 0.5, drift: 0, locks: 0, effect: 0 };

export interface Gaussian {
  next(): number;
}

/** Normal deviates by the polar method (Marsaglia and Bray 1964). */
export function gaussian(random: Random): Gaussian {
  let spare: number | undefined;
  return {
    next() {
      if (spare !== undefined) {
        const held = spare;
        spare = undefined;
        return held;
      }
      for (;;) {
        const u = 2 * random.next() - 1;
        const v = 2 * random.next() - 1;
        const s = u * u + v * v;
        if (s === 0 || s >= 1) continue;
        const scale = Math.sqrt((-2 * Math.log(s)) / s);
        spare = v * scale;
        return u * scale;
      }
    },
  };
}

/** One run: values of both sides in microseconds, per block. */
export function boots(cell: Cell, random: Random, normal: Gaussian): { before: Float64Array; after: Float64Array } {
  const before = new Float64Array(cell.blocks);
  const after = new Float64Array(cell.blocks);
  const shared = cell.sigma * Math.sqrt(cell.hostShare);
  const own = cell.sigma * Math.sqrt(1 - cell.hostShare);
  const boot = (host: number, effect: number) => {
    const wait = cell.locks > 0 && random.next() < cell.locks ? 5e6 + 55e6 * random.next() : 0;
    const us = 40e6 * (1 + effect) * Math.exp(host + own * normal.next()) + wait;
    return cell.grid === undefined ? us : cell.grid * Math.round(us / cell.grid);
  };
  for (let b = 0; b < cell.blocks; b++) {
    const host = shared * normal.next() + (cell.drift * b) / cell.blocks;
    before[b] = boot(host, 0);
    after[b] = boot(host, cell.effect);
  }
  return { before, after };
}

/** Five gates of one run that share half of their spread; only the first has the effect. */
export function gatesOf(
  cell: Cell,
  gates: number,
  random: Random,
  normal: Gaussian,
): { before: Float64Array; after: Float64Array }[] {
  const runs = Array.from({ length: gates }, () => ({
    before: new Float64Array(cell.blocks),
    after: new Float64Array(cell.blocks),
  }));
  const shared = cell.sigma * Math.sqrt(cell.hostShare);
  const common = cell.sigma * Math.sqrt((1 - cell.hostShare) / 2);
  const value = (host: number, boot: number, effect: number, wait: number) =>
    40e6 * (1 + effect) * Math.exp(host + boot + common * normal.next()) + wait;
  const lock = () => (cell.locks > 0 && random.next() < cell.locks ? 5e6 + 55e6 * random.next() : 0);
  for (let b = 0; b < cell.blocks; b++) {
    const host = shared * normal.next() + (cell.drift * b) / cell.blocks;
    const boot = [common * normal.next(), common * normal.next()] as const;
    const wait = [lock(), lock()] as const;
    runs.forEach((run, gate) => {
      run.before[b] = value(host, boot[0], 0, wait[0]);
      run.after[b] = value(host, boot[1], gate === 0 ? cell.effect : 0, wait[1]);
    });
  }
  return runs;
}
