/**
 * What stands around a text when it comes by mail, from a CI job, a container's log, a forum or a command line: each wrapping
 * is taken off where it is there, and a text without any is handed back as it is. Lines stay lines: all of these but the
 * mail's soft breaks keep their number. What is inside of strings (JSON, escapes) is `quoted-text.ts`.
 */
import { linesOf } from './lines.ts';
import { withoutColours } from './text.ts';

/** Stamps first and again: the log of a job may show a mail, and a mail may have the log of a job in it. */
const UNWRAPPERS: readonly ((text: string) => string)[] = [
  withoutStamps,
  fromMail,
  fromMarkup,
  withoutStamps,
  withoutColours,
  withoutLostColours,
  dedented,
];

/** The text without its wrappings; the same string where it had none. */
export const unwrapped = (text: string): string => UNWRAPPERS.reduce((inner, unwrap) => unwrap(inner), text);

const ENCODING = /^Content-Transfer-Encoding:[ \t]*(quoted-printable|base64)[ \t]*\r?$/im;
/** Headers come first, those of parts a little later. */
const HEADERS_WITHIN = 65_536;

/** A mail as it is sent: quoted-printable or base64 behind its headers. */
function fromMail(text: string): string {
  const header = ENCODING.exec(text.slice(0, HEADERS_WITHIN));
  if (header === null) return isQuotedPrintable(text) ? unquotedPrintable(text) : text;
  const bodyAt = text.slice(header.index).search(/\r?\n[ \t]*\r?\n/);
  if (bodyAt === -1) return text;
  const body = text.slice(header.index + bodyAt);
  if (header[1]?.toLowerCase() === 'quoted-printable')
    return text.slice(0, header.index + bodyAt) + unquotedPrintable(body);
  const coded = /^[\s]*([A-Za-z0-9+/=\r\n]{40,})/.exec(body)?.[1];
  return coded === undefined ? text : text.slice(0, header.index + bodyAt) + fromBase64(coded);
}

/** Without its header it gives itself away by soft breaks and by an equals sign that is coded. */
const isQuotedPrintable = (text: string): boolean => /=3D/.test(text) && /=\r?\n/.test(text);

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

const ENTITIES: Readonly<Record<string, string>> = { quot: '"', apos: "'", lt: '<', gt: '>', amp: '&', nbsp: ' ' };
const ENTITY = /&(?:#(\d{1,6})|#x([0-9a-f]{1,5})|(quot|apos|lt|gt|amp|nbsp));/gi;
const TAGS = /<\/?[a-z][a-z0-9]{0,20}(?:\s[^<>]{0,400})?\/?>/gi;
const BREAK = /<br\s{0,4}\/?>(?!\r?\n)/gi;

/** A page's source: entities and the tags around a paste. A plot is a picture of its own and stays. */
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
 * (nine, or as many as there are), CRI (with the stream), GitLab (with a line type), Jenkins (in brackets), compose (a name).
 */
const STAMPS =
  /^(?:[\w.-]{1,80}(?:-\d+)? +\| ?)?(?:\[?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)\]? ?(?:std(?:out|err) [FP] ?|\d\d[OE][+ ]?)?|(?<=\| ?))/;
/** What has such a stamp as its own: a journal's line, the agent's, cloud-init's. */
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

const LOST_ESCAPE =
  /(?:\\(?:e|x1b|033|u001b)|\^\[|#033|\u241b|\ufffd)?\[(?:0|1|[34]\d|\d{1,2}(?:;\d{1,3}){1,4}|38;5;\d{1,3})?m/gi;

/** Colours that lost their escape character on the way (`[0;1;31m`), or have it in letters. */
function withoutLostColours(text: string): string {
  if (!/\[(?:0|1|[34]\d|\d{1,2}(?:;\d{1,3}){1,4})m/.test(text)) return text;
  return text.replace(LOST_ESCAPE, '');
}

const QUOTE = /^(?:\s{0,3}>[ \t]?)+/;
const INDENT = / {4}|\t/y;

/** Marks of a quotation before lines, and blocks that Markdown has indented as a whole. */
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
