import { describe, expect, it } from 'vitest';
import { BootRecord } from '../../../src/model/boot.ts';
import { explain } from '../../../src/stages/derive/explain.ts';
import { recordBoot } from '../../../src/stages/derive/record.ts';
import { capture } from '../../collectors/fixture.ts';
import { outcome, scenario } from '../boots.ts';

const raw = capture('node/swept');
const record = recordBoot({ outcome: outcome(), raw, scenario: scenario(), tool: 't' });
const lines = (metric: string) => explain(metric, record, raw).split('\n');

describe('the explanation of a number', () => {
  it('shows both stamps with the line of each, a journal line by its message', () => {
    expect(lines('node.ready').slice(0, 6)).toEqual([
      '0001-before  node.ready: When is the node usable? Kernel start to NodeReady.',
      '  16884874 us, +-1 us',
      '  kernel.start = 0 us on the monotonic clock, +-0 us',
      '    raw/systemd/manager.show:6  KernelTimestampMonotonic=0',
      '  node.ready = 16884874 us on the monotonic clock, +-1 us',
      expect.stringMatching(
        /^ {4}raw\/journal\/boot\.jsonl:606 {2}16885163 us, kubelet\.service: I1126 .*event="NodeReady"$/,
      ),
    ]);
  });

  it('shows the reading of two clocks that moved a stamp, and that its error cancels within a step', () => {
    const shown = lines('cse.ensureKubelet');
    expect(shown[1]).toBe('  1262000 us, +-2000 us');
    expect(shown.filter((line) => line.includes('on the monotonic clock, +-1020 us'))).toHaveLength(2);
    expect(shown).toContain(
      '    converted from the wall clock, which read 2026-11-26T12:00:18.755Z when the monotonic clock read 18393628 us, +-20 us',
    );
  });

  it('lists the parts of the time, which add up, with waiting apart from work, for any metric', () => {
    const items = lines('node.ready').flatMap((line) => /^ +(\d+) us {2}(\S.*)$/.exec(line)?.slice(1) ?? []);
    const lengths = items.filter((_, index) => index % 2 === 0).map(Number);
    expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(16_884_874);
    expect(items).toContain('tls:bootstrap  (waiting)');
    expect(items).toContain('task:cleanUpGPUDrivers');
  });

  it('says why there is no number, and suggests names for an unknown metric', () => {
    expect(lines('boot.firmware')[1]).toBe(
      '  missing: the firmware is not reported by this machine (raw/systemd/manager.show:3)',
    );
    expect(() => lines('nodeready')).toThrow(/did you mean node\.ready/);
  });

  it('describes a record that passes its own schema', () => {
    expect(BootRecord.parse(JSON.parse(JSON.stringify(record)))).toEqual(record);
  });
});
