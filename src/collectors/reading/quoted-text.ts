/**
 * Texts inside texts: a command-line tool's answer is a string of a JSON object, an error message contains JSON with another
 * level of escapes, a log of JSON lines quotes a program's output. Finds each quoted text that may contain several lines, to
 * any sensible depth.
 */
import { isObject, jsonOrUndefined } from '../../model/json.ts';
import { jsonObjects } from './json-text.ts';

/** No known text has deeper nesting. */
const DEEPEST = 8;
/** Limit of texts per file; a log of JSON lines has many short, empty ones. */
const MOST_TEXTS = 200;
/** A string without a line break or an object is a value, not a text. */
const HOLDS_TEXT = /\n|\\n|\{\s*\\*"|Startup finished|exit status/;
const LONGEST_DOCUMENT = 64 * 2 ** 20;

/** The texts in the strings of a JSON document or of JSON lines; otherwise the text with one level of escapes removed. */
export function quotedTexts(text: string): string[] {
  const strings = jsonStrings(text);
  if (strings.length > 0) return strings;
  const bare = unescaped(text);
  return bare === text ? [] : [bare];
}

function jsonStrings(text: string): string[] {
  const found: string[] = [];
  const printed: string[] = [];
  for (const value of documents(text)) {
    if (isObject(value) && typeof value.log === 'string') printed.push(value.log);
    else collect(value, found, 0);
  }
  // A container's log has one object per printed line or part of a line.
  return printed.length > 0 ? [printed.join(''), ...found] : found;
}

function* documents(text: string): Generator<unknown> {
  if (text.length > LONGEST_DOCUMENT) return;
  const first = text.trimStart().charAt(0);
  if (first !== '{' && first !== '[') return;
  const document = jsonOrUndefined(text);
  if (document !== undefined) {
    yield document;
    return;
  }
  // JSON lines, or a document with trailing text.
  let objects = 0;
  for (const { value } of jsonObjects(text)) {
    if (value !== undefined) yield value;
    objects += 1;
    if (objects >= 20_000) return;
  }
}

function collect(value: unknown, into: string[], depth: number): void {
  if (into.length >= MOST_TEXTS || depth > DEEPEST) return;
  if (typeof value === 'string') {
    if (HOLDS_TEXT.test(value)) into.push(value);
  } else if (isLines(value)) collect(value.join('\n'), into, depth + 1);
  else if (Array.isArray(value)) for (const each of value) collect(each, into, depth + 1);
  else if (isObject(value)) for (const each of Object.values(value)) collect(each, into, depth + 1);
}

/** A program's output as a list of lines: `stdout_lines` of Ansible. */
const isLines = (value: unknown): value is string[] =>
  Array.isArray(value) && value.length > 1 && value.every((line) => typeof line === 'string' && !/[\n{]/.test(line));

/** We look only at the beginning of a longer text; the rest is alike. */
const LOOKED_AT = 1_000_000;

/** Whether all line breaks of a text are `\\n`: a printed string, or a document that is cut off. A provisioning result stays as it is. */
export function isFlattened(text: string): boolean {
  const head = text.slice(0, LOOKED_AT);
  const written = head.split('\\n').length - 1;
  if (written < 2 || head.trimEnd().split('\n').length - 1 >= written || head.includes('ExitCode')) return false;
  return !/^\s*[{[]/.test(head) || jsonStrings(text).length === 0;
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  '"': '"',
  "'": "'",
  '/': '/',
  '\\': '\\',
};

/** Removes one level of backslashes from a message that was a string and lost its quotes. */
export function unescaped(text: string): string {
  if (!/\\["n]/.test(text)) return text;
  return text.replace(/\\([nrt"'/\\]|u[0-9a-fA-F]{4})/g, (whole, code: string) =>
    code.startsWith('u') ? String.fromCharCode(Number.parseInt(code.slice(1), 16)) : (ESCAPES[code] ?? whole),
  );
}
