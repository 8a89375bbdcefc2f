/**
 * JSON objects in text that is not all JSON: several objects one after the other, a pretty-printed one, one in the middle of
 * an error message, one cut off in mid-write. Linear in the text.
 */
import type { Evidence } from '../model/timeline.ts';
import { lineCounter } from './text.ts';

/** One `{...}` of the text. `value` is undefined where it is not valid JSON, or was cut off. */
export interface JsonObjectText {
  readonly text: string;
  readonly line: number;
  readonly value: Readonly<Record<string, unknown>> | undefined;
}

/** More objects than this in one file is not something a boot writes. */
const MOST_OBJECTS = 100_000;

/** The objects that stand at the outermost level; those inside arrays count as outermost, as in `[{...}, {...}]`. */
export function* jsonObjects(text: string): Generator<JsonObjectText> {
  const lineOf = lineCounter(text);
  let from = text.indexOf('{');
  for (let n = 0; from !== -1 && n < MOST_OBJECTS; n += 1) {
    const line = lineOf(from);
    const end = endOfObject(text, from);
    const object = text.slice(from, end ?? text.length);
    yield { text: object, line, value: end === undefined ? undefined : parseObject(object) };
    if (end === undefined) return;
    from = text.indexOf('{', end);
  }
}

/** Undefined where the text is no JSON object. */
export function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Where the value of `key` stands in an object, as evidence; the object's own line where the key can't be found. */
export function evidenceOf(object: JsonObjectText, key: string, file: string): Evidence {
  const at = object.text.search(new RegExp(`"${key}"`, 'i'));
  return { file, line: object.line + (at === -1 ? 0 : lineCounter(object.text)(at) - 1) };
}

/** Index after the brace that closes the one at `from`. */
function endOfObject(text: string, from: number): number | undefined {
  const interesting = /[{}"]/g;
  interesting.lastIndex = from;
  let depth = 0;
  for (let match = interesting.exec(text); match; match = interesting.exec(text)) {
    if (match[0] === '"') {
      const close = endOfString(text, match.index + 1);
      if (close === undefined) return undefined;
      interesting.lastIndex = close;
    } else {
      depth += match[0] === '{' ? 1 : -1;
      if (depth === 0) return match.index + 1;
    }
  }
  return undefined;
}

/** Index after the quote that closes a string which begins at `from`. */
function endOfString(text: string, from: number): number | undefined {
  const interesting = /["\\]/g;
  interesting.lastIndex = from;
  for (let match = interesting.exec(text); match; match = interesting.exec(text)) {
    if (match[0] === '"') return match.index + 1;
    interesting.lastIndex = match.index + 2;
  }
  return undefined;
}
