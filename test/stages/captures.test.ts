/**
 * Real boots, booted in virtual machines and read with the collectors' own commands (PROVENANCE.md beside each), through the
 * whole recording stage.
 */
import { describe, expect, it } from 'vitest';
import { measure } from '../../src/metrics/measure.ts';
import type { BootRecord } from '../../src/model/boot.ts';
import { instant, translator } from '../../src/model/clock.ts';
import { recordBoot } from '../../src/stages/derive/record.ts';
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

  it('meets its expectations, and says which state the image gave a unit', () => {
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
])('a boot with a clock jump during provisioning: %s', (situation, words) => {
  const boot = record(situation);

  it('reports it, with the line', () => {
    const [step] = boot.warnings.filter(({ code }) => code === 'clock-step');
    expect(step?.message).toContain(words);
    expect(step?.evidence?.file).toBe('raw/journal/boot.jsonl');
  });

  it('has its steps in one order and with lengths like those of a boot with an untouched clock', () => {
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

describe('a boot in which a kill ended the provisioning', () => {
  const boot = record('killed');

  it('has neither an end of provisioning nor a ready node, and is broken', () => {
    expect(measure('cse.total', boot)).toMatchObject({ kind: 'missing' });
    expect(measure('node.ready', boot)).toMatchObject({ kind: 'missing' });
    expect(boot.broken.join()).toContain('node-provisioning.service (signal)');
  });
});

describe('a boot that bench read before it finished', () => {
  const boot = record('unfinished');

  it('has no finish, names the remaining jobs, and keeps the stages that it reached', () => {
    expect(measure('boot.finish', boot)).toMatchObject({ reason: expect.stringContaining('not finished') });
    expect(codes(boot)).toContain('jobs-left');
    expect(measure('boot.kernel', boot).kind).toBe('measured');
  });
});

describe('the critical path to the default target', () => {
  it('goes through the units that systemd-analyze critical-chain names on the same machine', () => {
    const raw = capture('systemd/container');
    // Taken as its own machine: a container has no kernel start that a time to the target could count from.
    const manager = new TextDecoder()
      .decode(raw.get('systemd/manager.show'))
      .replace('systemd-nspawn', 'kvm')
      .replace(/^KernelTimestamp=$/m, 'KernelTimestamp=Sat 2026-08-01 07:13:40 UTC');
    raw.set('systemd/manager.show', new TextEncoder().encode(manager));
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

/** A unit of the capture slept for known times, read both clocks at each end of a sleep, and logged it in the journal. */
describe.each([
  ['witness-back', -1800],
  ['witness-forward', 7200],
])('steps of known length around a clock jump: %s', (situation, bySeconds) => {
  const boot = record(situation);
  const said = new TextDecoder().decode(capture(`node/${situation}`).get('journal/boot.jsonl'));
  const truth = [...said.matchAll(/witness AKS\.CSE\.(witness\d+) from (\d+) to (\d+) us/g)].map(
    ([, name = '', from, to]) => ({ name, fromUs: Number(from), toUs: Number(to) }),
  );
  const spanOf = (name: string) => boot.spans.find((span) => span.kind === 'task' && span.name === name);

  it('lies across the step with at least one of them, by the clock of the steps themselves', () => {
    const wall = truth.map(({ name }) => {
      const text = [...capture(`node/${situation}`)].map(([, bytes]) => new TextDecoder().decode(bytes));
      const event = text.find((each) => each.includes(`"AKS.CSE.${name}"`) && each.startsWith('{ "Timestamp"')) ?? '';
      const [from, to] = [/"Timestamp": "([^"]+)"/, /"OperationId": "([^"]+)"/].map(
        (key) => key.exec(event)?.[1] ?? '',
      );
      return (Date.parse(`${to}Z`) - Date.parse(`${from}Z`)) / 1000;
    });
    expect(truth).toHaveLength(24);
    expect(wall.filter((seconds) => Math.abs(seconds - bySeconds) < 2)).toHaveLength(1);
  });

  it('has every one of them right to 1 ms', () => {
    for (const { name, fromUs, toUs } of truth) {
      const span = spanOf(name);
      const lengthUs = (span?.end?.us ?? Number.NaN) - (span?.start.us ?? 0);
      expect(Math.abs(lengthUs - (toUs - fromUs)), name).toBeLessThanOrEqual(1000);
    }
  });

  it('has each end of them within its stated error', () => {
    const apart = truth.flatMap(({ name, fromUs, toUs }) => {
      const span = spanOf(name);
      return [fromUs - (span?.start.us ?? Number.NaN), toUs - (span?.end?.us ?? Number.NaN)].map((us) => ({
        us,
        errorUs: span?.start.errorUs ?? 0,
      }));
    });
    // The witness read the wall clock first, and the other one a line of Perl later.
    for (const { us, errorUs } of apart) {
      expect(us).toBeGreaterThanOrEqual(-errorUs);
      expect(us).toBeLessThanOrEqual(errorUs + READ_LATER_US);
    }
  });
});

const READ_LATER_US = 50;

describe('a boot from which the guest agent swept events', () => {
  const boot = record('swept');

  it('has the swept steps by the shell trace, and says how many there were and whether all are here', () => {
    expect(boot.machine).toMatchObject({
      'provisioning-events.complete': 'yes, 22 of 22',
      'provisioning-events.swept': 9,
    });
    const fromTrace = boot.spans.filter(({ kind, note }) => kind === 'task' && note?.includes('shell trace'));
    expect(fromTrace).toHaveLength(9);
    expect(fromTrace.every(({ start }) => start.evidence.file === 'raw/aks/cluster-provision.log')).toBe(true);
  });

  it('has lost as many without the trace, and reports it', () => {
    const raw = capture('node/swept');
    raw.delete('aks/cluster-provision.log');
    const poorer = recordBoot({ outcome: outcome(), raw, scenario: NODE, tool: 't' });
    expect(poorer.machine['provisioning-events.complete']).toBe('no, 13 of 22');
    const [warning] = poorer.warnings.filter(({ code }) => code === 'events-swept');
    expect(warning?.message).toContain('9 of 22 are lost');
    expect(warning?.evidence?.file).toBe('raw/guest-agent/waagent.log');
  });
});

/** One boot, as the tools and as bench describe it. A comment explains each difference. */
describe('side by side', () => {
  const raw = capture('cloud-init/booted');
  const boot = recordBoot({
    outcome: outcome(),
    raw,
    scenario: scenario({ gates: { 'boot.target': null } }),
    tool: 't',
  });
  const text = (path: string) => new TextDecoder().decode(raw.get(path));
  const unit = (name: string) => boot.spans.find((span) => span.kind === 'unit' && span.name === name);
  const lengthUs = (name: string) => (unit(name)?.end?.us ?? Number.NaN) - (unit(name)?.start.us ?? 0);

  it('units take what systemd-analyze blame prints, cut to milliseconds', () => {
    // systemd-analyze ran a quarter of an hour after the collectors: only its answer has a timer that fired in between.
    const blamed = [...text('systemd/analyze-blame.txt').matchAll(/^ *([\d.]+)(m?s) (\S+)$/gm)].filter(
      ([, , , name]) => name !== 'systemd-tmpfiles-clean.service',
    );
    expect(blamed.length).toBeGreaterThan(35);
    for (const [, amount, scale, name = ''] of blamed) {
      const printedUs = Math.round(Number(amount) * (scale === 's' ? 1e6 : 1e3));
      // bench asks systemctl nothing about oneshots that have ended: the journal has them, to within the delay of a line.
      const errorUs = (unit(name)?.start.errorUs ?? 0) + (unit(name)?.end?.errorUs ?? 0);
      const apartUs = lengthUs(name) - printedUs;
      expect(apartUs, name).toBeGreaterThanOrEqual(-errorUs);
      expect(apartUs, name).toBeLessThan(1000 + errorUs);
    }
  });

  it('the path goes through the units of systemd-analyze critical-chain, except for the last', () => {
    const chain = [...text('systemd/analyze-critical-chain.txt').matchAll(/([\w.@-]+\.\w+) @([\d.]+)(m?s)( \+\S+)?/g)];
    const items = new Set(boot.paths['boot.target']?.map(({ item }) => item));
    const [last, ...rest] = chain.filter(([line]) => line.includes(' +')).map(([, name = '']) => name);
    expect(rest).toEqual([
      'cloud-init.service',
      'systemd-networkd-wait-online.service',
      'systemd-networkd.service',
      'cloud-init-local.service',
      'systemd-remount-fs.service',
    ]);
    for (const name of rest) expect(items).toContain(`unit:${name}`);
    // The chain knows only units that became active, which a oneshot without RemainAfterExit never does.
    // The target waited for one that ended after the unit that the chain names.
    expect(last).toBe('ssh.service');
    expect(items).not.toContain('unit:ssh.service');
    expect(items).toContain('unit:e2scrub_reap.service');
    const endUs = (name: string) => unit(name)?.end?.us ?? Number.NaN;
    expect(endUs('e2scrub_reap.service')).toBeGreaterThan(endUs('ssh.service'));
    expect(endUs('e2scrub_reap.service')).toBeLessThan(endUs('graphical.target'));
  });

  it('stages of cloud-init, read from its log, are those of analyze dump to the millisecond', () => {
    const dumped = new Map(raw);
    dumped.delete('cloud-init/cloud-init.log');
    const ofTool = recordBoot({ outcome: outcome(), raw: dumped, scenario: scenario(), tool: 't' });
    const stages = ({ spans }: BootRecord) =>
      spans.flatMap(({ kind, name, start, end, within }) =>
        kind === 'cloud-init' && end ? [[name, start.us, end.us - start.us, within]] : [],
      );
    expect(stages(ofTool)).toHaveLength(24);
    expect(stages(boot)).toEqual(stages(ofTool));
    // `analyze show` adds up the same outermost stages, and prints its total from them.
    const outermostUs = stages(boot).reduce(
      (sum, [, , us, within]) => sum + (within === undefined ? Number(us) : 0),
      0,
    );
    expect(text('cloud-init/analyze-show.txt')).toContain(`Total Time: ${(outermostUs / 1e6).toFixed(5)} seconds`);
  });
});
