/** Commands for an existing run: what it means, its pages, and runs of others. */
import { type CommandSpec, lazy, option, required, wholeNumber } from '../command.ts';
import { KEEP_SECRETS, OPEN, OUT, REQUIRE_VERDICT } from './shared.ts';

export const RESULTS: readonly CommandSpec[] = [
  {
    name: 'record',
    args: '<boot-or-run>',
    summary: 'read the raw artifacts of one boot, or of all boots of a run, again',
    options: [
      option('--explain <metric>', 'trace the number to the lines of raw files it comes from'),
      option('--json', 'print the records as JSON'),
    ],
    examples: ['bench record reports/sample/boots/0001-after --explain boot.userspace'],
    action: lazy(() => import('../commands/record.ts')),
  },
  {
    name: 'compare',
    args: '<run> [other]',
    summary: 'compare the variants of a run, or two runs',
    description: 'compare the variants of a run, or two runs; a folder needs only a samples.json',
    options: [
      option('--report', 'also write the page: report.html of the run, or comparison.html in this folder for two runs'),
      option('--out <file>', 'where to write the page (with --report)'),
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
      option('--from-raw', 'first read the raw artifacts again and derive everything else from them'),
      option('--history <where>', 'report the false-alarm rate of the A/A runs in this history'),
      option('--profile <run>', 'also show the profile in this folder'),
      option('--json', 'print the verdict and the files written, as JSON'),
    ],
    examples: ['bench report reports/sample --from-raw'],
    action: lazy(() => import('../commands/report.ts')),
  },
  {
    name: 'comment',
    args: '<run...>',
    summary: 'post the result to its pull request, or print it',
    description:
      'post the result to its pull request (GitHub, Azure DevOps) and to the page of the CI job. Outside a pull request it prints the Markdown. Several runs share one comment',
    options: [
      option('--repo <owner/name>', 'repository (default: that of the job)'),
      option('--pr <number>', 'pull request (default: from the event of the job)', wholeNumber),
      option('--report-url <url>', 'address of the report (default: the page of the job)'),
      option('--check', 'also post a check run, with annotations on the scenario'),
      option('--only-failures', 'comment only if a gate fails; an earlier comment is still updated'),
      option('--print', 'print it without posting'),
      option('--json', 'print the posts as JSON'),
    ],
    examples: ['bench comment reports/sample --print'],
    onInterruption: 'stopping',
    action: lazy(() => import('../commands/comment.ts')),
  },
  {
    name: 'export',
    args: '<run>',
    summary: 'convert a run for other programs: traces, tables, test reports',
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
    summary: 'make a run from artifacts or logs gathered elsewhere: files, folders, .zip, .tgz',
    options: [
      option('--map <file>', 'YAML file that assigns machines to variants'),
      OUT,
      KEEP_SECRETS,
      option('--json', 'print the run, its comparison and the skipped files as JSON'),
    ],
    examples: ['bench import machines/before machines/after'],
    action: lazy(() => import('../commands/import.ts')),
  },
  {
    name: 'merge',
    args: '<shard...>',
    summary: 'merge the shards of one run',
    options: [required('--out <folder>', 'folder of the merged run'), option('--json', 'print comparison.json')],
    examples: ['bench merge shard-1 shard-2 --out reports/runs/whole'],
    action: lazy(() => import('../commands/merge.ts')),
  },
];
