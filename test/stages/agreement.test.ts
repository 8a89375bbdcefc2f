import { expect, test } from 'vitest';
import { brokenPromises } from '../support/agreement/promises.ts';

/** Two thousand are in `agreement.real.test.ts`, fifty thousand in `npm run fuzz`: here are as many as one second allows. */
test('of 50 damaged runs, all outputs agree, whatever a run swaps, loses, renames or repeats', () => {
  const seeds = Array.from({ length: 50 }, (_, i) => i + 1);
  expect(seeds.flatMap((seed) => brokenPromises(seed).map((promise) => `run ${seed}: ${promise}`))).toEqual([]);
});
