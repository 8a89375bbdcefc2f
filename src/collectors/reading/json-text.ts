/**
 * JSON objects in text that is not all JSON: several objects one after the other, a pretty-printed one, one in the middle of
 * an error message, one cut off in mid-write. Linear in the text.
 */
import { isObject, jsonOrUndefined } from '../../model/json.ts';
import type { Evidence } from '../../model/timeline.ts';
import { lineCounter } from './text.ts';

/** One `{...}` of the text. `value` is undefined where it is not valid JSON, or was cut off. */
export interface JsonObjectText {
  readonly text: string;
  readonly line: number;
  readonly value: Readonly<Record<string, unknown>> | undefined;
  /** Of an object that was cut off: the values that are there in full, and where the first stands that is not. */
  readonly cutOff?: { readonly value: Readonly<Record<string, unknown>> | undefined; readonly line: number };
  /** Where its own keys stand in its text; where one comes twice the last, whose value counts. */
  readonly keys: ReadonlyMap<string, number>;
}

/** More objects than this in one file is not something a boot writes. */
const MOST_OBJECTS = 20_000;

/** The objects that stand at the outermost level; those inside arrays count as outermost, as in `[{...}, {...}]`. */
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

/** Undefined where the text is no JSON object. */
export function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  const value = jsonOrUndefined(text);
  return isObject(value) ? value : undefined;
}

/** Where `key` stands in an object or deeper inside, as evidence; the object's own line where it stands nowhere. */
export function evidenceOf(object: JsonObjectText, key: string, file: string): Evidence {
  const at = object.keys.get(key) ?? Math.max(object.text.indexOf(`"${key}"`), 0);
  return { file, line: object.line + lineCounter(object.text)(at) - 1 };
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
/** Keys that we look for are short, and an object of ours has a dozen. */
const LONGEST_KEY = 64;
const MOST_KEYS = 1_000;

type Scan = { readonly keys: Map<string, number> } & (
  | { readonly kind: 'whole'; readonly end: number }
  /** All values before `wholeTo` are there in full; with `closers` behind them they are an object. */
  | { readonly kind: 'cut off'; readonly wholeTo: number; readonly closers: string }
);

/** Where the object or array that opens at `from` ends; undefined where it is cut off. */
export function jsonEnd(text: string, from: number): number | undefined {
  const scan = scanObject(text, from);
  return scan.kind === 'whole' ? scan.end : undefined;
}

/** From the brace at `from` to the one that closes it. */
function scanObject(text: string, from: number): Scan {
  const keys = new Map<string, number>();
  const open: number[] = [];
  // A value is whole when a comma or a closing brace follows it. Behind the last such place braces only open.
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

/** A string with a colon after it; JSON allows white space between, of which there is never much. */
function isKey(text: string, quote: number): boolean {
  let at = quote + 1;
  while (at < quote + 20 && /\s/.test(text.charAt(at))) at += 1;
  return text.charCodeAt(at) === COLON;
}
