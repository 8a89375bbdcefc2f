/**
 * Removes the wrapping of a text that comes by mail, from a CI job, a container's log, a forum or a command line; returns a text
 * without wrapping unchanged. All of these keep line numbers, except the soft breaks of a mail. `quoted-text.ts` handles texts
 * inside strings (JSON, escapes).
 */
import { linesOf } from './lines.ts';
import { withoutColours } from './text.ts';

/** Removes stamps first and again later: a job's log may show a mail, and a mail may contain a job's log. */
const UNWRAPPERS: readonly ((text: string) => string)[] = [
  withoutStamps,
  fromMail,
  fromMarkup,
  withoutStamps,
  withBlanks,
  withoutColours,
  withoutLostColours,
  dedented,
];

/** The text without its wrappings; the same string if it had none. */
export const unwrapped = (text: string): string => UNWRAPPERS.reduce((inner, unwrap) => unwrap(inner), text);

const ENCODING = /^Content-Transfer-Encoding:[ \t]*(quoted-printable|base64)[ \t]*\r?$/gim;
const BOUNDARY = /\bboundary="?([\w'()+,./:=?-]{1,70})"?/gi;
const BLANK_LINE = /\r?\n[ \t]*\r?\n/g;
/** A mail has a handful of parts, each with its own encoding, up to the boundary that its header states. */
const MOST_PARTS = 100;
const DECODED = 'Content-Transfer-Encoding: 8bit';

/** Decodes a raw mail: parts in quoted-printable or base64, each after its headers. */
function fromMail(text: string): string {
  const headers = [...text.matchAll(ENCODING)].slice(0, MOST_PARTS);
  if (headers.length === 0) return isQuotedPrintable(text) ? unquotedPrintable(text) : text;
  const boundaries = new Set([...text.matchAll(BOUNDARY)].slice(0, MOST_PARTS).map(([, name]) => `--${name}`));
  const parts: string[] = [];
  let done = 0;
  for (const { index, 0: header, 1: encoding } of headers) {
    BLANK_LINE.lastIndex = index;
    const body = BLANK_LINE.exec(text)?.index;
    if (index < done || body === undefined) continue;
    const end = endOfPart(text, body, boundaries);
    // The new header states the encoding after decoding: we may unwrap the text again after removing a level of escapes.
    parts.push(text.slice(done, index), DECODED, text.slice(index + header.length, body));
    parts.push(decodedPart(text.slice(body, end), encoding));
    done = end;
  }
  return `${parts.join('')}${text.slice(done)}`;
}

function endOfPart(text: string, from: number, boundaries: ReadonlySet<string>): number {
  const ends = [...boundaries].map((boundary) => text.indexOf(`\n${boundary}`, from)).filter((at) => at !== -1);
  return Math.min(text.length, ...ends);
}

function decodedPart(body: string, encoding: string | undefined): string {
  if (encoding?.toLowerCase() === 'quoted-printable') return unquotedPrintable(body);
  const [, before = '', coded] = /^(\s*)([A-Za-z0-9+/=\r\n]{40,})/.exec(body) ?? [];
  return coded === undefined ? body : before + fromBase64(coded);
}

/**
 * Without the header, three signs together show quoted-printable: no line has more than the 76 characters of RFC 2045, the text
 * contains an encoded equals sign, and no plain one. `Key=80` of `systemctl show` with one line that ends in `=` does not pass.
 */
function isQuotedPrintable(text: string): boolean {
  if (!/=3D/.test(text) || !/=\r?\n/.test(text)) return false;
  return !/=(?![0-9A-F]{2}|[ \t]*\r?(?:\n|$))/.test(text) && !/[^\r\n]{77}/.test(text);
}

function unquotedPrintable(text: string): string {
  const joined = text.replace(/=[ \t]*\r?\n/g, '');
  return joined.replace(/(?:=[0-9A-F]{2})+/gi, (coded) =>
    new TextDecoder().decode(Uint8Array.from(coded.slice(1).split('='), (pair) => Number.parseInt(pair, 16))),
  );
}

function fromBase64(coded: string): string {
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(coded.replace(/\s/g, '')), (char) => char.charCodeAt(0)));
  } catch {
    return coded;
  }
}

/** The kind of a page shows near its beginning. */
const HEADERS_WITHIN = 65_536;

