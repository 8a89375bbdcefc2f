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
  it('is two readings where nothing stepped', () => {
    const { readings } = linkOf({ 'journal/boot.jsonl': simulatedJournal(everySecond) });
    expect(readings).toEqual([
      { fromUs: EPOCH_US + 0.5 * S, toUs: 0.5 * S, errorUs: 20 },
      { fromUs: EPOCH_US + 59.5 * S, toUs: 59.5 * S, errorUs: 20 },
    ]);
  });

  it.each([
    ['back by 1800.000 s', -1800 * S],
    ['forward by 7200.000 s', 7200 * S],
  ])('says that the clock stepped %s, and measures across it', (words, byUs) => {
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

  it('takes a single line whose clocks were read apart for no step', () => {
    const lines = everySecond.map((line, index) => (index === 30 ? { ...line, betweenUs: 40_000 } : line));
    const texts = { 'journal/boot.jsonl': simulatedJournal(lines) };
    expect(linkOf(texts).readings).toHaveLength(2);
    expect(parse(texts).warnings).toEqual([]);
  });

  it('comes from the bracketed reading where there is no journal', () => {
    const clock = `monotonic_before_ns=60000000000\nrealtime_ns=${EPOCH_US + 60_001_000}000\nzone=+0200\nmonotonic_after_ns=60002000000\nuptime_s=60.00\n`;
    expect(linkOf({ 'clock/guest.txt': clock }).readings).toEqual([
      { fromUs: EPOCH_US + 60_001_000, toUs: 60_001_000, errorUs: 1001 },
    ]);
    expect(parse({ 'clock/guest.txt': clock }).facts).toEqual({ 'clock.zone': '+0200' });
  });

  it('is good to 50 ms where the kernel does not show its timers', () => {
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
        // Steps that are smaller than what two readings are apart are no steps but jitter.
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
