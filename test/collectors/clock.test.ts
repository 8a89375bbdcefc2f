import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { journal } from '../../src/collectors/journal.ts';
import { type ClockLink, instant, translator } from '../../src/model/clock.ts';
import { rawOf } from './raw.ts';
import { EPOCH_US, realtimeAt, simulatedJournal } from './simulated-journal.ts';

const S = 1_000_000;
const parse = (texts: Record<string, string>) => journal({}).parse(rawOf(texts));

function linkOf(texts: Record<string, string>): ClockLink<'realtime', 'monotonic'> {
  const [link] = parse(texts).links;
  if (link?.from !== 'realtime' || link.to !== 'monotonic') throw new Error('no link of the two clocks');
  return { ...link, from: 'realtime', to: 'monotonic' };
}

const everySecond = Array.from({ length: 60 }, (_, second) => ({ monotonicUs: second * S + 500_000 }));

describe('the link of the two clocks of the guest', () => {
  it('is two readings without a step', () => {
    const { readings } = linkOf({ 'journal/boot.jsonl': simulatedJournal(everySecond) });
    expect(readings).toEqual([
      { fromUs: EPOCH_US + 0.5 * S, toUs: 0.5 * S, errorUs: 20 },
      { fromUs: EPOCH_US + 59.5 * S, toUs: 59.5 * S, errorUs: 20 },
    ]);
  });

  it.each([
    ['back by 1800.000 s', -1800 * S],
    ['forward by 7200.000 s', 7200 * S],
  ])('reports that the clock stepped %s, and measures across the step', (words, byUs) => {
    const steps = [{ atUs: 20 * S, byUs }];
    const texts = { 'journal/boot.jsonl': simulatedJournal(everySecond, steps) };
    const [warning, ...others] = parse(texts).warnings;
    expect(others).toEqual([]);
    expect(warning?.message).toContain(`stepped ${words} between 19.500 s and 20.500 s`);
    expect(warning?.evidence).toEqual({ file: 'raw/journal/boot.jsonl', line: 21 });
    const translate = translator(linkOf(texts));
    const [before, after] = [18.25 * S, 30.75 * S].map((us) => translate(instant('realtime', realtimeAt(us, steps))));
    expect((after?.us ?? 0) - (before?.us ?? 0)).toBe(12.5 * S);
  });

  it('does not take a single line with delayed readings for a step', () => {
    const lines = everySecond.map((line, index) => (index === 30 ? { ...line, betweenUs: 40_000 } : line));
    const texts = { 'journal/boot.jsonl': simulatedJournal(lines) };
    expect(linkOf(texts).readings).toHaveLength(2);
    expect(parse(texts).warnings).toEqual([]);
  });

  it('comes from the bracketed reading if there is no journal', () => {
    const clock = `monotonic_before_ns=60000000000\nrealtime_ns=${EPOCH_US + 60_001_000}000\nzone=+0200\nmonotonic_after_ns=60002000000\nuptime_s=60.00\n`;
    expect(linkOf({ 'clock/guest.txt': clock }).readings).toEqual([
      { fromUs: EPOCH_US + 60_001_000, toUs: 60_001_000, errorUs: 1001 },
    ]);
    expect(parse({ 'clock/guest.txt': clock }).facts).toEqual({ 'clock.zone': '+0200' });
  });

  it('is good to 50 ms if the kernel does not show its timers', () => {
    const clock = `realtime_ns=${EPOCH_US + 60_001_000}000\nzone=+0000\nuptime_s=60.00\n`;
    expect(linkOf({ 'clock/guest.txt': clock }).readings[0]).toMatchObject({ toUs: 60_000_000, errorUs: 50_000 });
  });

  it('holds its stated error, and durations to 1 ms, with jitter and steps', () => {
    const boot = fc.record({
      lines: fc.array(
        fc.record({
          monotonicUs: fc.integer({ min: 1, max: 120 * S }),
          betweenUs: fc.oneof(
            { weight: 4, arbitrary: fc.integer({ min: 0, max: 15 }) },
            fc.integer({ min: 0, max: 300 }),
          ),
        }),
        {
          minLength: 40,
          maxLength: 200,
        },
      ),
      stepMs: fc.oneof(fc.constantFrom(-1_800_000, 7_200_000), fc.integer({ min: -300_000, max: 300_000 })),
      atUs: fc.integer({ min: 10 * S, max: 110 * S }),
      events: fc.tuple(fc.integer({ min: 0, max: 120 * S }), fc.integer({ min: 0, max: 120 * S })),
    });
    fc.assert(
      fc.property(boot, ({ lines, stepMs, atUs, events }) => {
        // Steps smaller than the distance of two readings are jitter.
        const steps = Math.abs(stepMs) < 10 ? [] : [{ atUs, byUs: stepMs * 1000 }];
        const ordered = [...lines].sort((a, b) => a.monotonicUs + a.betweenUs - (b.monotonicUs + b.betweenUs));
        const enough = (side: number) => ordered.filter((line) => line.monotonicUs < atUs === (side === 0)).length >= 3;
        fc.pre(enough(0) && enough(1));
        const translate = translator(linkOf({ 'journal/boot.jsonl': simulatedJournal(ordered, steps) }));
        const moved = events.map((us) => translate(instant('realtime', realtimeAt(us, steps))));
        for (const [index, us] of events.entries()) {
          const at = moved[index];
          expect(at).toBeDefined();
          expect(Math.abs((at?.us ?? Number.NaN) - us)).toBeLessThanOrEqual(at?.errorUs ?? Number.NaN);
        }
        const [from, to] = moved;
        const unambiguous = Math.max(from?.errorUs ?? 0, to?.errorUs ?? 0) <= 400;
        if (unambiguous) expect(Math.abs((to?.us ?? 0) - (from?.us ?? 0) - (events[1] - events[0]))).toBeLessThan(1000);
      }),
      { seed: 11, numRuns: 500 },
    );
  });
});

