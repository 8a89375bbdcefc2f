import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { systemd, systemdAnalyze } from '../../src/collectors/systemd.ts';
import { capture } from './fixture.ts';
import { corpusText, rawOf, utc } from './raw.ts';

const parse = (raw: ReadonlyMap<string, Uint8Array>) => systemd([]).parse(raw);
const manager = (text: string) => parse(rawOf({ 'systemd/manager.show': text }));
const units = (text: string) => parse(rawOf({ 'systemd/units.show': text }));
const times = (parsed: ReturnType<typeof parse>) => Object.fromEntries(parsed.events.map(({ id, us }) => [id, us]));
const codes = (parsed: ReturnType<typeof parse>) => parsed.warnings.map(({ code }) => code);

describe('the query of systemd', () => {
  it('is two commands, with the units of expectations by name and safely quoted', () => {
    const [, show] = systemd(["a'b.service"]).artifacts;
    expect(show?.command).toMatch(/ 'a'\\''b\.service'$/);
    expect(systemd([]).artifacts).toHaveLength(2);
  });

  it('uses systemctl if it cannot reach the manager directly', () => {
    const [, show] = systemd([]).artifacts;
    const inVain = 'perl() { echo half an answer >&2; return 1; }; systemctl() { echo "$1"; }; ';
    expect(execFileSync('sh', ['-c', `${inVain}${show?.command}`], { encoding: 'utf8' })).toBe('show\n');
  });
});

describe('phases that run backwards', () => {
  it('have no value and a warning', () => {
    const parsed = manager(
      'KernelTimestampMonotonic=0\nInitRDTimestampMonotonic=9600000\nUserspaceTimestampMonotonic=9500000\nFinishTimestampMonotonic=8500000\n',
    );
    expect(times(parsed)).toEqual({ 'kernel.start': 0 });
    expect(codes(parsed)).toEqual(
      expect.arrayContaining(['missing:initrd.start', 'missing:userspace.start', 'missing:startup.finish']),
    );
  });
});

describe('a list of names', () => {
  it('may have the quotes and doubled backslashes of systemctl', () => {
    const [span] = units(
      'Id=a.service\nInactiveExitTimestampMonotonic=1\nAfter=b.mount "c\\\\x2dd.mount" e.target\n',
    ).spans;
    expect(span?.after).toEqual(['b.mount', 'c\\x2dd.mount', 'e.target']);
  });
});

describe('the texts of systemd-analyze', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-test-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  const printed = (vendor: string, clocks: string) => {
    writeFileSync(path.join(folder, 'sys_vendor'), `${vendor}\n`);
    writeFileSync(path.join(folder, 'available_clocksource'), `${clocks}\n`);
    return systemdAnalyze.artifacts.map(({ command }) => {
      const here = command
        .replaceAll(/\/sys\/\S+\/(\w+)/g, `${folder}/$1`)
        .replace('systemd-analyze --no-pager', 'echo');
      return execFileSync('sh', ['-c', here], { encoding: 'utf8' });
    });
  };

  it('run only on machines on which they cost nothing', () => {
    const all = ['time\n', 'blame\n', 'critical-chain\n'];
    expect(printed('QEMU', 'kvm-clock tsc hpet acpi_pm')).toEqual(all);
    expect(printed('Microsoft Corporation', 'hyperv_clocksource_tsc_page acpi_pm')).toEqual(all);
    expect(printed('QEMU', 'tsc hpet acpi_pm')).toEqual(['', '', '']);
  });
});

