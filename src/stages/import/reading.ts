/**
 * A file that a user gave -> the artifacts in it. It goes by the file's name if machines give such a name, else by the content: unwrapped
 * (`unwrap.ts`) and cut into sections (`sections.ts`). If it finds nothing, it reads the texts that the file quotes. A text that reports
 * several boots, each by its own summary, counts as several.
 */
import { SIGNS } from '../../collectors/index.ts';
import { decoded, encodingOf } from '../../collectors/reading/decode.ts';
import { linesOf } from '../../collectors/reading/lines.ts';
import { isFlattened, quotedTexts, unescaped } from '../../collectors/reading/quoted-text.ts';
import { masked, ownersIn, type Sections, SOMEBODY_ELSE, sectionsOf } from '../../collectors/reading/sections.ts';
import { unwrapped } from '../../collectors/reading/unwrap.ts';
import type { Sign } from '../../model/collector.ts';
import { bootRanges, isBeyondLimit, pickedSummaries } from './boot-ranges.ts';

export interface GivenFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** One artifact in a file. */
export interface Piece {
  /** Its path below `raw/`. */
  readonly raw: string;
  readonly bytes: Uint8Array;
  /** The file, and the part of it, in the form that the index of artifacts uses. */
  readonly from: string;
  /** By name (the machine's own file), by content, or quoted in another owner's. */
  readonly trust: 'named' | 'said' | 'quoted';
  /** Which of the file's boots; 0 is the first. */
  readonly boot: number;
  /** Number of its lines, to compare two of a kind. */
  readonly lines: number;
}

export interface ReadFile {
  readonly file: GivenFile;
  readonly pieces: readonly Piece[];
  readonly boots: number;
  /** Why bench found nothing in it. */
  readonly reason?: string;
}

/** Files laid out as bench keeps them, and folders of a machine whose files do not identify themselves. */
const RAW =
  /(?:^|\/)(?:raw\/((?:systemd|journal|console|cloud-init|guest-agent|aks|clock|machine)\/.+)|((?:clock|machine)\/[\w.-]+|aks\/file-times\.txt))$/;
const COMPRESSED = /\.(?:gz|xz|zst|bz2)$/i;

export function readFile(file: GivenFile): ReadFile {
  const { path, bytes } = file;
  const name = baseName(path);
  const [, ours, theirs] = RAW.exec(path) ?? [];
  const placed = ours ?? theirs;
  if (placed !== undefined) return { file, pieces: [whole(file, placed, bytes, 'named')], boots: 1 };
  const known = namedSign(path, name);
  if (bytes.length === 0 && known === undefined) return { file, pieces: [], boots: 0, reason: 'empty' };
  const text = COMPRESSED.test(path) ? undefined : decoded(bytes);
  if (text === undefined) return { file, pieces: [], boots: 0, reason: whyNoText(path) };
  const bare = unwrapped(text);
  const verbatim = bare === text && encodingOf(bytes) === 'utf-8';
  if (known !== undefined) {
    const piece = whole(file, rawOf(known, name), verbatim ? bytes : encoder.encode(bare), 'named');
    return { file, pieces: [piece], boots: 1 };
  }
  const found = piecesOf(file, name, bare, verbatim, 0);
  if (found.pieces.length > 0) return { file, ...found };
  if (found.boots > 1)
    return {
      file,
      pieces: [],
      boots: 0,
      reason: `contains ${found.boots} boots, too many for one file: split it`,
    };
  const hinted = hintOf(name);
  if (hinted !== undefined) return { file, pieces: [whole(file, hinted, bytes, 'said')], boots: 1 };
  return { file, pieces: [], boots: 0, reason: 'neither its name nor its content matches an artifact' };
}

const encoder = new TextEncoder();

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

const rawOf = ({ raw }: Sign, name: string): string => (typeof raw === 'string' ? raw : raw(name));

const namedSign = (path: string, name: string): Sign | undefined =>
  SIGNS.find((sign) => sign.names?.includes(name.toLowerCase()) || sign.path?.test(path));

const whole = (file: GivenFile, raw: string, bytes: Uint8Array, trust: Piece['trust']): Piece => ({
  raw,
  bytes,
  from: file.path,
  trust,
  boot: 0,
  lines: bytes.length,
});

/** How many levels of texts within texts bench follows. */
const DEEPEST = 6;

