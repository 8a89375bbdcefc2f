/** Commands on a run that is there: what it means, what is shown of it, and runs of others. */
import { type CommandSpec, lazy, option, required, wholeNumber } from '../command.ts';
import { KEEP_SECRETS, OPEN, OUT, REQUIRE_VERDICT } from './shared.ts';

export const RESULTS: readonly CommandSpec[] = [
  {
    name: 'record',
    args: '<boot-or-run>',
    summary: 'read the raw artifacts of a boot (or of all boots of a run) again',
    options: [
      option('--explain <metric>', 'explain a number, line by line'),
      option('--json', 'print the records as JSON'),
    ],
    examples: ['bench record reports/sample/boots/0001-after --explain boot.userspace'],
    action: lazy(() => import('../commands/record.ts')),
  },
  {
    name: 'compare',
    args: '<run> [other]',
    summary: 'compare the variants of a run, or two runs',
    description: 'compare the variants of a run, or two runs; a folder needs to hold no more than a samples.json',
    options: [
      option('--report', 'write the page as well: report.html of the run, or comparison.html here where there are two'),
      option('--out <file>', 'the page, with --report'),
      REQUIRE_VERDICT,
      option('--json', 'print comparison.json'),
    ],
    examples: ['bench compare reports/sample', 'bench compare main/run pr/run --report'],
    action: lazy(() => import('../commands/compare.ts')),
  },
  {
    name: 'report',
    args: '<run>',
    summary: 'write report.html again',
    options: [
      OPEN,
      option('--from-raw', 'read the raw artifacts again first, and derive everything else from them'),
      option('--history <where>', 'state the false-alarm rate of the A/A runs in this history'),
      option('--profile <run>', 'show the profile in this folder, too'),
      option('--json', 'print the verdict and what was written, as JSON'),
    ],
    examples: ['bench report reports/sample --from-raw'],
    action: lazy(() => import('../commands/report.ts')),
  },
  {
    name: 'comment',
    args: '<run...>',
    summary: 'post the result to its pull request, or print it',
    description:
      'post the result to its pull request (GitHub, Azure DevOps) and to the page of the CI job, or print it (Markdown) where there is none; several runs make one comment',
    options: [
      option('--repo <owner/name>', 'default: that of the job'),
      option('--pr <number>', 'pull request (default: that of the event)', wholeNumber),
      option('--report-url <url>', 'where the report can be read (default: the page of the job)'),
      option('--check', 'also post a check run, with annotations on the scenario'),
      option('--only-failures', 'comment only when a gate fails; an earlier comment is kept up to date'),
      option('--print', 'print it, post nothing'),
      option('--json', 'print what was posted, as JSON'),
    ],
    examples: ['bench comment reports/sample --print'],
    onInterruption: 'stopping',
    action: lazy(() => import('../commands/comment.ts')),
  },
  {
    name: 'export',
    args: '<run>',
    summary: 'the run for other programs: traces, tables, test reports',
    options: [
      required('--format <format>', 'perfetto, otlp, csv, junit, benchstat, openmetrics, github-benchmark or bencher'),
      option('--out <file>', 'default: stdout'),
    ],
    examples: ['bench export reports/sample --format junit --out results.xml'],
    action: lazy(() => import('../commands/export.ts')),
  },
  {
    name: 'import',
    args: '<path...>',
    summary: 'make a run of artifacts or logs that others gathered: files, folders, .zip, .tgz',
    options: [
      option('--map <file>', 'YAML file that says which machine was of which variant'),
      OUT,
      KEEP_SECRETS,
      option('--json', 'print the run, its comparison and what was left out, as JSON'),
    ],
    examples: ['bench import machines/before machines/after'],
    action: lazy(() => import('../commands/import.ts')),
  },
  {
    name: 'merge',
    args: '<shard...>',
    summary: 'put the shards of one run together',
    options: [required('--out <folder>', 'folder of the whole run'), option('--json', 'print comparison.json')],
    examples: ['bench merge shard-1 shard-2 --out reports/runs/whole'],
    action: lazy(() => import('../commands/merge.ts')),
  },
];