const ENTITIES: Readonly<Record<string, string>> = { quot: '"', apos: "'", lt: '<', gt: '>', amp: '&', nbsp: ' ' };
const ENTITY = /&(?:#(\d{1,6})|#x([0-9a-f]{1,5})|(quot|apos|lt|gt|amp|nbsp));/gi;
const TAGS = /<\/?[a-z][a-z0-9]{0,20}(?:\s[^<>]{0,400})?\/?>/gi;
const BREAK = /<br\s{0,4}\/?>(?!\r?\n)/gi;

/** Removes the entities and tags of a page's source around a paste. An SVG plot stays as it is. */
function fromMarkup(text: string): string {
  if (text.includes('<svg')) return text;
  const isPage = /<(?:pre|code|br|span)\b/i.test(text.slice(0, HEADERS_WITHIN));
  const bare = isPage ? text.replace(BREAK, '\n').replace(TAGS, '') : text;
  if (!/&(?:quot|lt|gt|amp|apos|nbsp|#\w{1,6});/.test(bare)) return bare;
  return bare.replace(ENTITY, (_, decimal?: string, hex?: string, name?: string) =>
    name === undefined
      ? String.fromCodePoint(Number.parseInt(decimal ?? hex ?? '32', decimal === undefined ? 16 : 10))
      : (ENTITIES[name.toLowerCase()] ?? ''),
  );
}

/**
 * Stamps that a CI system or a container runtime puts before each line: GitHub and Azure (seven digits), Docker and Kubernetes
 * (nine, or as many as there are), CRI (with the stream), GitLab (with a line type), Jenkins (in brackets), compose (a name), `gh run view` (job and step).
 */
const STAMPS =
  /^(?:[\w.-]{1,80}(?:-\d+)? +\| ?|[^\t]{1,80}\t[^\t]{1,80}\t\ufeff?)?(?:\[?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)\]? ?(?:std(?:out|err) [FP] ?|\d\d[OE][+ ]?)?|(?<=\| ?))/;
/** Lines to which such a stamp belongs: a journal's, the agent's, cloud-init's. */
const OWN = /^(?:\S{1,255} [^\s:]{1,255}(?:\[\d+\])?: |(?:INFO|WARNING|ERROR|VERBOSE) |- \S+\[[A-Z]+\]: |[a-z]+: )/;
const STAMPED_SHARE = 0.9;
const LINES_LOOKED_AT = 200;

function withoutStamps(text: string): string {
  let [lines, stamped, own] = [0, 0, 0];
  for (const { text: line } of linesOf(text)) {
    if (line.trim() === '') continue;
    const stamp = STAMPS.exec(line.slice(0, 200))?.[0];
    lines += 1;
    if (stamp !== undefined && stamp !== '') stamped += 1;
    if (stamp !== undefined && OWN.test(line.slice(stamp.length, stamp.length + 600))) own += 1;
    if (lines >= LINES_LOOKED_AT) break;
  }
  if (lines === 0 || stamped < lines * STAMPED_SHARE || own > stamped / 2) return text;
  return mapLines(text, (line) => line.replace(STAMPS, ''));
}

/** Pages and word processors insert non-breaking spaces. */
function withBlanks(text: string): string {
  return text.includes('\u00a0') ? text.replaceAll('\u00a0', ' ') : text;
}

const LOST_ESCAPE =
  /(?:\\(?:e|x1b|033|u001b)|\^\[|#033|\u241b|\ufffd)?\[(?:0|1|[34]\d|\d{1,2}(?:;\d{1,3}){1,4}|38;5;\d{1,3})?m/gi;

/** Removes colours that lost their escape character on the way (`[0;1;31m`), or spell it out. */
function withoutLostColours(text: string): string {
  if (!/\[(?:0|1|[34]\d|\d{1,2}(?:;\d{1,3}){1,4})m/.test(text)) return text;
  return text.replace(LOST_ESCAPE, '');
}

const QUOTE = /^(?:\s{0,3}>[ \t]?)+/;
const INDENT = / {4}|\t/y;

/** Removes quote marks before lines, and the indentation of Markdown blocks. */
function dedented(text: string): string {
  if (!/^(?:\s{0,3}>| {4}|\t)/m.test(text)) return text;
  const lines = text.split('\n');
  for (let from = 0; from < lines.length; ) {
    let to = from;
    while (to < lines.length && lines[to]?.trim() !== '') to += 1;
    const block = lines.slice(from, to);
    if (block.length > 0 && block.every((line) => QUOTE.test(line)))
      for (const [index, line] of block.entries()) lines[from + index] = line.replace(QUOTE, '');
    else if (block.length > 0 && block.every(isIndented) && isAfterBlank(lines, from))
      for (const [index, line] of block.entries()) lines[from + index] = line.slice(line.startsWith('\t') ? 1 : 4);
    from = to + 1;
  }
  return lines.join('\n');
}

function isIndented(line: string): boolean {
  INDENT.lastIndex = 0;
  return INDENT.test(line);
}

const isAfterBlank = (lines: readonly string[], at: number): boolean => at === 0 || lines[at - 1]?.trim() === '';

const mapLines = (text: string, change: (line: string) => string): string => text.split('\n').map(change).join('\n');
