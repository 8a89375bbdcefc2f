import { describe, expect, it } from 'vitest';
import { systemd } from '../../src/collectors/systemd.ts';
import { rawOf } from './raw.ts';

const said = (monotonicUs: number, message: string) =>
  JSON.stringify({
    __REALTIME_TIMESTAMP: String(1e15 + monotonicUs),
    __MONOTONIC_TIMESTAMP: String(monotonicUs),
    SYSLOG_IDENTIFIER: 'systemd',
    _SYSTEMD_UNIT: 'init.scope',
    UNIT: 'containerd.service',
    MESSAGE: message,
  });
const JOURNAL = [
  said(6_000_100, 'Starting containerd.service - containerd container runtime...'),
  said(6_500_100, 'Started containerd.service - containerd container runtime.'),
  said(7_000_000, 'Stopping containerd.service - containerd container runtime...'),
  said(8_000_100, 'Starting containerd.service - containerd container runtime...'),
  said(8_200_100, 'Started containerd.service - containerd container runtime.'),
].join('\n');
const shown = (stopped: number) =>
  `Id=containerd.service\nInactiveExitTimestampMonotonic=8000000\nActiveEnterTimestampMonotonic=8200000\nInactiveEnterTimestampMonotonic=${stopped}\n`;
const spans = (units: string) =>
  systemd([])
    .parse(rawOf({ 'systemd/units.show': units, 'journal/boot.jsonl': JOURNAL }))
    .spans.map(({ name, start, end }) => [name, start.us, end?.us]);

describe('a unit that was stopped and started again', () => {
  it('has its earlier start from the journal, and its last from its stamps', () => {
    expect(spans(shown(7_100_000))).toEqual([
      ['containerd.service', 8_000_000, 8_200_000],
      ['containerd.service~1', 6_000_100, 6_500_100],
    ]);
  });

  it('is not made up where systemd knows of no earlier stop', () => {
    expect(spans(shown(0))).toEqual([['containerd.service', 8_000_000, 8_200_000]]);
  });
});