describe('phases', () => {
  it('count firmware and loader backwards from kernel start', () => {
    const parsed = manager(corpusText('systemctl-show-01'));
    expect(times(parsed)).toEqual({
      'kernel.start': 0,
      'loader.start': -7539019,
      'firmware.start': -17770382,
      'kernel.end': 5422672,
      'userspace.start': 5422672,
      'startup.finish': 18590863,
    });
    expect(codes(parsed)).toEqual(['missing:initrd.start']);
  });

  it('end the kernel at the start of the initrd, if systemd reports one', () => {
    expect(times(manager(corpusText('systemctl-show-06')))).toMatchObject({
      'kernel.end': 1500000,
      'initrd.start': 1500000,
      'userspace.start': 3500000,
      'startup.finish': 8500000,
    });
  });

  it('that systemd does not report are missing and never 0', () => {
    const parsed = manager(corpusText('systemctl-show-06'));
    expect(codes(parsed)).toEqual(['missing:loader.start', 'missing:firmware.start']);
    expect(parsed.warnings[0]).toEqual({
      code: 'missing:loader.start',
      message: 'the loader is not reported by this machine',
      evidence: { file: 'raw/systemd/manager.show', line: 3 },
    });
  });

  it('of an unfinished boot have no end, and a warning counts the remaining jobs', () => {
    const parsed = manager('UserspaceTimestampMonotonic=1000\nFinishTimestampMonotonic=0\nNJobs=3\n');
    expect(times(parsed)['startup.finish']).toBeUndefined();
    const [said] = parsed.warnings.filter(({ code }) => code === 'missing:startup.finish');
    expect(said?.message).toBe('start-up was not finished at collection (3 jobs left)');
  });

  it.each(['18446744073709551615', '-5', '99999999999999999999', '1e9', ' '])('refuse %j as a time', (value) => {
    const parsed = manager(`UserspaceTimestampMonotonic=${value}\n`);
    expect(times(parsed)).toEqual({ 'kernel.start': 0 });
    expect(codes(parsed)).toContain('missing:userspace.start');
  });

  it('reject firmware that starts after its loader, and warn of one of an hour', () => {
    expect(codes(manager('FirmwareTimestampMonotonic=5\nLoaderTimestampMonotonic=9\n'))).toContain(
      'missing:firmware.start',
    );
    const bogus = manager('FirmwareTimestampMonotonic=3600000000\nLoaderTimestampMonotonic=9\n');
    expect(times(bogus)['firmware.start']).toBe(-3600000000);
    expect(codes(bogus)).toContain('implausible-firmware');
  });
});

describe('units', () => {
  const raw = capture('systemd/container');
  const parsed = parse(raw);

  it('take as long as systemd-analyze blame prints, to the millisecond', () => {
    const blame = new TextDecoder().decode(raw.get('systemd/analyze-blame.txt'));
    const rows = [...blame.matchAll(/^\s*(\d+)ms (\S+)$/gm)];
    expect(rows.length).toBe(13);
    for (const [, ms, name] of rows) {
      const span = parsed.spans.find((each) => each.name === name);
      expect(Math.floor(((span?.end?.us ?? Number.NaN) - (span?.start.us ?? 0)) / 1000), name).toBe(Number(ms));
    }
  });

  it('carry the line of each stamp', () => {
    const span = parsed.spans.find(({ name }) => name === 'dbus.service');
    const lines = new TextDecoder().decode(raw.get('systemd/units.show')).split('\n');
    expect(lines[(span?.start.evidence.line ?? 0) - 1]).toBe(`InactiveExitTimestampMonotonic=${span?.start.us}`);
    expect(lines[(span?.end?.evidence.line ?? 0) - 1]).toBe(`ActiveEnterTimestampMonotonic=${span?.end?.us}`);
  });

  it('reach the default target by its real name', () => {
    expect(parsed.facts['systemd.target']).toBe('graphical.target');
    expect(times(parsed)['target.reached']).toBe(2784599392);
  });

  it('have the ordering edges that the critical path needs', () => {
    expect(parsed.spans.find(({ name }) => name === 'graphical.target')?.after).toContain('multi-user.target');
  });

  it('that only a login or bench itself started are no part of the boot', () => {
    const names = [
      'user@0.service',
      'user-runtime-dir@0.service',
      'session-1.scope',
      'bench-ready.service',
      'ssh@2-1.service',
    ];
    const { spans, units: states } = units(
      ['ssh.service', ...names]
        .map((name) => `Id=${name}\nInactiveExitTimestampMonotonic=5\nActiveEnterTimestampMonotonic=6\n`)
        .join('\n'),
    );
    expect(spans.map(({ name }) => name)).toEqual(['ssh.service']);
    expect(states).toHaveLength(1);
  });

  it('without a known start keep their known values, but never a negative time', () => {
    const { events, spans, warnings } = manager(corpusText('systemctl-show-05'));
    expect(spans).toEqual([]);
    expect(events.find(({ id }) => id === 'unit.rfd.service/end')?.us).toBe(37100000);
    expect(warnings.find(({ code }) => code === 'impossible-stamp')?.message).toContain('hmipserver.service is -3');
  });

  it('that are oneshots without RemainAfterExit end when they become inactive', () => {
    const [span] = units(
      'Id=a.service\nInactiveExitTimestampMonotonic=5\nActiveEnterTimestampMonotonic=0\nInactiveEnterTimestampMonotonic=9\n',
    ).spans;
    expect(span?.end?.us).toBe(9);
  });

  it('that are still activating are open, with the reason', () => {
    const [span] = units(
      'Id=a.service\nActiveState=activating\nSubState=start\nInactiveExitTimestampMonotonic=5\n',
    ).spans;
    expect(span).toMatchObject({ open: 'activating (start) when the machine was read' });
    expect(span?.end).toBeUndefined();
  });

  it('with a remaining start job appear in a warning', () => {
    const { warnings } = units(
      'Id=a.service\nActiveState=inactive\nJob=94\n\nId=b.service\nJob=\n\nId=c.service\nJob=0\n',
    );
    expect(warnings.find(({ code }) => code === 'jobs-left')?.message).toBe(
      'start jobs were left at collection: a.service (inactive)',
    );
  });

  it('with a second start cause a warning, but not those that stopped with the initrd', () => {
    const again = (stopped: number) =>
      parse(
        rawOf({
          'systemd/manager.show': 'UserspaceTimestampMonotonic=100\n',
          'systemd/units.show': `Id=a.service\nInactiveExitTimestampMonotonic=900\nActiveEnterTimestampMonotonic=950\nInactiveEnterTimestampMonotonic=${stopped}\n`,
        }),
      );
    expect(codes(again(500))).toContain('started-again');
    expect(codes(again(50))).not.toContain('started-again');
  });

  it('reach no target while the default target is still starting', () => {
    const { events, warnings } = units(
      'Id=multi-user.target\nNames=multi-user.target default.target\nActiveState=inactive\n',
    );
    expect(events).toEqual([]);
    expect(warnings[0]?.message).toBe('multi-user.target was never reached: it was inactive at collection');
  });

  it('reach the target that the kernel command line names', () => {
    const { facts } = parse(
      rawOf({
        'machine/facts.txt': '/proc/cmdline:root=/dev/vda systemd.unit=multi-user.target quiet\n',
        'systemd/units.show':
          'Id=graphical.target\nNames=default.target graphical.target\n\nId=multi-user.target\nNames=multi-user.target\n',
      }),
    );
    expect(facts['systemd.target']).toBe('multi-user.target');
  });
});

