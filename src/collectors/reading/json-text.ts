/**
 * JSON objects in text that is not all JSON: several objects in a row, a pretty-printed object, an object inside an error
 * message, an object cut off in mid-write. Linear in the text.
 */
import { isObject, jsonOrUndefined } from '../../model/json.ts';
import type { Evidence } from '../../model/timeline.ts';
import { lineCounter } from './text.ts';

/** One `{...}` of the text. `value` is undefined if the object is not valid JSON, or is cut off. */
export interface JsonObjectText {
  readonly text: string;
  readonly line: number;
  readonly value: Readonly<Record<string, unknown>> | undefined;
  /** For an object that is cut off: its complete values, and the line of the first incomplete one. */
  readonly cutOff?: { readonly value: Readonly<Record<string, unknown>> | undefined; readonly line: number };
  /** Positions of the object's own keys in its text; for a repeated key the last, whose value counts. */
  readonly keys: ReadonlyMap<string, number>;
}

/** No boot writes more objects than this into one file. */
const MOST_OBJECTS = 20_000;

/** The outermost objects; objects in an outermost array count as outermost, as in `[{...}, {...}]`. */
export function* jsonObjects(text: string): Generator<JsonObjectText> {
  const lineOf = lineCounter(text);
  let from = text.indexOf('{');
  for (let n = 0; from !== -1 && n < MOST_OBJECTS; n += 1) {
    const scan = scanObject(text, from);
    const line = lineOf(from);
    if (scan.kind === 'cut off') {
      const value = parseObject(text.slice(from, scan.wholeTo) + scan.closers);
      const cutOff = { value, line: lineOf(scan.wholeTo) };
      return yield { text: text.slice(from), line, value: undefined, cutOff, keys: scan.keys };
    }
    const object = text.slice(from, scan.end);
    yield { text: object, line, value: parseObject(object), keys: scan.keys };
    from = text.indexOf('{', scan.end);
  }
}

/** Undefined if the text is not a JSON object. */
export function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  const value = jsonOrUndefined(text);
  return isObject(value) ? value : undefined;
}

/** The position of `key` in an object, at any depth, as evidence; the object's own line if the key is missing. */
export function evidenceOf(object: JsonObjectText, key: string, file: string): Evidence {
  const at = object.keys.get(key) ?? Math.max(object.text.indexOf(`"${key}"`), 0);
  return { file, line: object.line + lineCounter(object.text)(at) - 1 };
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
/** The keys that we look for are short, and our objects have about a dozen. */
const LONGEST_KEY = 64;
const MOST_KEYS = 1_000;

type Scan = { readonly keys: Map<string, number> } & (
  | { readonly kind: 'whole'; readonly end: number }
  /** All values before `wholeTo` are complete; the text up to there plus `closers` is a valid object. */
  | { readonly kind: 'cut off'; readonly wholeTo: number; readonly closers: string }
);

/** The end of the object or array that opens at `from`; undefined if it is cut off. */
export function jsonEnd(text: string, from: number): number | undefined {
  const scan = scanObject(text, from);
  return scan.kind === 'whole' ? scan.end : undefined;
}

/** Scans from the brace at `from` to its closing brace. */
function scanObject(text: string, from: number): Scan {
  const keys = new Map<string, number>();
  const open: number[] = [];
  // A value is complete if a comma or a closing brace follows it. After the last such place braces only open.
  let whole = { to: from, depth: 0 };
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const close = closingQuote(text, at + 1);
      if (close === undefined) break;
      if (open.length === 1 && close - at <= LONGEST_KEY && keys.size < MOST_KEYS && isKey(text, close)) {
        keys.set(text.slice(at + 1, close), at - from);
      }
      at = close;
    } else if (code === COMMA) whole = { to: at, depth: open.length };
    else if (code === 0x7b || code === 0x5b) open.push(code);
    else if (code === 0x7d || code === 0x5d) {
      open.pop();
      if (open.length === 0) return { kind: 'whole', end: at + 1, keys };
      whole = { to: at + 1, depth: open.length };
    }
  }
  const closers = open.slice(0, whole.depth).reverse();
  return {
    kind: 'cut off',
    keys,
    wholeTo: whole.to,
    closers: closers.map((code) => (code === 0x7b ? '}' : ']')).join(''),
  };
}

function closingQuote(text: string, from: number): number | undefined {
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at;
    if (code === BACKSLASH) at += 1;
  }
  return undefined;
}

/** Whether a colon follows the string; JSON allows white space in between, of which there is never much. */
function isKey(text: string, quote: number): boolean {
  let at = quote + 1;
  while (at < quote + 20 && /\s/.test(text.charAt(at))) at += 1;
  return text.charCodeAt(at) === COLON;
}