function piecesOf(
  file: GivenFile,
  name: string,
  text: string,
  verbatim: boolean,
  depth: number,
): Pick<ReadFile, 'pieces' | 'boots'> {
  const sections = sectionsOf(text, SIGNS);
  if (sections.documents.length === 0 && isFlattened(text))
    return piecesOf(file, name, unwrapped(unescaped(text)), false, depth);
  pickedSummaries(sections);
  const owners = ownersIn(sections, 0, sections.owners.length);
  const own = owners.length > 0 ? [cut(file, name, sections, owners, verbatim, depth)] : [];
  // Documents first: text around one (a prompt, the headers of a mail) is no reason to treat the whole as a text with escapes.
  const inDocuments = sections.documents.flatMap(quotedTexts);
  const isDocument = /^\s*[{[]/.test(text);
  const quoted = owners.length > 0 || (inDocuments.length > 0 && !isDocument) ? inDocuments : quotedTexts(text);
  const inner = depth === DEEPEST ? [] : quoted.map((each) => piecesOf(file, name, unwrapped(each), false, depth + 1));
  const all = [...own, ...inner];
  return {
    pieces: all.flatMap(({ pieces }) => pieces),
    boots: all.reduce((most, { boots }) => Math.max(most, boots), 0),
  };
}

/** Names of files that quote other files. */
const QUOTING = /status|notes?\b|readme|controller|comment|handler|message|activity|summary|^changes/i;

function cut(
  file: GivenFile,
  name: string,
  sections: Sections,
  owners: readonly number[],
  verbatim: boolean,
  depth: number,
): Pick<ReadFile, 'pieces' | 'boots'> {
  const ranges = bootRanges(sections);
  if (isBeyondLimit(ranges)) return { pieces: [], boots: ranges.length };
  const trust = QUOTING.test(name) ? 'quoted' : 'said';
  const [only] = owners;
  const isAlone = owners.length === 1 && !sections.owners.includes(SOMEBODY_ELSE);
  if (verbatim && ranges.length === 1 && isAlone && only !== undefined) {
    const sign = sections.signs[only];
    if (sign === undefined) return { pieces: [], boots: 0 };
    return { pieces: [whole(file, logRaw(rawOf(sign, name), sections.text), file.bytes, trust)], boots: 1 };
  }
  const pieces = ranges.flatMap(({ from, to }, boot) =>
    rawsIn(sections, from, to, name).map(([raw, signs]): Piece => {
      const keep = (owner: number, line: number) => line >= from && signs.includes(owner);
      const own = masked(sections, to, keep);
      const { first, last, lines } = extentOf(sections, from, to, signs);
      return {
        raw: logRaw(raw, own),
        bytes: encoder.encode(own),
        from: `${file.path}:${first + 1}-${last + 1}${depth > 0 ? ' of a text in it' : ''}`,
        trust,
        boot,
        lines,
      };
    }),
  );
  return { pieces, boots: ranges.length };
}

/** Artifacts between two lines, with the signs that identify them. */
function rawsIn(sections: Sections, from: number, to: number, name: string): [raw: string, signs: number[]][] {
  const raws = new Map<string, number[]>();
  for (const owner of ownersIn(sections, from, to)) {
    const sign = sections.signs[owner];
    if (sign === undefined) continue;
    const raw = rawOf(sign, name);
    raws.set(raw, [...(raws.get(raw) ?? []), owner]);
  }
  return [...raws];
}

function extentOf({ owners }: Sections, from: number, to: number, signs: readonly number[]) {
  let [first, last, lines] = [-1, from, 0];
  for (let line = from; line < to; line += 1) {
    if (!signs.includes(owners[line] ?? -1)) continue;
    if (first === -1) first = line;
    last = line;
    lines += 1;
  }
  return { first, last, lines };
}

/** The writer of a journal line; kubelet's own journal has hardly any other writer. */
const WRITER = /^.{6,60}? (\S{1,255}) ([^\s:[]{1,255})(?:\[\d{1,10}\])?: /;
const OF_KUBELET = /^(?:kubelet|systemd|validate-kubelet-credentials\.sh)$/;

/** Puts the journal of one unit where its reader looks. */
function logRaw(raw: string, text: string): string {
  if (!raw.startsWith('journal/') || !raw.endsWith('.txt')) return raw;
  let kubelet = false;
  for (const line of linesOf(text)) {
    const writer = WRITER.exec(line.text.slice(0, 600))?.[2];
    if (writer !== undefined && !OF_KUBELET.test(writer)) return raw;
    kubelet ||= writer === 'kubelet';
  }
  return kubelet ? 'aks/kubelet.log' : raw;
}

/** Names that people give; used if the content is no help (an error message, a list that is empty). */
const HINTS: readonly (readonly [RegExp, string])[] = [
  [/systemd.*time|analyze-time/i, 'systemd/analyze-time.txt'],
  [/systemd.*blame/i, 'systemd/analyze-blame.txt'],
  [/critical|systemd.*chain/i, 'systemd/analyze-critical-chain.txt'],
];

const hintOf = (name: string): string | undefined => HINTS.find(([pattern]) => pattern.test(name))?.[1];

const whyNoText = (path: string): string => (COMPRESSED.test(path) ? 'compressed: unpack it first' : 'not a text file');
