/**
 * Samples as CSV (RFC 4180): one row per boot and metric, for spreadsheets and data frames. If a spreadsheet would run a text
 * as a formula, the text gets a leading apostrophe, which spreadsheets do not show.
 */
import { plain } from '../escape.ts';
import type { ReportInput } from '../input.ts';

const HEAD = [
  'boot',
  'variant',
  'block',
  'boot_kind',
  'outcome',
  'broken',
  'metric',
  'gate',
  'us',
  'error_us',
  'missing',
];

export function renderCsv({ samples }: ReportInput): string {
  const rows = samples.boots.flatMap((boot) =>
    samples.metrics.map(({ id, gate }) => {
      const value = boot.values[id] ?? { missing: 'not in this boot' };
      const [us, errorUs, missing] = 'us' in value ? [value.us, value.errorUs, ''] : ['', '', value.missing];
      const { id: name, variant, block, bootKind, outcome, broken } = boot;
      return [name, variant, block ?? '', bootKind, outcome, broken.length, id, gate, us, errorUs, missing];
    }),
  );
  return [HEAD, ...rows].map((cells) => `${cells.map(cell).join(',')}\r\n`).join('');
}

function cell(value: string | number | boolean): string {
  if (typeof value !== 'string') return String(value);
  const text = plain(value).replace(/^[=+\-@]/, "'$&");
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
