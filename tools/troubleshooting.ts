/** docs/troubleshooting.md: what each code means and what to do, from the tables of the code. */
import { TABLE } from '../src/providers/azure/arm/error-table.ts';
import { FAILURES, type Meaning, WARNINGS } from '../src/stages/meanings.ts';
import { table } from './markdown.ts';

const codes = (meanings: Readonly<Record<string, Meaning>>): string =>
  table(
    ['code', 'meaning', 'what to do'],
    Object.entries(meanings).map(([code, { means, todo }]) => [`\`${code}\``, means, todo]),
  );

/** How bench reacts to an error of Azure. */
const ACTS = {
  stop: 'stops the run',
  move: 'tries the next size or zone',
  again: 'retries',
  result: 'counts the boot as failed',
} as const;

export function troubleshooting(): string {
  return `${[
    '# Troubleshooting',
    'This page is generated from the code by `npm run docs`.',
    '## First steps',
    '- `bench doctor` checks this computer; `bench doctor --scenario <name>` checks a subscription, a machine or your programs.\n- Every error says what failed, where, and what to do. `bench: a bug` asks you to report it with its text.\n- The report lists each failed boot with its code, its message and its console.',
    '## Failed boots',
    'The code is in `outcome.json` of the boot and in the report.',
    codes(FAILURES),
    '## Warnings of a comparison',
    'The code is in `comparison.json`.',
    codes(WARNINGS),
    '## Errors of Azure',
    'Other codes are shown as Azure sent them. What else fails once is a failed boot; what fails on the server is retried.',
    table(
      ['codes', 'meaning', 'bench', 'what to do'],
      TABLE.map((row) => [row.codes.map((code) => `\`${code}\``).join(', '), row.means, ACTS[row.act.kind], row.hint]),
    ),
  ].join('\n\n')}\n`;
}
