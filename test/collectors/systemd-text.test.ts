import { describe, expect, it } from 'vitest';
import { durationAt, readDuration } from '../../src/collectors/reading/duration-text.ts';
import { readStamp } from '../../src/collectors/reading/stamp-text.ts';
import { systemdText } from '../../src/collectors/systemd-text.ts';
import { corpusText, rawOf, utc } from './raw.ts';

const TIME = 'systemd/analyze-time.txt';
const BLAME = 'systemd/analyze-blame.txt';
const CHAIN = 'systemd/analyze-critical-chain.txt';
const parse = (texts: Record<string, string>) => systemdText.parse(rawOf(texts));
const events = (text: string) =>
  Object.fromEntries(parse({ [TIME]: text }).events.map(({ id, us, errorUs }) => [id, [us / 1000, errorUs / 1000]]));

describe('systemd from the output of systemd-analyze', () => {
  it('counts its phases from the start of the kernel, with an error of a millisecond each', () => {
    expect(events(corpusText('systemd-time-13'))).toEqual({
      'kernel.start': [0, 0],
      'loader.start': [-4005, 1],
      'firmware.start': [-11714, 2],
      'kernel.end': [820, 1],
      'initrd.start': [820, 1],
      'userspace.start': [4998, 2],
      'startup.finish': [11062, 3],
      'target.reached': [11030, 3],
    });
  });

  it('reports an unreached target and an unfinished start-up, instead of a zero', () => {
    const never = parse({ [TIME]: corpusText('systemd-time-26') });
    expect(never.events.map(({ id }) => id)).not.toContain('target.reached');
    expect(never.warnings).toMatchObject([
      { code: 'missing:target.reached', evidence: { file: `raw/${TIME}`, line: 3 } },
    ]);
    const unfinished = parse({ [TIME]: corpusText('systemd-time-75') });
    expect(unfinished.events).toEqual([]);
    expect(unfinished.warnings.map(({ code }) => code)).toEqual(['missing:startup.finish', 'missing:target.reached']);
  });

  it('rejects firmware of half an hour, with the reason', () => {
    const { events: found, warnings, printed } = parse({ [TIME]: corpusText('systemd-time-70') });
    expect(found.map(({ id }) => id)).toContain('loader.start');
    expect(found.map(({ id }) => id)).not.toContain('firmware.start');
    expect(warnings).toMatchObject([
      { code: 'missing:firmware.start', message: expect.stringContaining('1634.806 s') },
    ]);
    expect(printed?.[0]).toMatchObject({ name: 'firmware', us: 1_634_806_000 });
    expect(printed?.[0]).not.toHaveProperty('metric');
  });

  it('warns if the phases do not add up to the total', () => {
    expect(parse({ [TIME]: corpusText('systemd-time-63') }).warnings).toMatchObject([{ code: 'phases-do-not-add-up' }]);
    expect(parse({ [TIME]: corpusText('systemd-time-66') }).warnings).toEqual([]);
  });

  it.each([
    ['Startupfinishedin824ms(kernel)+6.118s(initrd)=6.942s'],
    ['Startup finished in 2.341s (kernel) + soon (userspace)'],
    ['Startup finished in 2.341s (kernel) + 1.085s (userspace) = much'],
    ['Startup finished in 2.341s (kernel) + 1.085s'],
    ['Startup finished in 2.341s (kernel) and 1.085s (userspace)'],
  ])('rejects "%s" instead of reading half of it', (text) => {
    const { events: found, printed, warnings } = parse({ [TIME]: text });
    expect([found, printed]).toEqual([[], []]);
    expect(warnings).toMatchObject([{ code: 'analyze-time', evidence: { file: `raw/${TIME}`, line: 1 } }]);
  });

  it('reads a summary out of the middle of a JSON string', () => {
    const text =
      '"SystemdSummary": "Startup finished in 546ms (firmware) + 1.270s (kernel) = 1.816s \\ngraphical.target reached after 1s in userspace"';
    expect(events(text)).toMatchObject({ 'kernel.end': [1270, 1], 'firmware.start': [-546, 1] });
  });

  it('falls back on the summary that provision.json quotes', () => {
    const { events: found, printed } = parse({ 'aks/provision.json': corpusText('aks-provision-json-01') });
    expect(found).toEqual([]);
    expect(printed?.find(({ metric }) => metric === 'boot.target')).toMatchObject({
      us: 11_727_000,
      errorUs: 2_000,
      evidence: { file: 'raw/aks/provision.json', line: 2 },
    });
  });

  it.each([
    [
      'wrapped anywhere',
      'Startup finished in\n2s (kernel)\n + 3s (userspace)\n= 5s\ngraphical.target\nreached after 1min\n2s in userspace',
    ],
    [
      'in a table',
      '| Startup finished in 2s (kernel) + 3s (userspace) = 5s |\n| graphical.target reached after 1min 2s in userspace |',
    ],
    [
      'after a list of units',
      '5ms a.service\nStartup finished in 2s (kernel) + 3s (userspace) = 5s\ngraphical.target reached after 1min 2s in userspace\n5ms b.service',
    ],
  ])('reads a summary %s', (_, text) =>
    expect(events(text)).toMatchObject({ 'startup.finish': [5000, 2], 'target.reached': [64_000, 2] }),
  );

  it('turns a critical chain into spans if the start of userspace is known', () => {
    const { spans } = parse({
      [TIME]: 'Startup finished in 2s (kernel) + 10s (userspace) = 12s\n',
      [CHAIN]: corpusText('systemd-chain-06'),
    });
    expect(spans[2]).toMatchObject({ kind: 'unit', name: 'ssh.service', after: ['network.target'] });
    expect([spans[2]?.start.us, spans[2]?.end?.us]).toEqual([7_685_000, 7_826_000]);
  });

  it('has printed durations of units otherwise, and none from a clock that jumped', () => {
    const chain = parse({ [CHAIN]: corpusText('systemd-chain-26') });
    expect(chain.spans).toEqual([]);
    expect(chain.printed?.[0]).toMatchObject({
      name: 'systemd-sysctl.service',
      metric: 'unit.systemd-sysctl.service',
      us: 103,
    });
    const blame = parse({ 'systemd/analyze-blame.txt': corpusText('systemd-blame-25') });
    expect(blame.printed?.map((each) => 'metric' in each)).toEqual([false, false, false]);
    expect(blame.warnings.map(({ code }) => code)).toEqual([
      'implausible-unit',
      'implausible-unit',
      'implausible-unit',
    ]);
  });

  it('rejects a wrapped negative', () => {
    const { printed } = parse({
      [CHAIN]: 'a.target @584542y 2w 2d 20h 1min 49.551s +5ms\n└─b.service @1s +584542y 2w 2d 20h 1min 49.551s\n',
    });
    expect(printed).toMatchObject([
      { name: 'a.target', us: 5_000 },
      { name: 'b.service', atUs: 1_000_000 },
    ]);
    expect([printed?.[0], printed?.[1]].map((each) => [each && 'atUs' in each, each && 'us' in each])).toEqual([
      [false, true],
      [true, false],
    ]);
  });

  it('prefers the exact figures, event by event and unit by unit', () => {
    const exact = {
      'systemd/manager.show':
        'KernelTimestampMonotonic=0\nUserspaceTimestampMonotonic=2341000\nFinishTimestampMonotonic=3426000\n',
      'systemd/units.show':
        'Id=ssh.service\nInactiveExitTimestampMonotonic=2400000\nActiveEnterTimestampMonotonic=2541000\n',
    };
    const texts = {
      [TIME]: 'Startup finished in 2.341s (kernel) + 1.085s (userspace) = 3.426s\n',
      [BLAME]: '5ms ssh.service\n',
    };
    const all = parse({ ...exact, ...texts });
    expect([all.events, all.spans, all.printed]).toEqual([[], [], []]);
    const { printed } = parse({ ...exact, [TIME]: texts[TIME] ?? '', [BLAME]: '5ms ssh.service\n4ms other.service\n' });
    expect(printed?.map(({ name }) => name)).toEqual(['other.service']);
  });

  it('keeps its phases beside a single stamp of the manager', () => {
    const { events } = parse({
      'systemd/manager.show': 'KernelTimestamp=Tue 2021-04-27 18:08:31 UTC\n',
      [TIME]: 'Startup finished in 2.341s (kernel) + 1.085s (userspace) = 3.426s\n',
    });
    expect(events.map(({ id }) => id)).toEqual(['kernel.end', 'userspace.start', 'startup.finish']);
  });
});

