/** Commands on many runs: histories, their trends, and how often a verdict is chance. */
import { type CommandSpec, lazy, option, required, settings, wholeNumber } from '../command.ts';
import { BOOTS, OPEN, OUT, PRECISION, REQUIRE_VERDICT, SCENARIO } from './shared.ts';

const SEED = option('--seed <n>', 'seed of everything random (default: from the time)', wholeNumber);

export const NIGHTS: readonly CommandSpec[] = [
  {
    name: 'history add',
    args: '<run>',
    summary: 'add the line of a run that is there already, e.g. one merged from shards',
    options: [
      required(
        '--history <where>',
        'a folder, git:<remote>#<branch>[/<folder>], or the https address of a container in Azure Blob Storage',
      ),
      option('--link <address>', 'where the run can be looked at'),
    ],
    examples: ['bench history add reports/runs/whole --history nightly'],
    onInterruption: 'stopping',
    action: lazy(() => import('../commands/history.ts')),
  },
  {
    name: 'history prune',
    summary: 'delete lines of nights that are old enough',
    options: [
      required('--history <where>', 'a folder, or git:<remote>#<branch>[/<folder>]'),
      option('--keep-days <n>', 'nights that are kept', { default: { value: 730 }, ...wholeNumber }),
      option('--yes', 'delete them; without it, they are only counted'),
    ],
    examples: ['bench history prune --history nightly --keep-days 365'],
    onInterruption: 'stopping',
    action: lazy(() => import('../commands/history-prune.ts')),
  },
  {
    name: 'trend',
    args: '<history>',
    summary: 'what changed over the nights: trend.html, since when and with which image',
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
    summary: 'boot the images before and after a change of the trend against each other',
    options: [
      option('--bisect', 'also search the versions around it for the two between which it lies'),
      option(SCENARIO, "the scenario, where it is not found under the history's name for it"),
      settings,
      BOOTS,
      PRECISION,
      SEED,
      option('--link <address>', 'where the run can be looked at'),
      OUT,
      REQUIRE_VERDICT,
      option('--json', 'print the outcome as JSON'),
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
      'announce changes that booting both images confirmed, once each: an issue, closed when the change is gone, and a webhook. Inconclusive changes are not announced',
    options: [
      option('--webhook <url>', 'also post them as JSON (signed with BENCH_WEBHOOK_SECRET, if set)'),
      option('--webhook-format <format>', 'bench (JSON), slack or teams (default: from the address)'),
      option('--repo <owner/name>', 'where issues are opened (default: that of the job)'),
      option('--dry-run', 'print the announcements, send none'),
      option('--json', 'print it as JSON'),
    ],
    examples: ['bench alert nightly --dry-run'],
    onInterruption: 'stopping',
    action: lazy(() => import('../commands/alert.ts')),
  },
  {
    name: 'calibrate',
    args: '<folder>',
    summary: 'false-alarm rate of the gates, from the A/A runs in a folder',
    options: [option('--json', 'print it as JSON')],
    examples: ['bench calibrate reports/runs'],
    action: lazy(() => import('../commands/calibrate.ts')),
  },
];
