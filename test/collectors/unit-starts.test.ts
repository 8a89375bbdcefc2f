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
const spansOf = (texts: Record<string, string>) =>
  systemd([])
    .parse(rawOf(texts))
    .spans.map(({ name, start, end }) => [name, start.us, end?.us]);
const spans = (units: string) => spansOf({ 'systemd/units.show': units, 'journal/boot.jsonl': JOURNAL });

describe('a unit that stopped and started again', () => {
  it('has its earlier start from the journal, and its last from its stamps', () => {
    expect(spans(shown(7_100_000))).toEqual([
      ['containerd.service', 8_000_000, 8_200_000],
      ['containerd.service~1', 6_000_100, 6_500_100],
    ]);
  });

  it('has starts from the journal alone if systemctl did not show it', () => {
    const once = JOURNAL.split('\n').slice(0, 2).join('\n');
    expect(spansOf({ 'journal/boot.jsonl': once })).toEqual([['containerd.service', 6_000_100, 6_500_100]]);
    expect(spansOf({ 'journal/boot.jsonl': JOURNAL }).map(([name]) => name)).toEqual([
      'containerd.service~1',
      'containerd.service',
    ]);
  });

  it('before journald ran has the stamps of the kernel', () => {
    const early = (kernelUs: number, message: string) =>
      JSON.stringify({
        __REALTIME_TIMESTAMP: '1000003000000',
        __MONOTONIC_TIMESTAMP: '3000000',
        _SOURCE_MONOTONIC_TIMESTAMP: String(kernelUs),
        _TRANSPORT: 'kernel',
        SYSLOG_IDENTIFIER: 'systemd',
        MESSAGE: message,
      });
    const lines = [
      early(2_100_000, 'Starting systemd-sysctl.service - Apply Kernel Variables...'),
      early(2_300_000, 'Finished systemd-sysctl.service - Apply Kernel Variables.'),
    ];
    expect(spansOf({ 'journal/boot.jsonl': lines.join('\n') })).toEqual([
      ['systemd-sysctl.service', 2_100_000, 2_300_000],
    ]);
  });

  it('has no invented start if systemd knows of no earlier stop', () => {
    expect(spans(shown(0))).toEqual([['containerd.service', 8_000_000, 8_200_000]]);
  });
});
