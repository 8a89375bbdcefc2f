import { describe, expect, it } from 'vitest';
import { measure } from '../../../src/metrics/measure.ts';
import { scenarioOf } from '../../../src/stages/derive/findings.ts';
import { recordBoot } from '../../../src/stages/derive/record.ts';
import { importBoots, importedScenario } from '../../../src/stages/import/boots.ts';
import { parseMapping } from '../../../src/stages/import/mapping.ts';

const [FIRST, LAST] = ['1'.repeat(32), '2'.repeat(32)];
const START_US = 1_785_568_000_000_000;

/** The messages of two boots when they were up: 2 s of kernel in the first, 3 s in the last. */
const BOOTS = [
  { id: FIRST, atUs: START_US, kernel: 2 },
  { id: LAST, atUs: START_US + 3_600_000_000, kernel: 3 },
];
const said = (kernel: number) =>
  `Startup finished in ${kernel}.000s (kernel) + 1.000s (userspace) = ${kernel + 1}.000s.`;
const fields = ({ id, atUs, kernel }: (typeof BOOTS)[number]) => ({
  __REALTIME_TIMESTAMP: String(atUs),
  __MONOTONIC_TIMESTAMP: String((kernel + 1) * 1e6),
  _BOOT_ID: id,
  SYSLOG_IDENTIFIER: 'systemd',
  _PID: '1',
  MESSAGE: said(kernel),
});
const eachBoot = (form: (boot: (typeof BOOTS)[number]) => string) => BOOTS.map(form).join('');
const hex = (us: number) => us.toString(16);

const FORMS: Readonly<Record<string, string>> = {
  json: eachBoot((boot) => `${JSON.stringify(fields(boot))}\n`),
  'json-pretty': eachBoot((boot) => `${JSON.stringify(fields(boot), null, '\t')}\n`),
  'json-seq': eachBoot((boot) => `\u001e${JSON.stringify(fields(boot))}\n`),
  'json-sse': eachBoot((boot) => `data: ${JSON.stringify(fields(boot))}\n\n`),
  export: eachBoot(
    (boot) =>
      `${Object.entries(fields(boot))
        .map((pair) => `${pair.join('=')}\n`)
        .join('')}\n`,
  ),
  verbose: eachBoot(
    (boot) =>
      `Sat 2026-08-01 07:06:40.000000 UTC [s=0a;i=1;b=${boot.id};m=${hex((boot.kernel + 1) * 1e6)};t=${hex(boot.atUs)};x=ab]\n` +
      Object.entries(fields(boot))
        .slice(2)
        .map((pair) => `    ${pair.join('=')}\n`)
        .join(''),
  ),
  short: eachBoot(({ id, kernel }) => `-- Boot ${id} --\nAug 01 07:06:44 node1 systemd[1]: ${said(kernel)}\n`),
  'short-monotonic': eachBoot(
    ({ id, kernel }) => `-- Boot ${id} --\n[    ${kernel + 1}.000000] node1 systemd[1]: ${said(kernel)}\n`,
  ),
};

const file = (path: string, text: string) => ({ path, bytes: new TextEncoder().encode(text) });

function kernelOf(imported: ReturnType<typeof importBoots>): unknown[] {
  const scenario = scenarioOf({ scenario: importedScenario(imported) });
  return imported.boots.map(({ outcome, artifacts }) => {
    const raw = new Map([...artifacts].map(([path, { bytes }]) => [path, bytes]));
    const measured = measure('boot.kernel', recordBoot({ outcome, raw, scenario, tool: 't' }));
    return measured.kind === 'measured' ? measured.valueUs : measured.reason;
  });
}

const asked = (bootId: string) => parseMapping(`variants: {before: ["*"]}\nbootId: ${bootId}\n`, 'm.yaml');

describe.each(Object.entries(FORMS))('of a journal of two boots as %s', (_, journal) => {
  it('bench reads the last', () => {
    expect(kernelOf(importBoots([file('x/journal.txt', journal)]))).toEqual([3_000_000]);
  });

  it('a mapping may request the other', () => {
    expect(kernelOf(importBoots([file('x/journal.txt', journal)], asked(`"${FIRST}"`)))).toEqual([2_000_000]);
  });
});

it('files beside the journal belong to its last boot, and bench skips them where a mapping requests another', () => {
  const files = [file('x/journal.txt', FORMS.json ?? ''), file('x/blame.txt', '5.000s a.service\n')];
  const first = importBoots(files, asked(`"${FIRST}"`));
  expect([...(first.boots[0]?.artifacts.keys() ?? [])]).toEqual(['journal/boot.jsonl']);
  expect(first.warnings.join()).toContain('is not its last; 1 files of another boot are skipped');
  const last = importBoots(files, asked(`["${'3'.repeat(32)}", "${LAST}"]`));
  expect([...(last.boots[0]?.artifacts.keys() ?? [])]).toHaveLength(2);
});

it('bench reports a boot that no journal has, with those that it has', () => {
  const { warnings } = importBoots([file('x/journal.txt', FORMS.verbose ?? '')], asked(`"${'3'.repeat(32)}"`));
  expect(warnings.join()).toContain(`it has ${FIRST}, ${LAST}`);
});
