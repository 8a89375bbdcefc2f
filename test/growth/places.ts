/** Cases beyond the reading of one boot: imports, archives, comparisons, pages, trends, YAML. */
import { zipSync } from 'fflate';
import { renderComment } from '../../src/render/comment.ts';
import { renderReport } from '../../src/render/report.ts';
import { renderTrend } from '../../src/render/trend/page.ts';
import { recordBoot } from '../../src/stages/derive/record.ts';
import { sampleRun } from '../../src/stages/derive/sample.ts';
import { trendOf } from '../../src/stages/history/trend.ts';
import { importBoots, importedScenario } from '../../src/stages/import/boots.ts';
import { compareSamples } from '../../src/statistics/compare.ts';
import { Budget } from '../../src/store/archives/budget.ts';
import { readTar } from '../../src/store/archives/tar.ts';
import { readZip } from '../../src/store/archives/zip.ts';
import { parseLines } from '../../src/store/history/lines.ts';
import { parseYaml } from '../../src/store/yaml-tree.ts';
import { tar } from '../hostile/kinds/archives.ts';
import { metricLine, nightsFrom, runLine } from '../support/history-lines.ts';
import { SYNTHETIC_SCENARIO, syntheticBoot, syntheticOutcome } from '../support/synthetic-boot.ts';
import { type SyntheticOptions, syntheticRun } from '../support/synthetic-run.ts';
import type { Growth } from './measure.ts';

const encoder = new TextEncoder();
const TIME = 'Startup finished in 1.0s (kernel) + 2.0s (userspace) = 3.0s\n';

const files = (n: number, of: (index: number) => readonly [path: string, text: string]) =>
  Array.from({ length: n }, (_, index) => {
    const [path, text] = of(index);
    return { path, bytes: encoder.encode(text) };
  });

const imported = (name: string, of: (index: number) => readonly [path: string, text: string]): Growth => ({
  name: `import, ${name}`,
  of: (n) => {
    const given = files(n, of);
    return () => importBoots(given);
  },
});

/** A bundle with one text of n parts. */
const text = (name: string, of: (n: number) => string): Growth => ({
  name: `import, a text: ${name}`,
  of: (n) => {
    const given = [{ path: 'notes.txt', bytes: encoder.encode(of(n)) }];
    return () => importBoots(given);
  },
});

const parts = (n: number, of: (index: number) => string) => Array.from({ length: n }, (_, i) => of(i)).join('\n');

const page = (
  name: string,
  of: (n: number) => SyntheticOptions,
  render: (run: ReturnType<typeof syntheticRun>) => unknown,
  from: number,
): Growth => ({
  name,
  from,
  of: (n) => {
    const run = syntheticRun({ deferred: true, ...of(n) });
    return () => render(run);
  },
});

const history = (nights: number, metrics: number) =>
  nightsFrom('2000-01-01', nights).map((night, index) =>
    runLine(night, {
      metrics: Array.from({ length: metrics }, (_, m) =>
        metricLine(
          `unit.u${m}.service`,
          (index > nights / 2 ? 0.1 : 0) + (((index * 7919 + m * 104_729) % 1000) - 500) / 20_000,
        ),
      ),
    }),
  );

