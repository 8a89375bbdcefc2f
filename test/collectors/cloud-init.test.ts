import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cloudInit } from '../../src/collectors/cloud-init.ts';
import { corpusText, rawOf, utc } from './raw.ts';

const LOG = 'cloud-init/cloud-init.log';
const line = (time: string, text: string, source = 'handlers.py', level = 'DEBUG') =>
  `2026-08-01 ${time} - ${source}[${level}]: ${text}\n`;
const banner = (time: string, stage: string, uptime: string, utcTime = time.slice(0, 8)) =>
  line(
    time,
    `Cloud-init v. 24.1.3 running '${stage}' at Sat, 01 Aug 2026 ${utcTime} +0000. Up ${uptime} seconds.`,
    'util.py',
  );
const BOOT =
  banner('07:13:41,122', 'init-local', '5.12') +
  line('07:13:41,200', 'start: init-local: searching for local datasources') +
  line('07:13:41,300', 'start: init-local/check-cache: attempting to read from cache [check]') +
  line('07:13:41,303', 'finish: init-local/check-cache: SUCCESS: no cache found') +
  line('07:13:41,310', 'start: init-local/search-Azure: searching') +
  line('07:13:41,400', 'start: azure-ds/_get_data: _get_data') +
  line('07:13:42,000', 'finish: azure-ds/_get_data: SUCCESS: _get_data') +
  line('07:13:42,100', 'finish: init-local/search-Azure: SUCCESS: found') +
  line('07:13:42,300', 'finish: init-local: SUCCESS: done');
const FINAL =
  line('07:13:50,000', 'start: modules-final: running modules for final') +
  line('07:13:50,100', 'start: modules-final/config-scripts_user: running') +
  line('07:13:51,100', 'finish: modules-final/config-scripts_user: FAIL: running config-scripts_user');

