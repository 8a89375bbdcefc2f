/**
 * A history as text: one JSON object a line. What cannot be read is reported with its file and line, and skipped: one torn line
 * must not cost the others. Lines of older schemas are brought up to date as they are read; nothing is ever rewritten.
 */

import { type HistoryContent, HistoryLine } from '../../model/history.ts';
import { isObject, jsonOrUndefined } from '../../model/json.ts';
import { withoutSecrets } from '../../model/secrets.ts';

/** By schema, what makes a line of it one of the next schema; the newest has none. */
export type Migrations = Readonly<Record<string, ((line: Record<string, unknown>) => unknown) | undefined>>;

const MIGRATIONS: Migrations = { 'bench/history@1': undefined };

/** More steps than there will ever be versions: a migration that leads back to itself ends. */
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

/** A text without the lines that are not to be kept, to the byte. What cannot be read stays: its content is not known. */
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
