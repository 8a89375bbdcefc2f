/**
 * A history as text: one JSON object a line. Bench reports a line that it cannot read, with file and line, and skips it: one torn line must
 * not cost the others. It converts lines of older schemas while reading, and never rewrites anything.
 */

import { type HistoryContent, HistoryLine } from '../../model/history.ts';
import { isObject, jsonOrUndefined } from '../../model/json.ts';
import { withoutSecrets } from '../../model/secrets.ts';

/** Converts a line of each schema into one of the next schema; the newest has no entry. */
export type Migrations = Readonly<Record<string, ((line: Record<string, unknown>) => unknown) | undefined>>;

const MIGRATIONS: Migrations = { 'bench/history@1': undefined };

/** More steps than there will ever be versions: stops a migration that leads back to itself. */
const MOST_MIGRATIONS = 100;

/** One line, with its end. */
export const printLine = (line: HistoryLine): string => `${withoutSecrets(JSON.stringify(line))}\n`;

export function parseLines(text: string, file: string, migrations: Migrations = MIGRATIONS): HistoryContent {
  const lines: HistoryLine[] = [];
  const damaged: HistoryContent['damaged'][number][] = [];
  for (const [index, written] of text.split('\n').entries()) {
    if (written.trim() === '') continue;
    const read = parseLine(written, migrations);
    if ('problem' in read) damaged.push({ file, line: index + 1, problem: read.problem });
    else lines.push(read.line);
  }
  return { lines, damaged };
}

/** The text without the lines to delete, exact to the byte. Unreadable lines stay: their content is unknown. */
export function withoutLines(text: string, isKept: (line: HistoryLine) => boolean): string {
  return text.replaceAll(/^.+(\n|$)/gm, (written) => {
    const read = written.trim() === '' ? { problem: '' } : parseLine(written, MIGRATIONS);
    return 'problem' in read || isKept(read.line) ? written : '';
  });
}

function parseLine(text: string, migrations: Migrations): { line: HistoryLine } | { problem: string } {
  let value = jsonOrUndefined(text);
  if (value === undefined) return { problem: 'not valid JSON: it may have been cut off while being written' };
  for (let step = 0; step < MOST_MIGRATIONS; step++) {
    const schema = schemaOf(value);
    if (!Object.hasOwn(migrations, schema))
      return { problem: `of the schema "${schema}", which this version of bench does not know` };
    const migrate = migrations[schema];
    if (!migrate) break;
    value = migrate(value as Record<string, unknown>);
  }
  const parsed = HistoryLine.safeParse(value);
  if (parsed.success) return { line: parsed.data };
  const [issue] = parsed.error.issues;
  return { problem: `${issue?.path.join('.') || 'the line'}: ${issue?.message ?? 'unexpected content'}` };
}

const schemaOf = (value: unknown): string =>
  isObject(value) && 'schema' in value ? String(value.schema).slice(0, 60) : 'none';
