/**
 * A run of real nodes, before and after the seed change, through the real commands. Tests how a broken expectation affects a boot, and how
 * bench reports metrics whose meaning the change altered.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { extract } from 'tar';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { BootRecord } from '../../src/model/boot.ts';
import type { Comparison } from '../../src/model/comparison.ts';
import { toJson } from '../../src/model/json.ts';
import type { Samples } from '../../src/model/samples.ts';
import type { Evidence } from '../../src/model/timeline.ts';
import { bench as runBench } from '../support/bench.ts';

let folder: string;
beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'bench-node-run-'));
  await extract({ file: 'test/fixtures/runs/local-deferral.tgz', cwd: folder });
});
afterEach(() => rmSync(folder, { recursive: true }));

const bench = (...args: string[]) => runBench(args);
const read = <T>(...names: string[]): T => JSON.parse(readFileSync(path.join(folder, ...names), 'utf8')) as T;

/** As if the scenario of the run had these keys. */
function withScenario(keys: object): void {
  const run = read<{ scenario: object }>('run.json');
  const scenario = { ...run.scenario, ...keys };
  const scenarioSha256 = createHash('sha256').update(toJson(scenario)).digest('hex');
  writeFileSync(path.join(folder, 'run.json'), toJson({ ...run, scenario, scenarioSha256 }));
}

describe('a metric whose definition differs between the variants', () => {
  test('carries a note in the comparison and the report, and does not gate, although the scenario declares it as a gate', async () => {
    withScenario({ gates: { 'cse.ensureContainerd': {}, 'boot.kernel': {} }, controls: [] });
    expect((await bench('report', folder)).status).toBe(0);
    const how =
      'in before it waits until containerd.service is up, in after it ends earlier: the work moved out of it and was not saved';
    const compared = await bench('compare', folder, '--json');
    const { metrics, warnings } = JSON.parse(compared.stdout) as Comparison;
    const row = metrics.find(({ metric }) => metric === 'cse.ensureContainerd');
    expect(row).toMatchObject({ gate: false, verdict: 'inconclusive', failsGate: false });
    expect(row?.warnings).toContainEqual({
      code: 'definition-moved',
      text: `Not judged because its definition differs: ${how}.`,
    });
    expect(warnings).toContainEqual({
      code: 'samples',
      text: `cse.ensureContainerd is declared as a gate but is not judged: ${how}`,
    });
    expect(metrics.filter(({ gate }) => gate).map(({ metric }) => metric)).toEqual(['boot.kernel']);
    expect(read<Samples>('samples.json').metrics.find(({ id }) => id === 'cse.ensureContainerd')?.moved).toBe(how);
    const report = readFileSync(path.join(folder, 'report.html'), 'utf8');
    expect(report).toContain(`Not judged because its definition differs: ${how}.`);
    expect(report).toContain('definition differs</span>');
    expect(compared.status).toBe(0);
  });
});

const MARKERS = {
  here: { unit: 'kubelet.service', match: 'Successfully registered node' },
  gone: { unit: 'kubelet.service', match: 'no such line' },
};

const UNITS = 'raw/systemd/units.show';

/** Text of the evidence: the line, or everything that systemctl showed of the unit on that line. */
function shown(boot: string, { file, line }: Evidence): string {
  const lines = readFileSync(path.join(folder, 'boots', boot, file), 'utf8').split('\n');
  if (file !== UNITS) return lines[line - 1] ?? '';
  const end = lines.indexOf('', line - 1);
  return lines.slice(lines.lastIndexOf('', line - 1) + 1, end < 0 ? undefined : end).join('\n');
}

/** The expectations of the node's scenario; then the opposite of each, and the content of the line that shows it. */
const HELD = [
  { unit: 'kubelet.service', is: 'active' },
  { unit: 'kubelet.service', restarts: 0 },
  { unit: 'containerd.service', inImage: 'disabled' },
  { failedUnits: 0 },
  { task: 'configureK8s', startsBefore: 'kubelet.start' },
  { task: 'ensureNoDupOnPromiscuBridge', startsAfter: 'kubelet.start' },
  { file: '/opt/bin/kubelet', mode: '0755', owner: 'root' },
  { exitCode: 0 },
  { marker: 'here' },
];
const VIOLATED: readonly (readonly [object, RegExp])[] = [
  [{ unit: 'kubelet.service', is: 'inactive' }, /^Id=kubelet\.service$/m],
  [{ unit: 'containerd.service', inImage: 'enabled' }, /^Id=containerd\.service$/m],
  [{ task: 'configureK8s', startsAfter: 'kubelet.start' }, /"AKS\.CSE\.configureK8s"/],
  [{ task: 'ensureNoDupOnPromiscuBridge', startsBefore: 'kubelet.start' }, /"AKS\.CSE\.ensureNoDupOnPromiscuBridge"/],
  [{ file: '/opt/bin/kubelet', mode: '0700' }, /\/opt\/bin\/kubelet/],
  [{ file: '/opt/bin/kubelet', owner: 'azureuser' }, /\/opt\/bin\/kubelet/],
  [{ exitCode: 50 }, /"AKS\.CSE\.cse_start"/],
];

const bootsOf = (variant: string) => readdirSync(path.join(folder, 'boots')).filter((boot) => boot.endsWith(variant));

