import { describe, expect, it } from 'vitest';
import { containerd } from '../../src/collectors/containerd.ts';
import { rawOf } from './raw.ts';
import { simulatedJournal } from './simulated-journal.ts';

const unit = (type: string, result = 'success') =>
  `Id=containerd.service\nType=${type}\nResult=${result}\nInactiveExitTimestampMonotonic=5000\nActiveEnterTimestampMonotonic=90000\n`;
const journal = simulatedJournal([
  { monotonicUs: 80_000, unit: 'containerd.service', message: 'msg="containerd successfully booted in 0.05s"' },
]);
const order = (units: string) =>
  containerd.parse(rawOf({ 'systemd/units.show': units, 'journal/boot.jsonl': journal })).events.map(({ us }) => us);

describe('containerd', () => {
  it('is ready when it notifies systemd, and keeps its own line as the second source', () => {
    expect(order(unit('notify'))).toEqual([90_000, 80_000]);
  });

  it('with a unit type that is active before it listens is ready at its own line', () => {
    expect(order(unit('simple'))).toEqual([80_000, 90_000]);
  });

  it('with a failed start is not ready by its unit', () => {
    expect(order(unit('notify', 'exit-code'))).toEqual([80_000]);
  });

  it("with a restart is ready at its last start, with or without systemd's stamps", () => {
    const booted = (monotonicUs: number) => ({
      monotonicUs,
      unit: 'containerd.service',
      message: 'msg="containerd successfully booted in 0.05s"',
    });
    const restarted = simulatedJournal([booted(2_000), booted(80_000)]);
    const ready = (more: Record<string, string>) =>
      containerd.parse(rawOf({ ...more, 'journal/boot.jsonl': restarted })).events.map(({ us }) => us);
    expect(ready({ 'systemd/units.show': unit('notify') })).toEqual([90_000, 80_000]);
    expect(ready({ 'systemd/units.show': unit('simple') })).toEqual([80_000, 90_000]);
    expect(ready({})[0]).toBe(80_000);
  });

  it('that ran before its last start failed is not ready', () => {
    const journal = simulatedJournal([
      { monotonicUs: 2_000, unit: 'containerd.service', message: 'containerd successfully booted in 0.05s' },
    ]);
    const raw = rawOf({ 'systemd/units.show': unit('notify', 'exit-code'), 'journal/boot.jsonl': journal });
    expect(containerd.parse(raw).events).toEqual([]);
  });

  it('that does not exist has no events and no warnings', () => {
    expect(containerd.parse(new Map())).toMatchObject({ events: [], warnings: [] });
  });
});
