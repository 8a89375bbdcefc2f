import { describe, expect, it } from 'vitest';
import { judgeAll, type Observed } from '../../src/metrics/expectations.ts';
import type { UnitState } from '../../src/model/boot.ts';
import { boot, event, stamp, task } from './boot.ts';

const evidence = { file: 'raw/systemd/units.show', line: 7 };
const state = (unit: string, more: Partial<UnitState> = {}): UnitState => ({
  unit,
  load: 'loaded',
  active: 'active',
  sub: 'running',
  result: 'success',
  restarts: 0,
  enabled: 'enabled',
  evidence,
  ...more,
});
const observed = (more: Partial<Observed>): Observed => ({
  timeline: boot([]),
  units: [],
  files: [],
  facts: {},
  ...more,
});
const held = (expectation: Parameters<typeof judgeAll>[0][number], more: Partial<Observed>) =>
  judgeAll([expectation], observed(more)).map((result) => [result.held, result.message]);

describe('a unit', () => {
  it('is as expected, or not, with the line that shows it', () => {
    const units = [state('kubelet.service', { active: 'failed', result: 'exit-code', sub: 'failed' })];
    expect(judgeAll([{ unit: 'kubelet.service', is: 'active' }], observed({ units }))).toEqual([
      {
        claim: 'kubelet.service is active',
        held: false,
        message: 'kubelet.service is failed (failed), result exit-code',
        evidence,
      },
    ]);
  });

  it('without data gets no judgement', () => {
    expect(held({ unit: 'kubelet.service', is: 'active' }, {})[0]?.[0]).toBeNull();
  });

  it('with an unknown state in the image gets no judgement from its current state', () => {
    expect(held({ unit: 'a.service', inImage: 'disabled' }, { units: [state('a.service')] })[0]?.[0]).toBeNull();
    const units = [state('a.service', { enabledInImage: 'disabled' })];
    expect(held({ unit: 'a.service', inImage: 'disabled' }, { units })[0]?.[0]).toBe(true);
  });

  it('may restart as often as the expectation allows', () => {
    const units = [state('a.service', { restarts: 2 })];
    expect(held({ unit: 'a.service', restarts: 2 }, { units })[0]?.[0]).toBe(true);
    expect(held({ unit: 'a.service', restarts: 1 }, { units })).toEqual([[false, 'a.service restarted 2 times']]);
  });

  it('that failed counts and appears by name', () => {
    const units = [state('a.service'), state('b.service', { active: 'failed', result: 'timeout' })];
    expect(held({ failedUnits: 0 }, { units })).toEqual([[false, '1 failed: b.service (timeout)']]);
    expect(held({ failedUnits: 1 }, { units })[0]?.[0]).toBe(true);
    expect(held({ failedUnits: 0 }, {})[0]?.[0]).toBeNull();
  });

  describe('may fail with an exception', () => {
    const failed = (name: string) => state(name, { active: 'failed', result: 'exit-code' });
    const judged = (except: readonly string[], names: readonly string[], atMost = 0) =>
      held({ failedUnits: { atMost, except: [...except] } }, { units: [...names.map(failed)] })[0];
    const MOUNT = 'run-cloud\\x2dinit-tmp-*.mount';

    it('for its name, or for a part of it; a backslash is a backslash', () => {
      expect(
        judged(['fwupd-refresh.service', MOUNT], ['fwupd-refresh.service', 'run-cloud\\x2dinit-tmp-tmpb1x.mount']),
      ).toEqual([
        true,
        'no unit failed; excepted: fwupd-refresh.service (exit-code), run-cloud\\x2dinit-tmp-tmpb1x.mount (exit-code)',
      ]);
    });

    it.each([
      ['x-fwupd-refresh.service', 'fwupd-refresh.service'],
      ['run-cloudx2dinit-tmp-a.mount', MOUNT],
      ['run-cloud\\x2dinit-tmp-a.service', MOUNT],
      ['a.service', '?.mount'],
    ])('%s has no exception from %s', (name, glob) => {
      expect(judged([glob], [name])?.[0]).toBe(false);
    });

    it('while the others count by name', () => {
      expect(judged(['a@*.service'], ['a@1.service', 'b.service'])).toEqual([
        false,
        '1 failed: b.service (exit-code); excepted: a@1.service (exit-code)',
      ]);
      expect(judged(['a@*.service'], ['a@1.service', 'b.service'], 1)?.[0]).toBe(true);
    });
  });
});

