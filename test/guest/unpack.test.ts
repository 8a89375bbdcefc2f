import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { answerLimits, readAnswer, uniqueNames } from '../../src/guest/unpack.ts';
import { request } from './run-script.ts';

const entry = (name: string, text: string) => ({ name, bytes: new TextEncoder().encode(text), cut: false });

describe('the names of a folder', () => {
  test('are the last parts, with a number where two are alike', () => {
    expect(
      uniqueNames(['var/log/a.json', 'var/log/old/a.json', 'x/A.json', 'unit@1-2.service', 'sp ace;$(x)']),
    ).toEqual(['a.json', '2~a.json', '3~A.json', 'unit@1-2.service', 'sp_ace___x_']);
  });

  test('are unique file names on any system, whatever a machine called its files', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('a', 'A', '2~a', '..', '.', '', 'a/..', '.hidden')),
          { maxLength: 30 },
        ),
        (names) => {
          const unique = uniqueNames(names);
          expect(unique).toHaveLength(names.length);
          expect(new Set(unique.map((name) => name.toLowerCase())).size).toBe(names.length);
          for (const name of unique) expect(name).toMatch(/^(?!\.{1,2}$)[\w.@+=,%~-]{1,160}$/);
        },
      ),
      { seed: 4 },
    );
  });
});

describe('an answer', () => {
  test('that lacks a file or an exit code has it empty, truncated and without a code', async () => {
    const requests = [request('a', 'true'), request('b', 'true')];
    const { artifacts, warnings } = await readAnswer(requests, [entry('status', '0 0\n')]);
    expect(artifacts.map(({ path, exitCode, truncated, bytes }) => [path, exitCode, truncated, bytes.length])).toEqual([
      ['a', 0, false, 0],
      ['b', null, true, 0],
    ]);
    expect(warnings.map(({ message }) => message)).toEqual(['raw/b: `true` did not end and was killed']);
  });

  test('with a nonsensical status counts as if nothing had ended', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (status) => {
        const { artifacts } = await readAnswer(
          [request('a', 'true')],
          [entry('status', `x${status}`), entry('0', 'text')],
        );
        for (const { exitCode } of artifacts)
          expect(exitCode === null || (exitCode >= 0 && exitCode <= 999)).toBe(true);
      }),
      { seed: 5 },
    );
  });

  test('may hold what bench requested and nothing else', () => {
    const { entryBytes, entries } = answerLimits([request('a', 'true', 1000), request('b/', 'true', 10)], 1e6);
    expect(entries).toBe(6);
    expect(
      ['0', '1', 'e0', 'e1', 'status', 'boot'].map(entryBytes).every((cap) => cap !== undefined && cap < 5000),
    ).toBe(true);
    expect(['2', 'e2', '01', '-1', '', 'a', './0', '0/x', '__proto__', 'constructor'].map(entryBytes)).toEqual(
      Array(10).fill(undefined),
    );
  });
});
