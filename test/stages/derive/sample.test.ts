import { describe, expect, it } from 'vitest';
import type { BootRecord } from '../../../src/model/boot.ts';
import { Samples } from '../../../src/model/samples.ts';
import { recordBoot } from '../../../src/stages/derive/record.ts';
import { sampleRun } from '../../../src/stages/derive/sample.ts';
import { outcome, rawOf, run, scenario } from '../boots.ts';

const S = 1_000_000;
const shown = (ssh: number, extra = '') => `Id=multi-user.target
Names=default.target
After=ssh.service
ActiveState=active
InactiveExitTimestampMonotonic=${9 * S}
ActiveEnterTimestampMonotonic=${9 * S}

Id=ssh.service
ActiveState=active
InactiveExitTimestampMonotonic=${5 * S}
ActiveEnterTimestampMonotonic=${5 * S + ssh}

Id=quick.service
InactiveExitTimestampMonotonic=${5 * S}
ActiveEnterTimestampMonotonic=${5 * S + 999}
${extra}`;

function booted(id: string, units: string, more: object = {}): BootRecord {
  const raw = rawOf({ 'systemd/manager.show': `UserspaceTimestampMonotonic=${S}\n`, 'systemd/units.show': units });
  const variant = id.slice(5);
  const of = outcome({}, { id, variant });
  return recordBoot({ outcome: of, raw, scenario: scenario(more), tool: 't' });
}

const sampled = (records: readonly BootRecord[], more: object = {}) =>
  sampleRun({ run: run(), scenario: scenario(more), records });

const A = booted('0001-before', shown(400_000));
const B = booted(
  '0002-after',
  shown(300_000, `\nId=new.service\nInactiveExitTimestampMonotonic=${S}\nActiveEnterTimestampMonotonic=${2 * S}\n`),
);

describe('samples of a run', () => {
  it('exclude boots that the run did not plan, and name them', () => {
    const copy = { ...B, boot: { ...B.boot, id: '0099-after' } };
    const { boots, warnings } = sampleRun({
      run: run([A.boot, B.boot]),
      scenario: scenario({}),
      records: [A, B, copy],
    });
    expect(boots.map(({ id }) => id)).toEqual(['0001-before', '0002-after']);
    expect(warnings).toContain('boots/0099-after is not in the plan of run.json and does not count.');
  });

  it('say how often bench requested a machine again', () => {
    const again = { ...B, machine: { ...B.machine, attempts: 3 } };
    expect(sampled([A, again]).boots.map(({ repeats }) => repeats)).toEqual([undefined, 2]);
  });

  it('say how long the cloud made a machine wait', () => {
    const waited = { ...B, machine: { ...B.machine, throttledMs: 1_200_000 } };
    expect(sampled([A, waited]).boots.map(({ throttledUs }) => throttledUs)).toEqual([undefined, 1_200_000_000]);
  });

  it('declare the gates first, then the controls, then all metrics of any boot', () => {
    const gates = { 'boot.target': { minimumEffect: '1%', floor: '5ms', equivalenceMargin: '2%', slow: '12s' } };
    const { metrics } = sampled([A, B], { gates, controls: ['boot.kernel'] });
    expect(metrics.map(({ id }) => id)).toEqual(['boot.target', 'boot.kernel', 'unit.new.service', 'unit.ssh.service']);
    expect(metrics[0]).toMatchObject({
      gate: true,
      minimumEffect: 0.01,
      floorUs: 5000,
      equivalenceMargin: 0.02,
      slowUs: 12 * S,
    });
    expect(metrics[1]).toMatchObject({ gate: false, control: true });
  });

  it('gate the ready metric where the scenario names no gates', () => {
    const { metrics } = sampled([A], { ready: { metric: 'boot.target' } });
    expect(metrics.filter(({ gate }) => gate).map(({ id }) => id)).toEqual(['boot.target']);
  });

  it('fit their schema', () => {
    const samples = sampled([A, B]);
    expect(Samples.parse(JSON.parse(JSON.stringify(samples)))).toEqual(samples);
  });

  it('have a value or a reason for every metric of every boot', () => {
    const { boots, metrics } = sampled([A, B]);
    for (const { values } of boots) expect(Object.keys(values)).toEqual(metrics.map(({ id }) => id));
    expect(boots[0]?.values['unit.new.service']).toEqual({ missing: 'unit.new.service did not run in this boot' });
    expect(boots[1]?.values['unit.ssh.service']).toEqual({ us: 300_000, errorUs: 0 });
  });

  it('leave out units that took under a millisecond everywhere, and targets', () => {
    expect(Object.keys(sampled([A]).boots[0]?.values ?? {})).not.toContain('unit.quick.service');
    expect(Object.keys(sampled([A]).boots[0]?.values ?? {})).not.toContain('unit.multi-user.target');
  });

  it('have path items that add up to their metric', () => {
    const [boot] = sampled([A]).boots;
    const items = boot?.paths?.['boot.target'];
    expect(items?.map(({ item }) => item)).toContain('unit:ssh.service');
    expect(items?.reduce((sum, { us }) => sum + us, 0)).toBe(9 * S);
  });

  it('of a boot that failed are missing with its failure', () => {
    const failure = { stage: 'boot', code: 'panic', message: 'the kernel panicked', hint: '' };
    const failed = recordBoot({
      outcome: outcome({ outcome: 'failed', failure }, { id: '0003-after', variant: 'after' }),
      raw: new Map(),
      scenario: scenario(),
      tool: 't',
    });
    const [, boot] = sampled([A, failed]).boots;
    expect(boot).toMatchObject({ outcome: 'failed', failure: 'boot: the kernel panicked' });
    expect(boot?.values['boot.target']).toEqual({ missing: 'the boot failed: the kernel panicked' });
  });

  it('say of a boot without a machine that the environment was at fault', () => {
    const failure = { stage: 'create', code: 'AllocationFailed', message: 'no room', hint: '' };
    const without = recordBoot({
      outcome: outcome({ outcome: 'failed', failure }, { id: '0003-after', variant: 'after' }),
      raw: new Map(),
      scenario: scenario(),
      tool: 't',
    });
    expect(sampled([A, without]).boots[1]).toMatchObject({ failure: 'create: no room', infrastructure: true });
    // bench also understands the whole failure, as outcome.json has it.
    const { boots } = Samples.parse({ ...sampled([A]), boots: [{ ...sampled([without]).boots[0], failure }] });
    expect(boots[0]?.failure).toBe('create: no room');
  });

  it('do not gate a metric whose definition differs between the variants', () => {
    const step = (ms: number) =>
      `\nId=step.service\nInactiveExitTimestampMonotonic=${S}\nActiveEnterTimestampMonotonic=${S + ms}\n`;
    const of = (id: string, units: string) => booted(id, units);
    const records = [
      of('0001-before', shown(1)),
      of('0002-before', shown(1)),
      of('0003-after', shown(1, step(9000))),
      of('0004-after', shown(1, step(9000))),
    ];
    const { metrics, warnings } = sampled(records, { gates: { 'unit.step.service': null } });
    const how = 'only after has it: it was added, removed or renamed in before';
    expect(metrics[0]).toMatchObject({ id: 'unit.step.service', gate: false, moved: how });
    expect(warnings).toEqual([`unit.step.service is declared as a gate but is not judged: ${how}`]);
  });

  it('name planned boots that do not exist', () => {
    const planned = [A.boot, B.boot];
    const { warnings } = sampleRun({ run: run(planned), scenario: scenario(), records: [A] });
    expect(warnings).toEqual(['1 of 2 planned boots have no record: the run is incomplete']);
  });
});
