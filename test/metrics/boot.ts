/** Boots as tests write them: events and units in milliseconds of the monotonic clock. */
import type { Timeline } from '../../src/metrics/measure.ts';
import type { BootEvent, Span, Stamp } from '../../src/model/timeline.ts';
import { us } from '../../src/model/units.ts';

let line = 0;

export const stamp = (ms: number, errorUs = 0): Stamp => ({
  clock: 'monotonic',
  us: us(ms * 1000),
  errorUs: us(errorUs),
  evidence: { file: 'raw/systemd/units.show', line: ++line },
});

export const event = (id: string, ms: number, errorUs = 0): BootEvent => ({ id, ...stamp(ms, errorUs) });

export const unit = (
  name: string,
  startMs: number,
  endMs: number | undefined,
  after: readonly string[] = [],
): Span => ({
  kind: 'unit',
  name,
  start: stamp(startMs),
  ...(endMs === undefined ? { open: 'activating' } : { end: stamp(endMs) }),
  after: [...after],
});

export const task = (name: string, startMs: number, endMs: number | undefined): Span => ({
  kind: 'task',
  name,
  start: stamp(startMs),
  ...(endMs === undefined ? { open: 'left no event' } : { end: stamp(endMs) }),
});

export const boot = (events: readonly BootEvent[], spans: readonly Span[] = []): Timeline => ({
  events: [...events],
  spans: [...spans],
  warnings: [],
});
