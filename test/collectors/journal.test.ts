import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { journal, patternProblem } from '../../src/collectors/journal.ts';
import { rawOf } from './raw.ts';
import { simulatedJournal } from './simulated-journal.ts';

const MARKERS = { pulled: { unit: 'containerd.service', match: 'ImagePull .* done' } };
const parse = (lines: string) => journal(MARKERS).parse(rawOf({ 'journal/boot.jsonl': lines }));

describe('markers', () => {
  it('are the first matching line of their unit, at the time when journald received it', () => {
    const parsed = parse(
      simulatedJournal([
        { monotonicUs: 1000, unit: 'other.service', message: 'ImagePull x done' },
        { monotonicUs: 2000, unit: 'containerd.service', message: 'ImagePull x begun' },
        { monotonicUs: 3000, unit: 'containerd.service', message: 'ImagePull x done' },
        { monotonicUs: 4000, unit: 'containerd.service', message: 'ImagePull y done' },
      ]),
    );
    expect(parsed.events).toEqual([
      {
        id: 'marker.pulled',
        clock: 'monotonic',
        us: 3000,
        errorUs: 10_000,
        evidence: { file: 'raw/journal/boot.jsonl', line: 3 },
      },
    ]);
  });

  it('without a matching line cause a warning', () => {
    const { events, warnings } = parse(simulatedJournal([{ monotonicUs: 1000 }]));
    expect(events).toEqual([]);
    expect(warnings.map(({ code, message }) => [code, message])).toEqual([
      ['missing:marker.pulled', 'no line of containerd.service matches ImagePull .* done'],
    ]);
  });

  it('take time linear in a message that would blow up a backtracking engine', () => {
    const evil = { pulled: { unit: 'a.service', match: '(a+)+$' } };
    const text = simulatedJournal([{ monotonicUs: 1, unit: 'a.service', message: `${'a'.repeat(4000)}!` }]);
    const begun = performance.now();
    journal(evil).parse(rawOf({ 'journal/boot.jsonl': text }));
    expect(performance.now() - begun).toBeLessThan(1000);
  });

  it('with a pattern that RE2 does not support match nothing, and patternProblem states why', () => {
    expect(patternProblem('(?=x)')).toContain('"(?=x)"');
    expect(patternProblem('x.*y')).toBeUndefined();
    const parsed = journal({ bad: { unit: 'a.service', match: '(?=x)' } }).parse(rawOf({ 'journal/boot.jsonl': '{}' }));
    expect(parsed.warnings.map(({ code }) => code)).toContain('missing:marker.bad');
  });
});

describe('journal lines', () => {
  it('with a binary message become text', () => {
    const message = [...new TextEncoder().encode('ImagePull \u{1f600} done')];
    const line = {
      __REALTIME_TIMESTAMP: '5',
      __MONOTONIC_TIMESTAMP: '4',
      _SYSTEMD_UNIT: 'containerd.service',
      MESSAGE: message,
    };
    expect(parse(JSON.stringify(line)).events).toHaveLength(1);
  });

  it('that are unreadable appear in a count with the first of them', () => {
    const { warnings } = parse(
      `${simulatedJournal([{ monotonicUs: 1 }])}\n{"cut of\nnull\n[]\n{"MESSAGE":"no clock"}\n`,
    );
    expect(warnings[0]).toEqual({
      code: 'unread-lines',
      message: '4 lines of the journal could not be read; this is the first',
      evidence: { file: 'raw/journal/boot.jsonl', line: 2 },
    });
  });

  it('of the kernel show when it ran init, on its own clock', () => {
    const line = {
      __REALTIME_TIMESTAMP: '5000000',
      __MONOTONIC_TIMESTAMP: '4000000',
      _TRANSPORT: 'kernel',
      _SOURCE_MONOTONIC_TIMESTAMP: '900123',
      MESSAGE: 'Run /sbin/init as init process',
    };
    expect(parse(JSON.stringify(line)).events).toMatchObject([{ id: 'kernel.init', us: 900123 }]);
  });

  it('never throw and never place an event on a missing line, whatever the file contains', () => {
    const line = fc
      .record({ at: fc.nat(), text: fc.string({ maxLength: 60 }) })
      .map(({ at, text }) => simulatedJournal([{ monotonicUs: at, unit: 'containerd.service', message: text }]));
    const damaged = fc
      .tuple(line, fc.nat(200), fc.string({ maxLength: 8 }))
      .map(([text, at, noise]) => text.slice(0, at) + noise + text.slice(at));
    fc.assert(
      fc.property(fc.array(fc.oneof(line, damaged, fc.string()), { maxLength: 12 }), (lines) => {
        const parsed = parse(lines.join('\n'));
        const stamps = lines.join('\n').matchAll(/"__MONOTONIC_TIMESTAMP":"(\d+)"/g);
        const known = new Set([...stamps].map(([, us]) => Number(us)));
        for (const { us, evidence } of parsed.events) {
          expect(known).toContain(us);
          expect(evidence.line).toBeGreaterThan(0);
        }
      }),
      { seed: 3, numRuns: 1000 },
    );
  });
});
