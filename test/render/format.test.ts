/** Numbers with a unit, with the digits that their uncertainty supports. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Us, us } from '../../src/model/units.ts';
import {
  change,
  changeInterval,
  fixed,
  loose,
  percentChange,
  percentInterval,
  probability,
  scaleOf,
  time,
} from '../../src/render/format.ts';

const between = (low: Us | null, high: Us | null) => ({ estimate: us(1), low, high, confidence: 0.95 });
const interval = (low: number | null, high: number | null) => ({ estimate: 1, low, high, confidence: 0.95 });

describe('the scale of a metric', () => {
  test('has one digit of the uncertainty, two if it starts with less than 3.55', () => {
    expect(scaleOf(us(41_200_000), us(635_000))).toMatchObject({ unit: 's', decimals: 1 });
    expect(scaleOf(us(41_200_000), us(120_000))).toMatchObject({ unit: 's', decimals: 2 });
    expect(scaleOf(us(41_200_000), us(3_000_000))).toMatchObject({ unit: 's', decimals: 1 });
    expect(scaleOf(us(41_200_000), us(5_000_000))).toMatchObject({ unit: 's', decimals: 0 });
  });

  test('is never finer than the clock error', () => {
    expect(scaleOf(us(41_200_000), us(100), 1_000).decimals).toBe(3);
    expect(scaleOf(us(41_200_000), us(100), 10_000).decimals).toBe(2);
    expect(scaleOf(us(41_200_000), us(100), 400_000).decimals).toBe(1);
  });

  test('takes the unit from the size, and has three digits if the uncertainty is unknown', () => {
    expect(loose(us(41_234_567))).toBe('41.2 s');
    expect(loose(us(412_345))).toBe('412 ms');
    expect(loose(us(1_234))).toBe('1.23 ms');
    expect(loose(us(12))).toBe('12 µs');
    expect(loose(us(0))).toBe('0 µs');
  });
});

test('numbers have a true minus, no negative zero and commas in thousands', () => {
  expect(fixed(-1.25, 1)).toBe('−1.3');
  expect(fixed(-0.001, 1)).toBe('0.0');
  expect(fixed(1234.5, 1)).toBe('1,234.5');
});

test('a change always has its sign, and an absent value is a dash', () => {
  const scale = scaleOf(us(41_200_000), us(635_000));
  expect(change(us(1_900_000), scale)).toBe('+1.9 s');
  expect(change(us(-1_900_000), scale)).toBe('−1.9 s');
  expect(time(null, scale)).toBe('–');
});

test('intervals say which side is unbounded', () => {
  const scale = scaleOf(us(41_200_000), us(635_000));
  expect(changeInterval(between(us(1_270_000), us(2_540_000)), scale)).toBe('+1.3 to +2.5 s');
  expect(changeInterval(between(null, us(2_540_000)), scale)).toBe('unbounded to +2.5 s');
  expect(percentInterval(interval(null, null), 1)).toBe('unbounded');
  expect(percentInterval(interval(1.031, 1.062), 1)).toBe('+3.1 to +6.2 %');
  expect(percentChange(0.954, 1)).toBe('−4.6 %');
});

test('a probability has two digits and never appears as 0', () => {
  expect(probability(0.00012)).toBe('0.00012');
  expect(probability(0.00000001)).toBe('< 0.0001');
  expect(probability(0.61234)).toBe('0.61');
  expect(probability(1)).toBe('1.0');
  expect(probability(null)).toBe('–');
});

test('no number gives NaN, Infinity or an exponent', () => {
  const size = fc.double({ min: -1e12, max: 1e12, noNaN: true });
  fc.assert(
    fc.property(
      size,
      fc.double({ min: 0, max: 1e12, noNaN: true }),
      fc.double({ min: 0, max: 1e9, noNaN: true }),
      (length, width, error) => {
        expect(time(us(length), scaleOf(us(length), us(width), us(error)))).toMatch(
          /^−?[\d,]+(?:\.\d{1,3})? (?:s|ms|µs)$/,
        );
      },
    ),
    { seed: 7, numRuns: 2000 },
  );
});
