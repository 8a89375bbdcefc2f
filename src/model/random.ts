/**
 * The only source of randomness: a small generator seeded from `run.json`, so that the same files give the same bytes.
 *
 * sfc32 (C. Doty-Humphrey, PractRand): 128 bits of state, passes PractRand and BigCrush, period at least 2^32. splitmix32 fills the
 * state from the seed, as the bare seed is too little of it.
 */
import { elementAt } from './element.ts';
export interface Random {
  /** Uniform in [0, 1), 32 bits. */
  next(): number;
  /** Uniform integer in [0, below), without bias. */
  below(below: number): number;
}

export function seededRandom(seed: number): Random {
  let word = seed >>> 0;
  const fill = () => {
    word = (word + 0x9e3779b9) | 0;
    let z = word ^ (word >>> 16);
    z = Math.imul(z, 0x21f0aaad);
    z ^= z >>> 15;
    z = Math.imul(z, 0x735a2d97);
    return (z ^ (z >>> 15)) | 0;
  };
  let a = fill();
  let b = fill();
  let c = fill();
  // The high part of seeds above 2^32 goes into the counter, so that they differ too.
  let counter = (Math.floor(seed / 2 ** 32) + 1) | 0;
  const bits = () => {
    const t = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return t >>> 0;
  };
  for (let i = 0; i < 12; i++) bits();
  return {
    next: () => bits() / 2 ** 32,
    below: (below) => {
      const limit = 2 ** 32 - (2 ** 32 % below);
      for (;;) {
        const value = bits();
        if (value < limit) return value % below;
      }
    },
  };
}

/** Fisher-Yates: a new array in random order. */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    const held = elementAt(result, i);
    result[i] = elementAt(result, j);
    result[j] = held;
  }
  return result;
}