describe('printed durations', () => {
  it.each([
    ['2h 38min 513ms', 9_480_513_000, 1_000],
    ['1min 3s', 63_000_000, 1_000],
    ['4.2s', 4_200_000, 100_000],
    ['115us', 115, 1],
    ['2y 11month 2w 6d 4h 12min 9.771s', 93_786_129_771_000, 1_000],
  ])('%s', (text, us, errorUs) => expect(readDuration(text)).toMatchObject({ us, errorUs }));

  it.each(['', 's', '5', '5 s', '1s 1min', '5sec', '1.s', '1min4'])('"%s" is none', (text) =>
    expect(readDuration(text)).toBeUndefined(),
  );

  it('end before a second one', () => expect(durationAt('1min 4s 5s', 0)).toMatchObject({ us: 64_000_000, end: 7 }));
});

describe('printed points in time', () => {
  it.each([
    ['2026-08-01 07:14:01.209', '2026-08-01 07:14:01.209', 1_000, false],
    ['2026-08-01 07:13:41,122', '2026-08-01 07:13:41.122', 1_000, false],
    ['2026-08-01T07:13:44.120394Z', '2026-08-01 07:13:44.120394', 1, true],
    ['2025-08-18T20:32:32.37554481Z', '2025-08-18 20:32:32.375544', 1, true],
    ['2026-08-01 09:14:06.123456789 +0200', '2026-08-01 07:14:06.123456', 1, true],
    ['2019/10/31 14:10:43.788009', '2019-10-31 14:10:43.788009', 1, false],
    ['Sat 2026-08-01 07:13:40 UTC', '2026-08-01 07:13:40', 1_000_000, true],
    ['Sat Aug  1 07:13:51 UTC 2026', '2026-08-01 07:13:51', 1_000_000, true],
    ['Sat Aug  1 07:13:51 PM UTC 2026', '2026-08-01 19:13:51', 1_000_000, true],
    ['Sat Aug  1 12:13:51 AM UTC 2026', '2026-08-01 00:13:51', 1_000_000, true],
  ])('%s', (text, expected, errorUs, zoned) =>
    expect(readStamp(text)).toMatchObject({ us: utc(expected), errorUs, zoned }),
  );

  it.each([
    '',
    'n/a',
    'Aug  1 07:13:51',
    '2026-02-30 07:14:01.209',
    '2026-08-01 24:00:00',
    '2026-13-01 00:00:00',
    'Sat 2026-08-01 07:13:40 CEST',
    'Sat Aug  1 13:13:51 PM UTC 2026',
    '0000-01-01 00:00:00',
  ])('"%s" is none', (text) => expect(readStamp(text)).toBeUndefined());
});