/** For the candidate alone: the counts of the comparison, and the exit code of the command. */
async function outcomeWith(expect: readonly object[]) {
  withScenario({ expect: expect.map((claim) => ({ ...claim, of: 'after' })), markers: MARKERS });
  const { stdout, status } = await bench('compare', folder, '--json');
  const { verdict, counts } = JSON.parse(stdout) as Comparison;
  return { verdict, status, broken: counts.map(({ broken }) => broken) };
}

describe('expectations', () => {
  test('that hold leave the boots intact, and the gates decide the run', async () => {
    expect(await outcomeWith(HELD)).toEqual({ verdict: 'inconclusive', status: 0, broken: [0, 0] });
    for (const boot of bootsOf('after')) {
      const { expectations } = read<BootRecord>('boots', boot, 'record.json');
      expect(expectations.filter(({ held }) => held !== true)).toEqual([]);
      expect(expectations).toHaveLength(HELD.length + 1);
    }
  });

  test('that do not hold break the boots, each with the line that shows it', async () => {
    const claims = VIOLATED.map(([claim]) => claim);
    expect(await outcomeWith(claims)).toEqual({ verdict: 'broken', status: 1, broken: [0, 3] });
    for (const boot of bootsOf('after')) {
      const { expectations, broken } = read<BootRecord>('boots', boot, 'record.json');
      expect([broken.length, expectations.map(({ held }) => held)]).toEqual([claims.length, claims.map(() => false)]);
      for (const [i, [claim, pattern]] of VIOLATED.entries())
        expect(shown(boot, expectations[i]?.evidence ?? { file: '', line: 0 }), JSON.stringify(claim)).toMatch(pattern);
    }
  });

  test('break the boots when only one of them does not hold', async () => {
    const [[claim] = [{}]] = VIOLATED;
    expect(await outcomeWith([...HELD.slice(1), claim])).toEqual({ verdict: 'broken', status: 1, broken: [0, 3] });
  });

  test('break the boots when too many units failed or restarted', async () => {
    for (const boot of bootsOf('after')) {
      const file = path.join(folder, 'boots', boot, UNITS);
      const text = readFileSync(file, 'utf8');
      const blocks = text
        .split('\n\n')
        .map((block) =>
          /^Id=kubelet\.service$/m.test(block)
            ? block.replace(/^NRestarts=0$/m, 'NRestarts=2').replace(/^ActiveState=active$/m, 'ActiveState=failed')
            : block,
        );
      writeFileSync(file, blocks.join('\n\n'));
    }
    expect(await outcomeWith([{ failedUnits: 0 }, { unit: 'kubelet.service', restarts: 1 }])).toMatchObject({
      status: 1,
    });
    const [boot = ''] = bootsOf('after');
    expect(read<BootRecord>('boots', boot, 'record.json').broken).toEqual([
      'no unit failed: 1 failed: kubelet.service (success)',
      'kubelet.service restarted at most 1 times: kubelet.service restarted 2 times',
    ]);
  });

  test('of a missing marker breaks the boot', async () => {
    expect(await outcomeWith([{ marker: 'gone' }])).toMatchObject({ verdict: 'broken', status: 1 });
    const [boot = ''] = bootsOf('after');
    expect(read<BootRecord>('boots', boot, 'record.json').broken[0]).toMatch(/^marker gone is seen: /);
  });
});

test('each boot before the change exceeds the budget of the scenario, and each boot after it keeps it', async () => {
  const { budgets } = parse(readFileSync('scenarios/local-deferral.yaml', 'utf8')) as { budgets: object };
  withScenario({ budgets });
  expect((await bench('report', folder)).status).toBe(0);
  const samples = read<Samples>('samples.json');
  const [budget] = samples.budgets ?? [];
  const limitUs = budget !== undefined && 'limitUs' in budget ? budget.limitUs : Number.NaN;
  const over = (variant: string) =>
    samples.boots
      .filter((boot) => boot.variant === variant)
      .map(({ values: { 'cse.total': value } }) => value !== undefined && 'us' in value && value.us > limitUs);
  expect([over('before'), over('after')]).toEqual([
    [true, true, true],
    [false, false, false],
  ]);
  // Three blocks settle no budget; the scenario boots six. So the test adds the same boots again under other ids.
  const again = samples.boots.map((boot) => ({
    ...boot,
    id: `${boot.id}-again`,
    block: (boot.block ?? 0) + 3,
    machine: `${boot.machine}-again`,
  }));
  const six = { ...samples, boots: [...samples.boots, ...again] };
  const verdicts = async (candidates: string[], baseline: string) => {
    const held = mkdtempSync(path.join(tmpdir(), 'bench-held-'));
    const own = new Set([baseline, ...candidates]);
    writeFileSync(
      path.join(held, 'samples.json'),
      toJson({ ...six, baseline, candidates, boots: six.boots.filter(({ variant }) => own.has(variant)) }),
    );
    const { status, stdout } = await bench('compare', held, '--json');
    rmSync(held, { recursive: true });
    return [
      status,
      ...((JSON.parse(stdout) as Comparison).budgets ?? []).map(({ variant, verdict }) => `${variant} ${verdict}`),
    ];
  };
  expect(await verdicts(['after'], 'before')).toEqual([0, 'before exceeded', 'after within']);
  expect(await verdicts([], 'before')).toEqual([1, 'before exceeded']);
  expect(await verdicts([], 'after')).toEqual([0, 'after within']);
});
