import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ClockLink, elapsed, instant, type LinkReading, translator } from '../../src/model/clock.ts';
import { us } from '../../src/model/units.ts';

const S = 1_000_000;
const reading = (fromUs: number, toUs: number, errorUs = 1): LinkReading => ({
  fromUs: us(fromUs),
  toUs: us(toUs),
  errorUs: us(errorUs),
});
const link = (...readings: LinkReading[]): ClockLink<'realtime', 'monotonic'> => ({
  from: 'realtime',
  to: 'monotonic',
  readings,
});

/** Real time at kernel start; any value works. */
const EPOCH = 1_785_568_416 * S;

/** A boot read at 60 s, whose clock changed by `stepUs` at 20 s; the journal has lines until 19.5 s and from 20.5 s on. */
const stepped = (stepUs: number) =>
  link(
    reading(EPOCH + 1 * S, 1 * S),
    reading(EPOCH + 19.5 * S, 19.5 * S),
    reading(EPOCH + stepUs + 20.5 * S, 20.5 * S),
    reading(EPOCH + stepUs + 60 * S, 60 * S),
  );

describe('instants', () => {
  it('of different clocks do not compile in a subtraction', () => {
    const guest = instant('monotonic', 5);
    // @ts-expect-error: that is what makes the mistake impossible to write
    elapsed(guest, instant('realtime', 9));
    expect(elapsed(guest, instant('monotonic', 9, 2))).toEqual({ us: 4, errorUs: 2 });
  });
});

describe('translation by a link', () => {
  it('keeps the distance, and adds the errors', () => {
    const translate = translator(link(reading(EPOCH + S, S, 3), reading(EPOCH + 60 * S, 60 * S, 3)));
    expect(translate(instant('realtime', EPOCH + 7 * S, 1000))).toEqual(instant('monotonic', 7 * S, 1003));
  });

  it.each([
    ['back by 30 minutes', -1800 * S],
    ['forward by 2 hours', 7200 * S],
  ])('measures across a step %s', (_, stepUs) => {
    const translate = translator(stepped(stepUs));
    const before = translate(instant('realtime', EPOCH + 19 * S));
    const after = translate(instant('realtime', EPOCH + stepUs + 23 * S));
    expect(before?.us).toBe(19 * S);
    expect(after?.us).toBe(23 * S);
  });

  it('is also exact between the last line before a step and the first after it', () => {
    const translate = translator(stepped(7200 * S));
    expect(translate(instant('realtime', EPOCH + 19.9 * S))).toEqual(instant('monotonic', 19.9 * S, 1));
    expect(translate(instant('realtime', EPOCH + 7220.1 * S))).toEqual(instant('monotonic', 20.1 * S, 1));
  });

  it('covers both places of a time that the clock showed twice', () => {
    const translate = translator(stepped(-2 * S));
    // The clock showed it at 19 s, and again at 21 s after someone set it back.
    expect(translate(instant('realtime', EPOCH + 19 * S))).toEqual(instant('monotonic', 20 * S, S + 1));
  });

  it('is exact for such a time if other knowledge rules one place out', () => {
    const translate = translator(stepped(-2 * S));
    const at = instant('realtime', EPOCH + 19 * S);
    expect(translate(at, { notBeforeUs: us(20 * S) })).toEqual(instant('monotonic', 21 * S, 1));
    expect(translate(at, { notAfterUs: us(20 * S) })).toEqual(instant('monotonic', 19 * S, 1));
  });

  it('is undefined for a time that the clock never showed in this boot', () => {
    const translate = translator(stepped(7200 * S));
    expect(translate(instant('realtime', EPOCH + 3600 * S))).toBeUndefined();
    expect(translate(instant('realtime', EPOCH - S))).toBeUndefined();
  });

  it('is undefined without any reading', () => {
    expect(translator(link())(instant('realtime', EPOCH))).toBeUndefined();
  });

  it('holds its error bound through any two steps, for any journal', () => {
    const step = fc.integer({ min: -7200 * 1000, max: 7200 * 1000 }).map((ms) => ms * 1000);
    const boot = fc.record({
      lines: fc.uniqueArray(fc.integer({ min: 1, max: 300 * S }), { minLength: 1, maxLength: 60 }),
      steps: fc.array(fc.record({ atUs: fc.integer({ min: 0, max: 300 * S }), stepUs: step }), { maxLength: 2 }),
      eventUs: fc.integer({ min: 0, max: 300 * S }),
    });
    fc.assert(
      fc.property(boot, ({ lines, steps, eventUs }) => {
        const realtime = (monotonicUs: number) =>
          steps.reduce((sum, { atUs, stepUs }) => sum + (atUs <= monotonicUs ? stepUs : 0), EPOCH + monotonicUs);
        const known = [...lines, ...steps.flatMap(({ atUs }) => [Math.max(0, atUs - 1), atUs]), 300 * S];
        const translate = translator(link(...known.map((atUs) => reading(realtime(atUs), atUs))));
        const stamped = Math.floor(realtime(eventUs) / 1000) * 1000;
        const moved = translate(instant('realtime', stamped, 1000));
        expect(moved).toBeDefined();
        expect(Math.abs((moved?.us ?? Number.NaN) - eventUs)).toBeLessThanOrEqual(moved?.errorUs ?? Number.NaN);
      }),
      { seed: 7, numRuns: 3000 },
    );
  });
});
