import { expect, test } from 'vitest';
import { parseLines, printLine } from '../../../src/store/history/lines.ts';
import { runLine } from '../../support/history-lines.ts';

const line = runLine('2026-02-01');

test('a line reads back as written', () => {
  expect(parseLines(printLine(line), 'history.jsonl')).toEqual({ lines: [line], damaged: [] });
});

test('the report of a damaged line gives its file and line; the other lines remain', () => {
  const torn = printLine(line).slice(0, 100);
  const text = `${printLine(line)}${torn}\n\n{"schema":"bench/history@1","kind":"run"}\n${printLine(line)}`;
  const { lines, damaged } = parseLines(text, 'a/history.jsonl');
  expect(lines).toEqual([line, line]);
  expect(damaged.map(({ file, line: at }) => `${file}:${at}`)).toEqual(['a/history.jsonl:2', 'a/history.jsonl:4']);
  expect(damaged[0]?.problem).toMatch(/JSON/);
  expect(damaged[1]?.problem).toMatch(/^id: /);
});

test('lines of an older schema are upgraded step by step', () => {
  const { night, ...old } = line;
  const migrations = {
    'bench/history@-1': (value: Record<string, unknown>) => ({ ...value, schema: 'bench/history@0', date: value.day }),
    'bench/history@0': ({ date, day: _, ...value }: Record<string, unknown>) => ({
      ...value,
      schema: 'bench/history@1',
      night: date,
    }),
    'bench/history@1': undefined,
  };
  const text = `${JSON.stringify({ ...old, schema: 'bench/history@-1', day: night })}\n${printLine(line)}`;
  expect(parseLines(text, 'history.jsonl', migrations)).toEqual({ lines: [line, line], damaged: [] });
});

test('a line of a newer bench is an error, never misread', () => {
  const { damaged } = parseLines(JSON.stringify({ ...line, schema: 'bench/history@2' }), 'history.jsonl');
  expect(damaged[0]?.problem).toBe('of the schema "bench/history@2", which this version of bench does not know');
});
