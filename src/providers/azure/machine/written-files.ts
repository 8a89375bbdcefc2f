/**
 * Lists the files that bootstrap data writes on a machine, and what writes them. Writers are the `write_files` of a cloud-config,
 * redirections of a boothook or script, Ignition, and the provisioning command. Custom data is base64 of text, often gzipped, often
 * in several parts (MIME), which may have further encodings. This executes nothing, and keeps only hashes of the content.
 *
 *   - path: /opt/a            the whole entry        cat >/opt/a <<'E' ... E    the command with its text
 *   {"path": "/opt/a", ...}   the whole object       tool $X >/opt/a            the whole script: $X may be anything
 */
import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';

/** Azure accepts 64 KiB of custom data; its scripts, unpacked, are a few hundred KiB. */
const UNPACKED_LIMIT = 16 * 2 ** 20;
/** Nesting of parts: a MIME part whose script writes a script that writes files. */
const DEEPEST = 4;
/** An entry of a cloud-config, or an object of Ignition, starts at most this far before its path. */
const ENTRY_START = 4096;

/** `path:` of write_files, also inside an inline `{...}`; Ignition writes the same key in JSON. */
const NAMED = /(?:^|[\s{,-])["']?path["']?\s*:\s*["']?(\/[^\s"',}\]]{1,200})/g;
/** `> file`, `>> file`, `tee [-a] file`, `-o file` and the last word of cp, mv and install. */
const REDIRECTED =
  /(?:>{1,2}\s*|\btee\s+(?:-a\s+)?|\s-o\s+|\b(?:cp|mv|install)\s[^\n;|&]{0,300}?\s)["']?(\/[\w./@+-]{1,200})/g;
/** Base64 in a script or a part, long enough to be a file. */
const ENCODED = /(?:(?:[A-Za-z0-9+/]{60,76}\r?\n)+[A-Za-z0-9+/]{1,76}|[A-Za-z0-9+/]{64,})={0,2}/g;
const PART = /^content-transfer-encoding:\s*base64\s*$/im;
const BOUNDARY = /^content-type:\s*multipart\/[^\n]*\bboundary="?([^"\s;]{1,70})/im;
/** A command whose text contains its output, if the shell expands nothing in it. */
const LITERAL = /^\s*(?:cat|echo|printf|base64|tee)\b[^$`]*$/;
const HEREDOC = /<<-?\s*(?:'(\w+)'|"(\w+)"|\\(\w+)|(\w+))/;

/** By path, in order: the hash of each writer, one per write. `customData` is base64, `command` a shell command. */
export function writtenFiles({
  customData,
  command,
}: {
  readonly customData?: string;
  readonly command?: string;
}): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  if (customData !== undefined) add(unpacked(Buffer.from(customData, 'base64')), found, DEEPEST);
  if (command !== undefined) add(command, found, DEEPEST);
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function add(text: string, found: Map<string, string[]>, depth: number): void {
  if (text.includes('\0')) return;
  const parts = depth === 0 ? [] : partsOf(text);
  if (parts.length > 0) {
    for (const part of parts) add(part, found, depth - 1);
    return;
  }
  let whole: string | undefined;
  const note = (file: string, by: string) => {
    // Hash a script that writes many files only once.
    if (by === text) whole ??= hashOf(text);
    const hash = (by === text ? whole : undefined) ?? hashOf(by);
    found.set(file, [...(found.get(file) ?? []), hash]);
  };
  for (const { 1: file = '', index } of text.matchAll(NAMED)) note(file, entryAt(text, index));
  for (const { 1: file = '', index, 0: match } of text.matchAll(REDIRECTED))
    note(file, commandAt(text, index + match.length - 1));
  if (depth === 0) return;
  // The content of a file in a cloud-config does not matter; but a script or a part may unpack another script that writes files.
  if (PART.test(text) || /\bbase64\s+(?:-d|--decode)/.test(text))
    for (const [encoded] of text.matchAll(ENCODED)) add(unpacked(Buffer.from(encoded, 'base64')), found, depth - 1);
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The parts of a MIME message; empty for anything else. */
function partsOf(text: string): string[] {
  const boundary = BOUNDARY.exec(text.slice(0, ENTRY_START))?.[1];
  return boundary === undefined ? [] : text.split(`--${boundary}`).slice(1);
}

/** The entry around a `path`: a list item by its indentation, or an object by its braces. */
function entryAt(text: string, index: number): string {
  const start = Math.max(0, index - ENTRY_START);
  const open = openBrace(text, start, index + 1);
  if (open !== undefined) return text.slice(open, closingBrace(text, open));
  const dash = text.slice(start, index + 2).search(/(?:^|\n)[ \t]*-[ \t](?![\s\S]*\n[ \t]*-[ \t])/);
  const from = dash < 0 ? index : start + dash + (text[start + dash] === '\n' ? 1 : 0);
  const indent = /^[ \t]*/.exec(text.slice(from, from + 200))?.[0].length ?? 0;
  const firstEnd = text.indexOf('\n', from);
  const rest = firstEnd < 0 ? '' : text.slice(firstEnd + 1);
  const next = rest.search(new RegExp(`^[ \\t]{0,${indent}}[^ \\t\\r\\n]`, 'm'));
  return text.slice(from, firstEnd < 0 ? text.length : next < 0 ? text.length : firstEnd + 1 + next);
}

/** The last opening brace before `end` without a closing one. */
function openBrace(text: string, start: number, end: number): number | undefined {
  let depth = 0;
  for (let at = end - 1; at >= start; at--) {
    if (text[at] === '}') depth += 1;
    if (text[at] === '{' && depth-- === 0) return at;
  }
  return undefined;
}

function closingBrace(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    if (text[at] === '{') depth += 1;
    if (text[at] === '}' && --depth === 0) return at + 1;
  }
  return text.length;
}

/** The command of a redirection, with its input text; the whole script if other parts of it decide what it writes. */
function commandAt(text: string, index: number): string {
  const from = text.lastIndexOf('\n', index) + 1;
  const end = text.indexOf('\n', index);
  const line = text.slice(from, end < 0 ? text.length : end);
  const [, single, double, escaped, bare] = HEREDOC.exec(line) ?? [];
  const tag = single ?? double ?? escaped ?? bare;
  if (!LITERAL.test(line) || /&&|\|\||;/.test(line)) return text;
  if (tag === undefined) return line;
  const close = new RegExp(`^\\t*${tag}$`, 'm').exec(text.slice(end + 1));
  const given = close === null || end < 0 ? text : text.slice(from, end + 1 + close.index);
  return bare !== undefined && /[$`]/.test(given) ? text : given;
}

/** The text of bytes, gunzipped if they are gzip; empty for damaged or too large ones. */
function unpacked(bytes: Buffer): string {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes.toString('utf8');
  try {
    return gunzipSync(bytes, { maxOutputLength: UNPACKED_LIMIT }).toString('utf8');
  } catch {
    return '';
  }
}
