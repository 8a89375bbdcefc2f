import { expect, test } from 'vitest';
import { brokenPromises } from '../support/agreement/promises.ts';

/** Two thousand are in `agreement.real.test.ts`, fifty thousand in `npm run fuzz`: here are as many as a second takes. */
test('of 50 runs as bad as they come, all outputs say the same, whatever is swapped, lost, renamed or given twice', () => {
  const seeds = Array.from({ length: 50 }, (_, i) => i + 1);
  expect(seeds.flatMap((seed) => brokenPromises(seed).map((promise) => `run ${seed}: ${promise}`))).toEqual([]);
});
