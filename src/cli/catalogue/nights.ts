/** Commands for many runs: histories, their trends, and how often a verdict is chance. */
import { type CommandSpec, lazy, option, required, settings, wholeNumber } from '../command.ts';
import { BOOTS, OPEN, OUT, PRECISION, REQUIRE_VERDICT, SCENARIO } from './shared.ts';

const SEED = option('--seed <n>', 'random seed (default: from the time)', wholeNumber);

export const NIGHTS: readonly CommandSpec[] = [
  {
    name: 'history add',
    args: '<run>',
    summary: 'add the line of an existing run, e.g. one merged from shards',
    options: [
      required(
        '--history <where>',
        'a folder, git:<remote>#<branch>[/<folder>], or the https address of a container in Azure Blob Storage',
      ),
      option('--link <address>', 'address of the run, for readers of the history'),
    ],
    examples: ['bench history add reports/runs/whole --history nightly'],
    onInterruption: 'stopping',
    action: lazy(() => import('../commands/history.ts')),
  },
  {
    name: 'history prune',
    summary: 'delete the lines of old nights',
    options: [
      required('--history <where>', 'a folder, or git:<remote>#<branch>[/<folder>]'),
      option('--keep-days <n>', 'number of nights to keep', { default: { value: 730 }, ...wholeNumber }),
      option('--yes', 'delete them (default: only count them)'),
    ],
    examples: ['bench history prune --history nightly --keep-days 365'],
    onInterruption: 'stopping',
    action: lazy(() => import('../commands/history-prune.ts')),
  },
  {
    name: 'trend',
    args: '<history>',
    summary: 'write trend.html: what changed over the nights, since when, and with which image',
    options: [
      option('--out <file>', 'the page (default: trend.html in the history, or here)'),
      OPEN,
      option('--json', 'print series and changes as JSON'),
    ],
    examples: ['bench trend nightly --open'],
    action: lazy(() => import('../commands/trend.ts')),
  },
  {
    name: 'confirm',
    args: '<history> <change>',
    summary: 'boot the images before and after a trend change and compare them',
    options: [
      option('--bisect', 'also search the versions around it for the pair that brackets the change'),
      option(SCENARIO, 'scenario, if the name in the history does not find it'),
      settings,
      BOOTS,
      PRECISION,
      SEED,
      option('--link <address>', 'address of the run, for readers of the history'),
      OUT,
      REQUIRE_VERDICT,
      option('--json', 'print the result as JSON'),
    ],
    examples: ['bench confirm nightly 2026-07-04 --bisect'],
    onInterruption: 'shutting down machines',
    action: lazy(() => import('../commands/confirm.ts')),
  },
  {
    name: 'alert',
    args: '<history>',
    summary: 'announce confirmed changes, once each',
    description:
      'announce each confirmed change once, as an issue and to a webhook. The issue is closed when the change is gone. Inconclusive changes are not announced',
    options: [
      option('--webhook <url>', 'also post them as JSON (signed with BENCH_WEBHOOK_SECRET, if set)'),
      option('--webhook-format <format>', 'bench (JSON), slack or teams (default: from the address)'),
      option('--repo <owner/name>', 'repository for issues (default: that of the job)'),
      option('--dry-run', 'print the announcements without sending them'),
      option('--json', 'print it as JSON'),
    ],
    examples: ['bench alert nightly --dry-run'],
    onInterruption: 'stopping',
    action: lazy(() => import('../commands/alert.ts')),
  },
  {
    name: 'calibrate',
    args: '<folder>',
    summary: 'estimate the false-alarm rate of the gates from the A/A runs in a folder',
    options: [option('--json', 'print it as JSON')],
    examples: ['bench calibrate reports/runs'],
    action: lazy(() => import('../commands/calibrate.ts')),
  },
];
