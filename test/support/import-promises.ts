/**
 * The promises of an import for every input: it does not throw, and counts no boot twice. Every line of an artifact comes from its
 * source file or from a text that the file quotes. The generator wraps and joins real texts as users do.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type Random, seededRandom } from '../../src/model/random.ts';
import { importBoots } from '../../src/stages/import/boots.ts';
import { mutated } from './mutations.ts';

const CORPUS = 'test/fixtures/corpus';
const pick = <T>(items: readonly T[], random: Random): T => items[random.below(items.length)] as T;

const FIELD = 'test/fixtures/field';
/** Longer field-report files would test nothing new in the code that splits files. */
const LONGEST_BYTES = 20_000;

/** Texts of the corpus, without the line that states their source, and the journals of field reports, which have boot ids. */
export const corpusTexts = (): readonly string[] => [
  ...readdirSync(CORPUS)
    .filter((name) => name.endsWith('.txt'))
    .map((name) => readFileSync(path.join(CORPUS, name), 'utf8').replace(/^# source: .*\n/, '')),
  ...readdirSync(FIELD)
    .flatMap((name) =>
      ['journal.txt', 'journal.json', 'journal.export'].map((each) => path.join(FIELD, name, 'input', each)),
    )
    .filter((file) => existsSync(file))
    .map((file) => readFileSync(file, 'utf8'))
    .filter((text) => text.length < LONGEST_BYTES),
];

const WRAPPINGS: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => JSON.stringify({ value: [{ message: `Enable succeeded: \n[stdout]\n${text}\n[stderr]\n` }] }),
  (text) => JSON.stringify({ properties: { statusMessage: JSON.stringify({ error: { message: text } }) } }),
  (text) => text.replace(/^/gm, '2026-07-01T10:00:00.1234500Z '),
  (text) => text.replace(/^/gm, '> '),
  (text) => text.replace(/^/gm, '    '),
  (text) => `\`\`\`\n${text}\n\`\`\`\n`,
  (text) => text.replace(/(\S+\.service)/g, '[0;1;31m$1[0m'),
  (text) =>
    `Content-Transfer-Encoding: quoted-printable\n\n${text.replaceAll('=', '=3D').replace(/(.{70})/g, '$1=\n')}`,
  (text) =>
    text
      .split('\n')
      .map((log) => JSON.stringify({ log: `${log}\n`, stream: 'stdout' }))
      .join('\n'),
  (text) => text.replaceAll('\n', '\r\n'),
  (text) => text.replace(/^/gm, 'boot\tRun systemd-analyze\t2026-07-01T10:00:00.1234500Z '),
  (text) => text.replaceAll('\n', '\\n'),
  (text) => JSON.stringify({ hosts: { n1: { stdout_lines: text.split('\n') } } }),
  (text) => text.replaceAll(' ', '\u00a0'),
];

const NAMES = [
  'systemd-analyze.txt',
  'blame.txt',
  'journal.txt',
  'notes.md',
  'node1-time.txt',
  'node2-time.txt',
  'var/log/syslog',
  'a.log',
];
const FOLDERS = ['', 'before/', 'after/', 'n1/', 'n2/', 'bundle/collect/'];

/** A few files: consecutive sections, mutated, wrapped once or twice, under names that users choose. */
export function manyFiles(
  texts: readonly string[],
  seed: number,
  index: number,
): { path: string; bytes: Uint8Array }[] {
  const random = seededRandom(seed * 2 ** 20 + index);
  const files = Array.from({ length: 1 + random.below(4) }, (_, file) => {
    const sections = Array.from({ length: 1 + random.below(3) }, () =>
      random.below(3) === 0 ? mutated(texts, seed, random.below(2 ** 20)) : pick(texts, random),
    );
    let text = sections.join(pick(['\n', '\n\n$ systemd-analyze blame\n', '\n--- next ---\n'], random));
    for (let times = random.below(3); times > 0; times -= 1) text = pick(WRAPPINGS, random)(text.slice(0, 20_000));
    return { path: `in/${pick(FOLDERS, random)}${file}/${pick(NAMES, random)}`, bytes: new TextEncoder().encode(text) };
  });
  const [first] = files;
  // A user has a second copy of a file, under another name or for another machine.
  if (first !== undefined && random.below(4) === 0)
    files.push({ ...first, path: `in/${pick(FOLDERS, random)}copy/${pick(NAMES, random)}` });
  return files;
}

/** The kernel's own id of the boot, where a journal of whole entries contains it. */
function lastBootId(artifacts: ReturnType<typeof importBoots>['boots'][number]['artifacts']): string | undefined {
  for (const path of ['journal/boot.jsonl', 'journal/boot.export', 'journal/boot.verbose']) {
    const text = new TextDecoder().decode(artifacts.get(path)?.bytes);
    const [, id] = [...text.matchAll(/_BOOT_ID"?\s?[:=]\s?"?([0-9a-f]{32})/g)].at(-1) ?? [];
    if (id !== undefined) return id;
  }
  return undefined;
}

/** The first broken promise, in words; undefined where the import keeps all of them. */
export function brokenByImport(files: readonly { path: string; bytes: Uint8Array }[]): string | undefined {
  let imported: ReturnType<typeof importBoots>;
  try {
    imported = importBoots(files);
  } catch (error) {
    return `threw ${String(error)}`;
  }
  const ids = imported.boots.map(({ outcome }) => outcome.boot.id);
  if (new Set(ids).size < ids.length) return `ids come twice: ${ids}`;
  const read = imported.boots.flatMap(({ artifacts }) => lastBootId(artifacts) ?? []);
  if (new Set(read).size < read.length) return `a boot is counted twice: ${read}`;
  const shown = new Set<string>();
  for (const { artifacts, outcome } of imported.boots)
    for (const [raw, { from }] of artifacts) {
      const place = `${from} ${raw} ${/#/.test(outcome.boot.machine) ? outcome.boot.machine : ''}`;
      if (shown.has(place)) return `${place} is in two boots`;
      shown.add(place);
    }
  const given = files.map(({ bytes }) => new TextDecoder().decode(bytes).replace(SOFT_BREAK, '')).join('\n');
  // Removing a colour or a tag from inside a word joins its halves.
  const all = `${given}\n${given.replace(/(?:\u001b|\\+u001b)?\[[\d;?]*[ -/]*[@-~]/g, '')}`;
  for (const { artifacts } of imported.boots)
    for (const [raw, { bytes }] of artifacts) {
      // Unwrapping removes marks and escapes; it must not add words or numbers.
      const words = new TextDecoder().decode(bytes).match(/[A-Za-z0-9]{5,40}/g) ?? [];
      const own = words.find((word) => !all.includes(word) && !coded(all, word));
      if (own !== undefined) return `${raw} has "${own}", which stands in no file`;
    }
  return undefined;
}

/** The soft line break of a mail, also between two lines of a list, and the marks that an outer wrapper puts before the next line. */
const SOFT_BREAK =
  /=(?:\r?\n|(?:\\+r)?\\+n|\\*",\s*\\*")(?:[\s>]|boot(?:\t|\\+t)Run systemd-analyze(?:\t|\\+t)|2026-07-01T10:00:00\.1234500Z ?|","stream":"stdout"\}|\{"log":")*/g;

/** Removing a mark or a tag from inside a word joins its parts. A number must stand in the text unchanged. */
function coded(text: string, word: string): boolean {
  if (/^\d+$/.test(word)) return false;
  for (let at = 1; at < word.length; at += 1)
    if (text.includes(word.slice(0, at)) && text.includes(word.slice(at))) return true;
  return false;
}
