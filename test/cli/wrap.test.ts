import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { labelled } from '../../src/cli/wrap.ts';

const text =
  'Does deferring non-critical provisioning behind kubelet make a node ready sooner, and does anything break?';
const linesOf = (width: number | undefined) => labelled('ubuntu-2204-artifact-streaming', text, 30, width).split('\n');

describe('a list', () => {
  test.each([40, 41, 53, 60, 72, 80, 120, 200])('fits %d columns, and loses no word', (width) => {
    const lines = linesOf(width);
    expect(Math.max(...lines.map((line) => stringWidth(line)))).toBeLessThanOrEqual(width);
    expect(lines.join(' ').replaceAll(/\s+/g, ' ')).toBe(`ubuntu-2204-artifact-streaming ${text}`);
  });

  test('goes on below its own text, or below its label where that would be too narrow', () => {
    expect(linesOf(80)[1]).toMatch(/^ {32}\S/);
    expect(linesOf(40)[1]).toMatch(/^ {4}\S/);
  });

  test('is a line an item where nobody looks', () => expect(linesOf(undefined)).toHaveLength(1));
});
