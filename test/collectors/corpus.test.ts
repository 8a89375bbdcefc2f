/**
 * Runs each text of the corpus through the parser of its kind and compares it with the expectation. A file without a reader fails.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EXCEPTIONS } from './corpus-exceptions.ts';
import { READERS } from './corpus-readers.ts';
import { corpusText } from './raw.ts';

const FOLDER = new URL('../fixtures/corpus/', import.meta.url);
const names = readdirSync(FOLDER).flatMap((file) => /^(.+)\.txt$/.exec(file)?.[1] ?? []);

describe('the corpus', () => {
  it('is there, with an expectation beside each text', () => {
    expect(names.length).toBe(110);
    for (const name of names) expect(() => readFileSync(new URL(`${name}.expected.json`, FOLDER))).not.toThrow();
  });

  it.each(names)('%s reads as expected', (name) => {
    const text = corpusText(name);
    const { kind, expected } = JSON.parse(readFileSync(new URL(`${name}.expected.json`, FOLDER), 'utf8'));
    const reader = READERS[kind];
    expect(reader, `a reader of ${kind}`).toBeDefined();
    const exception = EXCEPTIONS[name];
    // `note` is for people; an exception replaces the values that it is about, and states its reason.
    const { note: _, ...wanted } = { ...expected, ...exception?.expected };
    const read: Record<string, unknown> = { ...reader?.(text) };
    for (const [key, value] of Object.entries(wanted)) expect(read[key], key).toEqual(value);
  });
});
