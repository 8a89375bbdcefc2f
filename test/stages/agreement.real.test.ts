import { expect, test } from 'vitest';
import { brokenPromises } from '../support/agreement/promises.ts';

test('of 2,000 runs as bad as they come, all outputs say the same, whatever is swapped, lost, renamed or given twice', () => {
  const seeds = Array.from({ length: 2_000 }, (_, i) => 1_000 + i);
  expect(seeds.flatMap((seed) => brokenPromises(seed).map((promise) => `run ${seed}: ${promise}`))).toEqual([]);
});