describe('without a journal', () => {
  /** Units as `systemctl show` prints all their properties: the wall clock in UTC, truncated to a second. */
  const shown = (stampsUs: readonly number[], steps: Parameters<typeof realtimeAt>[1] = []) =>
    stampsUs
      .map((us, index) => {
        const text = new Date(realtimeAt(us, steps) / 1000).toISOString();
        const wall = `Sat ${text.slice(0, 10)} ${text.slice(11, 19)} UTC`;
        return `Id=u${index}.service\nActiveEnterTimestamp=${wall}\nActiveEnterTimestampMonotonic=${us}\n`;
      })
      .join('\n');
  const stamps = Array.from({ length: 80 }, (_, index) => Math.round((1 + index * 0.737) * S));
  const bracket = (us: number, steps: Parameters<typeof realtimeAt>[1] = []) =>
    `monotonic_before_ns=${us - 100}000\nrealtime_ns=${realtimeAt(us, steps)}000\nmonotonic_after_ns=${us + 100}000\n`;

  it('many stamps in whole seconds bound the link tightly', () => {
    const { readings } = linkOf({ 'systemd/units.show': shown(stamps) });
    expect(readings).toHaveLength(2);
    for (const { fromUs, toUs, errorUs } of readings) {
      expect(errorUs).toBeLessThan(50_000);
      expect(Math.abs(fromUs - toUs - EPOCH_US)).toBeLessThanOrEqual(errorUs);
    }
  });

  it('the link finds two steps between the stamps around them, and places a stamp in between within its error', () => {
    const steps = [
      { atUs: 20 * S, byUs: -1800 * S },
      { atUs: 40 * S, byUs: 7200 * S },
    ];
    const texts = { 'systemd/units.show': shown(stamps, steps), 'clock/guest.txt': bracket(70 * S, steps) };
    const found = parse(texts).warnings.map(({ message }) => /stepped (\w+) by (\d+)/.exec(message)?.slice(1));
    expect(found.filter((step) => step !== undefined)).toEqual([
      ['back', expect.stringMatching(/^(?:1799|1800)$/)],
      ['forward', expect.stringMatching(/^(?:7199|7200)$/)],
    ]);
    const translate = translator(linkOf(texts));
    for (const us of [5 * S, 30 * S, 39.9 * S, 55 * S]) {
      const at = translate(instant('realtime', realtimeAt(us, steps)));
      expect(Math.abs((at?.us ?? Number.NaN) - us)).toBeLessThanOrEqual(at?.errorUs ?? Number.NaN);
    }
  });

  it('a single reading warns that an earlier step would not show', () => {
    const { warnings } = parse({ 'clock/guest.txt': bracket(70 * S) });
    expect(warnings).toMatchObject([
      {
        code: 'clock-unwitnessed',
        message: expect.stringContaining('read together only once, 70.000 s after kernel start'),
        evidence: { file: 'raw/clock/guest.txt', line: 2 },
      },
    ]);
  });

  it('holds its stated error, with up to two steps', () => {
    const step = fc.record({
      atUs: fc.integer({ min: 5 * S, max: 58 * S }),
      byUs: fc.oneof(
        fc.constantFrom(-1800 * S, 7200 * S),
        fc.integer({ min: -400, max: 400 }).map((s) => s * S),
      ),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 2 }), fc.integer({ min: 0, max: 60 * S }), (steps, us) => {
        // A step must exceed the error of two truncated stamps, and two steps need stamps in between.
        fc.pre(steps.every(({ byUs }) => Math.abs(byUs) > 3 * S));
        fc.pre(Math.abs((steps[0]?.atUs ?? 0) - (steps[1]?.atUs ?? Infinity)) > 3 * S);
        const link = linkOf({ 'systemd/units.show': shown(stamps, steps), 'clock/guest.txt': bracket(62 * S, steps) });
        const at = translator(link)(instant('realtime', realtimeAt(us, steps)));
        expect(Math.abs((at?.us ?? Number.NaN) - us)).toBeLessThanOrEqual(at?.errorUs ?? Number.NaN);
      }),
      { seed: 3, numRuns: 300 },
    );
  });
});
