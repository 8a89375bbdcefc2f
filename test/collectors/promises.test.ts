import { describe, expect, it } from 'vitest';
import { mutated } from '../support/mutations.ts';
import { brokenPromise, targets } from '../support/parser-promises.ts';

/** `npm run fuzz` tries a hundred thousand. */
const INPUTS = 300;

describe('on any input, a parser does not throw, gives only finite numbers, and cites the line of each result', () => {
  it.each(targets().map((target) => [target.name, target] as const))('%s', (_, target) => {
    for (let index = 0; index < INPUTS; index += 1) {
      expect(brokenPromise(target, mutated(target.seeds, 1, index)), `input ${index}`).toBeUndefined();
    }
  });
});
