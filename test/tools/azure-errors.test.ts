import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { TABLE } from '../../src/providers/azure/arm/error-table.ts';
import { ERRORS_FILE, errorsIn, errorsTable, RECORDED, unknownIn } from '../../tools/azure-errors.ts';

describe('the table of errors', () => {
  test('matches the output of its generator for the recorded answers (node tools/run.js tools/azure-errors.ts)', () => {
    expect(readFileSync(ERRORS_FILE, 'utf8')).toBe(errorsTable(errorsIn(RECORDED)));
  });

  test('contains every recorded code', () => {
    const seen = errorsIn(RECORDED);
    expect(seen.length).toBeGreaterThan(25);
    expect(unknownIn(seen)).toEqual([]);
  });

  test('reports an unknown body', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'errors-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(
      path.join(folder, 'new.json'),
      JSON.stringify({ status: 409, body: { error: { code: 'Teapot', message: 'short and stout' } } }),
    );
    expect(unknownIn(errorsIn(folder))).toEqual(['new.json: Teapot: short and stout']);
  });

  test('contains each code once', () => {
    const codes = TABLE.flatMap((row) => row.codes);
    expect(codes.filter((code, index) => codes.indexOf(code) !== index)).toEqual([]);
  });
});
