import { expect, test } from 'vitest';
import { brokenPromises } from '../support/agreement/promises.ts';

test('of 2,000 damaged runs, all outputs agree, whatever a run swaps, loses, renames or repeats', () => {
  const seeds = Array.from({ length: 2_000 }, (_, i) => 1_000 + i);
  expect(seeds.flatMap((seed) => brokenPromises(seed).map((promise) => `run ${seed}: ${promise}`))).toEqual([]);
});