describe('properties that a user requested', () => {
  it("without the monotonic stamps get their place from the wall clock's distance to the kernel's start", () => {
    const { events, warnings } = manager(
      'KernelTimestamp=Tue 2023-05-23 08:34:10 UTC\nUserspaceTimestamp=Tue 2023-05-23 08:34:12.250000 UTC\nFinishTimestamp=Tue 2023-05-23 08:34:52 UTC\n',
    );
    expect(events.map(({ id, clock, us, errorUs }) => [id, clock, us, errorUs])).toEqual([
      ['kernel.start', 'monotonic', 0, 0],
      ['kernel.start', 'realtime', utc('2023-05-23 08:34:10'), 1_000_000],
      ['kernel.end', 'monotonic', 2_250_000, 1_000_001],
      ['userspace.start', 'monotonic', 2_250_000, 1_000_001],
      ['startup.finish', 'monotonic', 42_000_000, 2_000_000],
    ]);
    expect(warnings).toEqual([]);
  });

  it('of a unit have a span on the wall clock; an ambiguous zone gives none', () => {
    const shown = (zone: string) =>
      units(
        `Id=kubelet.service\nActiveState=active\nInactiveExitTimestamp=Tue 2023-05-23 08:34:38 ${zone}\nActiveEnterTimestamp=Tue 2023-05-23 08:34:40 ${zone}\n`,
      );
    expect(shown('UTC').spans).toMatchObject([
      {
        name: 'kubelet.service',
        start: { clock: 'realtime', us: utc('2023-05-23 08:34:38') },
        end: { us: utc('2023-05-23 08:34:40') },
      },
    ]);
    expect(shown('BST').spans).toEqual([]);
  });

  it('without a name belong to a unit that its line number identifies', () => {
    const { spans } = parse(rawOf({ 'systemd/manager.show': corpusText('systemctl-show-03') }));
    expect(spans).toMatchObject([{ name: 'unnamed:2', start: { us: 4_493_126 }, open: 'its end is not recorded' }]);
  });
});
