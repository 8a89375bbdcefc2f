/**
 * Real boots, booted in virtual machines and read with the collectors' own commands (PROVENANCE.md beside each), through the
 * whole of recording.
 */
import { describe, expect, it } from 'vitest';
import { measure } from '../../src/metrics/measure.ts';
import type { BootRecord } from '../../src/model/boot.ts';
import { instant, translator } from '../../src/model/clock.ts';
import { recordBoot } from '../../src/stages/record.ts';
import { capture } from '../collectors/fixture.ts';
import { outcome, scenario } from './boots.ts';

const NODE = scenario({
  gates: { 'node.ready': null, 'kubelet.start': null, 'boot.target': null, 'boot.finish': null },
  expect: [
    { exitCode: 0 },
    { failedUnits: 0 },
    { unit: 'containerd.service', inImage: 'disabled' },
    { unit: 'kubelet.service', is: 'active' },
    { task: 'configureK8s', startsBefore: 'kubelet.start' },
  ],
});
const record = (situation: string): BootRecord =>
  recordBoot({ outcome: outcome(), raw: capture(`node/${situation}`), scenario: NODE, tool: 't' });
const lengths = (boot: BootRecord) =>
  boot.spans.flatMap(({ kind, name, start, end }) =>
    kind === 'task' && end ? [[name, end.us - start.us] as const] : [],
  );
const codes = (boot: BootRecord) => boot.warnings.map(({ code }) => code);

describe('a boot that finished', () => {
  const boot = record('finished');

  it('has every gate, and a path that adds up to each', () => {
    for (const [id, path] of Object.entries(boot.paths)) {
      const measured = measure(id, boot);
      expect(measured.kind).toBe('measured');
      expect(path.reduce((sum, { fromUs, toUs }) => sum + toUs - fromUs, 0)).toBe(
        'valueUs' in measured && measured.valueUs,
      );
    }
    expect(Object.keys(boot.paths)).toHaveLength(4);
  });

  it('meets what is expected of it, and says how the image had a unit', () => {
    expect(boot.expectations.map(({ held }) => held)).toEqual([true, true, true, true, true]);
    expect(boot.broken).toEqual([]);
  });

  it('has the first start of a unit that provisioning restarted', () => {
    const starts = boot.spans.filter(({ name }) => name.startsWith('containerd.service')).map(({ name }) => name);
    expect(starts).toEqual(['containerd.service', 'containerd.service~1']);
  });

  it('has no clock step', () => {
    expect(codes(boot)).not.toContain('clock-step');
    expect(boot.links[0]?.readings).toHaveLength(2);
  });
});

describe.each([
  ['clock-back', 'back by 1800'],
  ['clock-forward', 'forward by 7199'],
])('a boot whose clock was set while provisioning ran: %s', (situation, words) => {
  const boot = record(situation);

  it('says so, with the line', () => {
    const [step] = boot.warnings.filter(({ code }) => code === 'clock-step');
    expect(step?.message).toContain(words);
    expect(step?.evidence?.file).toBe('raw/journal/boot.jsonl');
  });

  it('has its steps in one order and with lengths like those of a boot whose clock was left alone', () => {
    const usual = new Map(lengths(record('finished')));
    expect(
      lengths(boot)
        .map(([name]) => name)
        .sort(),
    ).toEqual([...usual.keys()].sort());
    for (const [name, us] of lengths(boot)) {
      expect(us, name).toBeGreaterThanOrEqual(0);
      expect(Math.abs(us - (usual.get(name) ?? 0)), name).toBeLessThan(250_000);
    }
  });

  it('translates the bracketed reading of both clocks to itself, within the stated errors', () => {
    const text = new TextDecoder().decode(capture(`node/${situation}`).get('clock/guest.txt'));
    const read = (key: string) => Number(new RegExp(`${key}=(\\d+)`).exec(text)?.[1]) / 1000;
    const [link] = boot.links;
    const at = link && translator(link)(instant(link.from, read('realtime_ns')));
    const errorUs = at?.errorUs ?? Number.NaN;
    expect(errorUs).toBeLessThan(1000);
    expect(at?.us).toBeGreaterThanOrEqual(read('monotonic_before_ns') - errorUs);
    expect(at?.us).toBeLessThanOrEqual(read('monotonic_after_ns') + errorUs);
  });

  it('has a path to the ready node that adds up, across the step', () => {
    const measured = measure('node.ready', boot);
    const path = boot.paths['node.ready'] ?? [];
    expect(path.reduce((sum, { fromUs, toUs }) => sum + toUs - fromUs, 0)).toBe(
      'valueUs' in measured && measured.valueUs,
    );
  });
});

describe('a boot with a failed unit', () => {
  it('is broken, with the name of the unit and the line that shows it', () => {
    const boot = record('failed-unit');
    expect(boot.broken).toEqual(['no unit failed: 1 failed: broken-on-purpose.service (exit-code)']);
    expect(boot.expectations.find(({ held }) => held === false)?.evidence?.file).toBe('raw/systemd/units.show');
  });
});

describe('a boot whose provisioning was killed', () => {
  const boot = record('killed');

  it('has neither an end of provisioning nor a ready node, and is broken', () => {
    expect(measure('cse.total', boot)).toMatchObject({ kind: 'missing' });
    expect(measure('node.ready', boot)).toMatchObject({ kind: 'missing' });
    expect(boot.broken.join()).toContain('node-provisioning.service (signal)');
  });
});

describe('a boot that was read before it finished', () => {
  const boot = record('unfinished');

  it('has no finish, says which jobs were left, and keeps what was reached', () => {
    expect(measure('boot.finish', boot)).toMatchObject({ reason: expect.stringContaining('not finished') });
    expect(codes(boot)).toContain('jobs-left');
    expect(measure('boot.kernel', boot).kind).toBe('measured');
  });
});

describe('the critical path to the default target', () => {
  it('goes through the units that systemd-analyze critical-chain names on the same machine', () => {
    const raw = capture('systemd/container');
    const boot = recordBoot({
      outcome: outcome(),
      raw,
      scenario: scenario({ gates: { 'boot.target': null } }),
      tool: 't',
    });
    const chain = new TextDecoder().decode(raw.get('systemd/analyze-critical-chain.txt'));
    const took = [...chain.matchAll(/([\w.@\\:-]+) @\S+ \+(\d+)ms/g)]
      .map(([, unit, ms]) => [unit, Number(ms)])
      .reverse();
    const own = boot.paths['boot.target']?.filter(({ item }) => item.startsWith('unit:')) ?? [];
    expect(
      own.map(({ item, fromUs, toUs }) => [item.slice('unit:'.length), Math.floor((toUs - fromUs) / 1000)]),
    ).toEqual(took);
  });
});