describe('a step', () => {
  const timeline = boot([event('kubelet.start', 100)], [task('a', 120, 130), task('b', 125, 150), task('c', 10, 20)]);

  it('starts after an event, or after the end of another step', () => {
    expect(held({ task: 'a', startsAfter: 'kubelet.start' }, { timeline })).toEqual([
      [true, 'a starts 20.000 ms after kubelet.start'],
    ]);
    expect(held({ task: 'c', startsAfter: 'kubelet.start' }, { timeline })[0]?.[0]).toBe(false);
    expect(held({ task: 'b', startsAfter: 'a' }, { timeline })[0]?.[0]).toBe(false);
    expect(held({ task: 'b', startsAfter: 'c' }, { timeline })[0]?.[0]).toBe(true);
  });

  it('starts before an event, or before the start of another step', () => {
    expect(held({ task: 'c', startsBefore: 'kubelet.start' }, { timeline })[0]?.[0]).toBe(true);
    expect(held({ task: 'b', startsBefore: 'a' }, { timeline })[0]?.[0]).toBe(false);
  });

  it('may follow another within the sum of their errors, if both stamps have the same truncation', () => {
    const cut = (ms: number) => stamp(ms, 1000);
    const spans = [
      { ...task('a', 0, 0), start: cut(100), end: cut(110) },
      { ...task('b', 0, 0), start: cut(112), end: cut(120) },
      { ...task('c', 0, 0), start: cut(111), end: cut(120) },
    ];
    expect(held({ task: 'b', startsAfter: 'a' }, { timeline: boot([], spans) })[0]?.[0]).toBe(true);
    expect(held({ task: 'c', startsAfter: 'a' }, { timeline: boot([], spans) })[0]?.[0]).toBeNull();
  });

  it("also matches the node's name for it", () => {
    const claim = { task: 'AKS.CSE.b', startsAfter: 'AKS.CSE.c' };
    expect(held(claim, { timeline })[0]?.[0]).toBe(true);
  });

  it('without an event gets no judgement, and neither does an order within the error', () => {
    expect(held({ task: 'gone', startsAfter: 'kubelet.start' }, { timeline })[0]?.[0]).toBeNull();
    const close = boot([event('kubelet.start', 100, 30_000)], [task('a', 120, 130)]);
    expect(held({ task: 'a', startsAfter: 'kubelet.start' }, { timeline: close })[0]?.[0]).toBeNull();
  });
});

describe('other claims', () => {
  it('cover the exit code, the marker, the mode and the owner', () => {
    expect(held({ exitCode: 0 }, { facts: { 'cse.exit-code': 50 } })).toEqual([[false, 'provisioning exited with 50']]);
    expect(held({ exitCode: 0 }, {})[0]?.[0]).toBeNull();
    const killed = boot([], [task('ensureContainerd', 1, 2)]);
    expect(held({ exitCode: 0 }, { timeline: killed })).toEqual([[false, 'provisioning ran and left no exit code']]);
    expect(held({ marker: 'm' }, { timeline: boot([event('marker.m', 1)]) })[0]?.[0]).toBe(true);
    const missing = {
      ...boot([]),
      warnings: [{ code: 'missing:marker.m', message: 'no line of a.service matches x' }],
    };
    expect(held({ marker: 'm' }, { timeline: missing })).toEqual([[false, 'no line of a.service matches x']]);
    const files = [{ path: '/f', exists: true, mode: '0755', owner: 'root:adm', evidence }];
    expect(held({ file: '/f', mode: '755', owner: 'root' }, { files }).map(([is]) => is)).toEqual([true, true]);
    expect(held({ file: '/f', mode: '0644' }, { files })).toEqual([[false, '/f is 0755 root:adm']]);
    expect(held({ file: '/f', owner: 'root:root' }, { files })[0]?.[0]).toBe(false);
    const absent = [{ path: '/f', exists: false, evidence }];
    expect(held({ file: '/f' }, { files: absent })).toEqual([[false, '/f does not exist']]);
  });
});