describe('cloud-init', () => {
  it('gives its stages and modules as a tree of spans, from the log', () => {
    const { spans, facts } = cloudInit.parse(rawOf({ [LOG]: BOOT }));
    expect(spans.map(({ name, within }) => [name, within])).toEqual([
      ['init-local', undefined],
      ['init-local/check-cache', 'init-local'],
      ['init-local/search-Azure', 'init-local'],
      ['azure-ds/_get_data', 'init-local/search-Azure'],
    ]);
    expect(spans[0]).toMatchObject({
      start: {
        clock: 'realtime',
        us: utc('2026-08-01 07:13:41.122'),
        errorUs: 1000,
        evidence: { file: `raw/${LOG}`, line: 1 },
      },
      end: { us: utc('2026-08-01 07:13:42.300') },
    });
    expect(facts).toMatchObject({ 'cloud-init.version': '24.1.3' });
  });

  it('makes the same stages from a log as cloud-init itself, as a tree and without double counting', () => {
    const text = (name: string) => readFileSync(new URL(`../fixtures/cloud-init/${name}`, import.meta.url), 'utf8');
    const log = cloudInit.parse(rawOf({ [LOG]: text('cloud-init.log') }));
    const dump = cloudInit.parse(rawOf({ 'cloud-init/analyze-dump.json': text('analyze-dump.json') }));
    const show = cloudInit.parse(rawOf({ 'cloud-init/analyze-show.txt': text('analyze-show.txt') }));
    const stages = ({ spans }: typeof log) =>
      spans.map(({ name, within, start, end, note }) => ({ name, within, from: start.us, to: end?.us, note }));
    expect(stages(log)).toEqual(stages(dump));
    expect(stages(log)).toHaveLength(12);
    const shown = show.printed?.flatMap(({ metric, us }) => (metric ? [[metric, us]] : []));
    const lengths = log.spans.map(({ name, start, end }) => [`cloud-init.${name}`, (end?.us ?? Number.NaN) - start.us]);
    for (const stage of shown ?? []) expect(lengths).toContainEqual(stage);
    expect(show.warnings).toMatchObject([{ code: 'cloud-init-total' }]);
  });

  it('gives the same stages from a dump as the tool that made it', () => {
    const { spans } = cloudInit.parse(rawOf({ 'cloud-init/analyze-dump.json': corpusText('cloudinit-dump-01') }));
    const outermost = spans.filter(({ within }) => within === undefined);
    expect(outermost.map(({ name }) => name)).toEqual([
      'init-local',
      'init-network',
      'modules-config',
      'modules-final',
    ]);
    const total = outermost.reduce((sum, { start, end }) => sum + (end?.us ?? Number.NaN) - start.us, 0);
    expect(Math.round(total / 1000)).toBe(2320);
  });

  it('takes the last of several boots in one log, and reports the others', () => {
    const earlier = BOOT.replaceAll('2026-08-01', '2026-07-31');
    const { spans, warnings } = cloudInit.parse(rawOf({ [LOG]: earlier + BOOT }));
    expect(spans[0]?.start.us).toBe(utc('2026-08-01 07:13:41.122'));
    expect(warnings).toMatchObject([
      { code: 'cloud-init-records', message: 'cloud-init reports 2 boots; bench uses the last one.' },
    ]);
  });

  it('leaves an unfinished stage open, and reports a failed one', () => {
    const { spans, warnings } = cloudInit.parse(rawOf({ [LOG]: BOOT + FINAL }));
    const open = spans.find(({ name }) => name === 'modules-final');
    expect(open).toMatchObject({ open: expect.stringContaining('had not finished') });
    expect(open?.end).toBeUndefined();
    expect(spans.at(-1)).toMatchObject({ name: 'modules-final/config-scripts_user', note: 'FAIL' });
    expect(warnings).toMatchObject([{ code: 'cloud-init-failed', evidence: { line: 12 } }]);
  });

  it('reads local stamps in the zone that the banner reveals', () => {
    const { spans, facts } = cloudInit.parse(
      rawOf({ [LOG]: banner('09:13:41,122', 'init-local', '5.12', '07:13:41') + BOOT.replace(/^.*\n/, '') }),
    );
    expect(spans[0]?.start.us).toBe(utc('2026-08-01 07:13:41.122'));
    expect(facts['cloud-init.zone-minutes']).toBe(120);
  });

  it("gives the kernel's start if systemd's properties are missing", () => {
    const { events } = cloudInit.parse(rawOf({ [LOG]: BOOT }));
    expect(events).toEqual([
      {
        id: 'kernel.start',
        clock: 'realtime',
        us: utc('2026-08-01 07:13:36.002'),
        errorUs: 100_000,
        evidence: { file: `raw/${LOG}`, line: 1 },
      },
    ]);
    // With systemd's properties, this is a second reading, which links the wall clock to the boot.
    const second = cloudInit.parse(rawOf({ [LOG]: BOOT, 'systemd/manager.show': 'Version=257\n' })).events;
    expect(second.map(({ id }) => id)).toEqual(['cloud-init.kernel-start']);
  });

  it('recognises a machine that was pre-booted and parked', () => {
    const parked = line('07:13:41,500', 'start: azure-ds/_poll_imds: _poll_imds');
    const { facts, warnings } = cloudInit.parse(rawOf({ [LOG]: BOOT + parked }));
    expect(facts['machine.parked']).toBe(true);
    expect(warnings).toMatchObject([{ code: 'parked-machine', evidence: { line: 10 } }]);
    expect(cloudInit.parse(rawOf({ [LOG]: BOOT + line('07:13:41,500', 'PreprovisionedVm: False') })).warnings).toEqual(
      [],
    );
  });

  it('takes datasource and errors from its status', () => {
    const status = {
      v1: { datasource: 'DataSourceAzure [seed=/dev/sr0]', init: { errors: ['no route'] }, stage: 'modules-final' },
    };
    const { facts, warnings } = cloudInit.parse(rawOf({ 'cloud-init/status.json': JSON.stringify(status, null, 1) }));
    expect(facts['cloud-init.datasource']).toBe('DataSourceAzure [seed=/dev/sr0]');
    expect(warnings).toMatchObject([
      { code: 'cloud-init-running' },
      { code: 'cloud-init-failed', message: "cloud-init's init has an error: no route", evidence: { line: 4 } },
    ]);
  });

  it('has printed durations if there is only the output of analyze, and never its total', () => {
    const { printed, spans, warnings } = cloudInit.parse(
      rawOf({ 'cloud-init/analyze-show.txt': corpusText('cloudinit-show-03') }),
    );
    expect(spans).toEqual([]);
    expect(printed?.find(({ metric }) => metric === 'cloud-init.init-local')).toMatchObject({ us: 520_000 });
    expect(warnings).toMatchObject([
      { code: 'cloud-init-total', message: expect.stringContaining('add up to 2.32 s') },
    ]);
  });

  it('a boot without cloud-init has none of its spans and no warning', () => {
    expect(cloudInit.parse(new Map())).toMatchObject({ spans: [], warnings: [], facts: {} });
  });
});
