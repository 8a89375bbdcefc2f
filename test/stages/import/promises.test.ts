import { describe, expect, it } from 'vitest';
import { brokenByImport, corpusTexts, manyFiles } from '../../support/import-promises.ts';

/** `npm run fuzz` tries a hundred thousand. */
const INPUTS = 150;

describe('an import of arbitrary files', () => {
  it('does not throw, counts no boot twice and invents no line', () => {
    const texts = corpusTexts();
    for (let index = 0; index < INPUTS; index += 1)
      expect(brokenByImport(manyFiles(texts, 1, index)), `input ${index}`).toBeUndefined();
  });
});
