import { describe, expect, test } from 'vitest';
import { elapsed, elapsedOnOneClock, type Instant, instant } from '../../src/model/clock.ts';
import { seededRandom, shuffled } from '../../src/model/random.ts';
import { type Ms, msFromUs, parseDuration, parseShare, parseSize, us } from '../../src/model/units.ts';

describe('units', () => {
  test.each([
    ['500ms', 500_000],
    ['1.5s', 1_500_000],
    ['15m', 900_000_000],
    ['1h30m', 5_400_000_000],
    ['2min 3s', 123_000_000],
    ['7us', 7],
  ])('%s is %d microseconds', (text, expected) => expect(parseDuration(text)).toBe(expected));

  test.each(['', '5', 's', '-1s', '1 fortnight', '1s2', '1e3s'])('%j is no duration', (text) =>
    expect(parseDuration(text)).toBeUndefined(),
  );

  test('shares and sizes also have units', () => {
    expect([parseShare('5%'), parseShare('0.5 %'), parseShare('5'), parseShare('-1%')]).toEqual([
      0.05,
      0.005,
      undefined,
      undefined,
    ]);
    expect([parseSize('512M'), parseSize('3G'), parseSize('2KiB'), parseSize('3')]).toEqual([
      2 ** 29,
      3 * 2 ** 30,
      2048,
      undefined,
    ]);
  });

  test('a duration in one unit is neither one in another unit nor a bare number', () => {
    const wait = (duration: Ms) => duration;
    // @ts-expect-error microseconds are not milliseconds
    wait(us(5));
    // @ts-expect-error a bare number has no unit
    wait(5);
    expect(wait(msFromUs(us(5000)))).toBe(5);
  });
});

describe('clocks', () => {
  test('subtracting instants of one clock adds their errors', () => {
    expect(elapsed(instant('monotonic', 100, 3), instant('monotonic', 250, 4))).toEqual({ us: 150, errorUs: 7 });
  });

  test('instants of different or unknown clocks do not compile', () => {
    const mixed = () =>
      // @ts-expect-error the guest's realtime is not its monotonic clock
      elapsed(instant('monotonic', 100), instant('realtime', 250));
    const unknown = (from: Instant, to: Instant) =>
      // @ts-expect-error the two may be of any clocks
      elapsed(from, to);
    expect([mixed, unknown].every((each) => typeof each === 'function')).toBe(true);
  });

  test('clocks known only at run time are compared at run time', () => {
    const from: Instant = instant('monotonic', 100, 3);
    expect(elapsedOnOneClock(from, instant('monotonic', 250, 4))).toEqual({ us: 150, errorUs: 7 });
    expect(elapsedOnOneClock(from, instant('realtime', 250, 4))).toBeUndefined();
  });
});

describe('the seeded generator', () => {
  test('is the same for the same seed and differs between neighbouring ones', () => {
    const draw = (seed: number) =>
      Array.from(
        { length: 4 },
        (
          (random) => () =>
            random.below(1000)
        )(seededRandom(seed)),
      );
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    expect(draw(1)).not.toEqual(draw(1 + 2 ** 32));
  });

  test('is uniform: each of six faces is within five standard deviations of its share', () => {
    const random = seededRandom(9);
    const counts = new Map<number, number>();
    for (let i = 0; i < 60_000; i++) {
      const face = random.below(6);
      counts.set(face, (counts.get(face) ?? 0) + 1);
    }
    for (const count of counts.values())
      expect(Math.abs(count - 10_000)).toBeLessThan(5 * Math.sqrt(60_000 * (1 / 6) * (5 / 6)));
  });

  test('shuffles to every order about equally often', () => {
    const random = seededRandom(5);
    const seen = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const order = shuffled(['a', 'b', 'c'], random).join('');
      seen.set(order, (seen.get(order) ?? 0) + 1);
    }
    expect(seen.size).toBe(6);
    for (const count of seen.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});
