import { describe, expect, it } from 'vitest';
import { Samples } from '../../../src/model/samples.ts';
import { importBoots } from '../../../src/stages/import/boots.ts';
import { parseMapping } from '../../../src/stages/import/mapping.ts';
import { compareSamples } from '../../../src/statistics/compare.ts';

const encoder = new TextEncoder();
const file = (path: string, text: string) => ({ path, bytes: encoder.encode(text) });
const SUMMARY = 'Startup finished in 2.341s (kernel) + 1.085s (userspace) = 3.426s\n';
const entry = (boot: string, at: number) =>
  `{"__REALTIME_TIMESTAMP":"17500000${at}","__MONOTONIC_TIMESTAMP":"${at}","_BOOT_ID":"${boot.repeat(32)}","MESSAGE":"x"}\n`;
const machines = (files: Parameters<typeof importBoots>[0], mapping?: string) =>
  importBoots(files, mapping === undefined ? undefined : parseMapping(mapping, 'm.yaml')).boots.map(
    ({ outcome }) => outcome.boot.machine,
  );

describe('one machine stays one machine', () => {
  it('whatever folders a bundle has, and however many of its files quote the same', () => {
    const result = '{"ExitCode": "0", "ExecDuration": "10"}';
    expect(
      machines([
        file('b/var/log/azure/aks/provision.json', result),
        file('b/var/lib/waagent/waagent_status.json', JSON.stringify({ message: `[stdout]\n${result}` })),
        file('b/collect/systemd-analyze.txt', SUMMARY),
        file('b/notes.txt', SUMMARY),
      ]),
    ).toEqual(['b']);
  });

  it('and a boot with two copies counts once, by its id', () => {
    const files = [file('x/a/boot.jsonl', entry('1', 10)), file('x/b/boot.jsonl', entry('1', 10))];
    const { boots, warnings } = importBoots(files);
    expect(boots.map(({ outcome }) => outcome.boot.machine)).toEqual(['x/a']);
    expect(warnings).toContain('x/b is the same boot as x/a; it counts once.');
  });

  it('unless folders or names side by side indicate otherwise', () => {
    expect(machines([file('x/n1/t.txt', SUMMARY), file('x/n2/t.txt', SUMMARY)])).toEqual(['x/n1', 'x/n2']);
    expect(machines([file('x/web1-time.txt', SUMMARY), file('x/web2-time.txt', SUMMARY)])).toHaveLength(2);
  });

  it('or a mapping names the files of one machine, the boot to read, and the gates', () => {
    const files = [
      file('x/p.txt', SUMMARY),
      file('x/q.txt', SUMMARY),
      file('x/boot.jsonl', entry('1', 10) + entry('2', 20)),
    ];
    const mapping = `variants: {before: ["node7"]}\nmachines: {node7: ["x/*"]}\nbootId: "${'1'.repeat(32)}"\ngates: {boot.target: null}\n`;
    const { boots, gates } = importBoots(files, parseMapping(mapping, 'm.yaml'));
    expect(boots.map(({ outcome }) => outcome.boot.machine)).toEqual(['node7']);
    const journal = new TextDecoder().decode(boots[0]?.artifacts.get('journal/boot.jsonl')?.bytes);
    expect(journal).toContain('1'.repeat(32));
    expect(journal).not.toContain('2'.repeat(32));
    expect(gates).toEqual({ 'boot.target': null });
  });
});

it('a text with several boots gives as many, and output in between belongs to the boot of the same request', () => {
  const text = `5ms a.service\n${SUMMARY}\n6ms b.service\n${SUMMARY.replace('2.341', '3.341')}`;
  const { boots } = importBoots([file('x/o.txt', text)]);
  expect(boots.map(({ artifacts }) => [...artifacts.values()].map(({ from }) => from))).toEqual([
    ['x/o.txt:1-1', 'x/o.txt:2-2'],
    ['x/o.txt:4-4', 'x/o.txt:5-5'],
  ]);
});

it('bench describes samples of one variant, and reports no comparison', () => {
  const samples = Samples.parse({
    schema: 'bench/samples@1',
    scenario: 'imported',
    baseline: 'imported',
    candidates: [],
    metrics: [{ id: 'boot.target', unit: 'us' }],
    boots: [
      {
        id: '0001-imported',
        variant: 'imported',
        block: null,
        machine: 'm',
        bootKind: 'first',
        outcome: 'booted',
        broken: [],
        values: { 'boot.target': { us: 3_342_000, errorUs: 1_000 } },
      },
    ],
  });
  const { verdict, result, warnings, metrics, descriptions = [] } = compareSamples(samples);
  expect([verdict, result]).toEqual(['inconclusive', 'unjudged']);
  expect([warnings, metrics]).toEqual([[], []]);
  expect(descriptions.map(({ metric, n, quantiles: [median] }) => [metric, n, median?.estimateUs])).toEqual([
    ['boot.target', 1, 3_342_000],
  ]);
});
