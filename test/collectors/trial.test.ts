import { describe, expect, test } from 'vitest';
import { trial } from '../../src/collectors/trial.ts';

const parse = (text: string) => trial.parse(new Map([['trial/stamps.txt', new TextEncoder().encode(text)]]));

describe('stamps of a trial', () => {
  test('a pair becomes a span; a unit that starts twice has two', () => {
    const { spans, warnings } = parse(
      '0 sleep begin 3.10\n1 skip begin 4.00\n0 sleep end 5.11\n1 skip end 4.00\n0 sleep begin 7.00\n0 sleep end 9.00\n',
    );
    expect(warnings).toEqual([]);
    expect(spans.map(({ name, note, start, end }) => [name, note, start.us, end?.us])).toEqual([
      ['0', 'sleep', 3_100_000, 5_110_000],
      ['1', 'skip', 4_000_000, 4_000_000],
      ['0', 'sleep', 7_000_000, 9_000_000],
    ]);
  });

  test('a dose that began and did not end stays open: the trial did not deliver it', () => {
    expect(parse('0 sleep begin 3.10\n').spans[0]?.end).toBeUndefined();
  });

  test('a boot without a trial has none, and other text causes a warning', () => {
    expect(trial.parse(new Map()).spans).toEqual([]);
    expect(parse('rm -rf /\n').warnings[0]?.code).toBe('trial-stamp');
  });
});