export const places: readonly Growth[] = [
  imported('machines in folders', (i) => [`logs/${i % 2 ? 'before' : 'after'}/n${i}/time.txt`, TIME]),
  imported('machines by names of files', (i) => [`logs/before-node${i}-time.txt`, TIME]),
  imported('folders within folders', (i) => [`logs/${'a/'.repeat(i % 50)}n${i}/time.txt`, TIME]),
  imported('files of one machine', (i) => [`logs/var/log/azure/events/${i}.json`, '{"TaskName":"AKS.CSE.x"}']),
  imported('files that say nothing', (i) => [`logs/noise/${i}.txt`, 'nothing\n']),
  text('summaries', (n) => parts(n, (i) => `Startup finished in 1.${i}s (kernel) + 2.0s (userspace) = 3.${i}s`)),
  text('braces', (n) => parts(n, () => '{ "a":')),
  text('open braces', (n) => parts(n, () => '{')),
  text('open brackets and strings', (n) => parts(n, () => '["a')),
  text('lines of JSON', (n) => parts(n, (i) => `{"a": ${i}, "log": "x"}`)),
  text('prompts', (n) => parts(n, () => '$ systemd-analyze blame')),
  text('units of blame and prose', (n) => parts(n, (i) => (i % 2 ? `${i}ms unit-${i}.service` : 'what is this'))),
  text('a journal', (n) =>
    parts(n, (i) => `Aug 01 07:14:${String(i % 60).padStart(2, '0')}.000000 n1 systemd[1]: Started unit-${i}.service.`),
  ),
  text('escapes', (n) => parts(n, (i) => `\\"Startup finished in 1s\\n ${i}\\\\`)),
  text('quoted', (n) => parts(n, (i) => `> > ${i}ms unit-${i}.service`)),
  text('quoted-printable', (n) => parts(n, (i) => `=20${i}=3Dms unit-=\n${i}.service=20`)),
  text('wrapped lines', (n) => parts(n, (i) => `${i}ms\n  unit-${i}\n.service`)),
  text('headings', (n) => parts(n, (i) => `## node ${i}\n\`\`\`\n${i}ms a.service\n\`\`\``)),
  {
    name: 'a zip of many entries',
    of: (n) => {
      const bytes = Buffer.from(
        zipSync(Object.fromEntries(Array.from({ length: n }, (_, i) => [`n/${i}.txt`, encoder.encode(`x${i}`)]))),
      );
      return () => readZip('a.zip', bytes, new Budget());
    },
    to: 60_000,
  },
  {
    name: 'a tar of many entries',
    of: (n) => {
      const bytes = tar(Array.from({ length: n }, (_, i) => ({ name: `n/${i}.txt`, content: `x${i}` })));
      return () => readTar('a.tar', bytes, new Budget());
    },
    to: 60_000,
  },
  {
    name: 'samples of many boots',
    from: 10,
    of: (n) => {
      const { raw } = syntheticBoot({ units: 50, journalLines: 50, tasks: 10 }, 1);
      const { boot, ...record } = recordBoot({
        outcome: syntheticOutcome('0001-before'),
        raw,
        scenario: SYNTHETIC_SCENARIO,
        tool: 'bench',
      });
      const records = Array.from({ length: n }, (_, i) => ({
        ...record,
        boot: { ...boot, id: `${i}-before`, variant: i % 2 ? 'before' : 'after', machine: `m${i}` },
      }));
      const run = {
        schema: 'bench/run@1' as const,
        id: 'x',
        tool: 'bench',
        createdAt: '2026-01-01T00:00:00Z',
        scenario: importedScenario({ name: 'x', variants: ['before', 'after'] }),
        scenarioSha256: '0'.repeat(64),
        seed: 1,
        blocks: [],
        facts: { provider: 'import' },
      };
      return () => sampleRun({ run, scenario: SYNTHETIC_SCENARIO, records });
    },
  },
  page(
    'compare, many metrics',
    (n) => ({ metrics: n, blocks: 12, records: false }),
    ({ samples }) => compareSamples(samples),
    100,
  ),
  page(
    'compare, many boots',
    (n) => ({ metrics: 40, blocks: n, records: false }),
    ({ samples }) => compareSamples(samples),
    20,
  ),
  page('the page, many metrics', (n) => ({ metrics: n, blocks: 4 }), renderReport, 100),
  page('the page, many boots', (n) => ({ metrics: 40, blocks: n }), renderReport, 20),
  page('the comment, many metrics', (n) => ({ metrics: n, blocks: 4 }), renderComment, 100),
  {
    name: 'the trend, many nights',
    from: 100,
    of: (n) => {
      const lines = history(n, 4);
      return async () => renderTrend(trendOf({ lines, damaged: [] }));
    },
  },
  {
    name: 'the trend, many metrics',
    from: 20,
    of: (n) => {
      const lines = history(60, n);
      return async () => renderTrend(trendOf({ lines, damaged: [] }));
    },
  },
  {
    name: 'the trend, nights years apart',
    from: 100,
    to: 9000,
    of: (n) => {
      const lines = history(n, 2).map((line, i) => ({ ...line, night: `${String(1 + i).padStart(4, '0')}-01-01` }));
      return async () => renderTrend(trendOf({ lines, damaged: [] }));
    },
  },
  {
    name: 'lines of a history',
    of: (n) => {
      const written = history(n, 4)
        .map((line) => JSON.stringify(line))
        .join('\n');
      return () => parseLines(written, 'history.jsonl');
    },
  },
  {
    name: 'keys of YAML',
    of: (n) => {
      const yaml = parts(n, (i) => `k${i}: ${i}`);
      return () => parseYaml(yaml, 'x.yaml');
    },
  },
];
