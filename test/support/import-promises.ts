/**
 * What an import promises of whatever it is given: it does not throw, counts no boot twice, and every line of an artifact stands in the
 * file that it is from, or in a text that the file quotes. Inputs are built of real texts, wrapped and put side by side as people do.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type Random, seededRandom } from '../../src/model/random.ts';
import { importBoots } from '../../src/stages/import/boots.ts';
import { mutated } from './mutations.ts';

const CORPUS = 'test/fixtures/corpus';
const pick = <T>(items: readonly T[], random: Random): T => items[random.below(items.length)] as T;

const FIELD = 'test/fixtures/field';
/** A file of a field report that is longer says nothing new to a cutter. */
const LONGEST_BYTES = 20_000;

/** Texts of the corpus, without the line that says where each is from, and the journals of field reports, which have boot ids. */
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

/** A handful of files: sections one after the other, mutated, wrapped once or twice, under names that people give. */
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
  // A user has kept a file twice, under another name or for another machine.
  if (first !== undefined && random.below(4) === 0)
    files.push({ ...first, path: `in/${pick(FOLDERS, random)}copy/${pick(NAMES, random)}` });
  return files;
}

/** The kernel's own id of the boot that is read, where a journal of whole entries has it. */
function lastBootId(artifacts: ReturnType<typeof importBoots>['boots'][number]['artifacts']): string | undefined {
  for (const path of ['journal/boot.jsonl', 'journal/boot.export', 'journal/boot.verbose']) {
    const text = new TextDecoder().decode(artifacts.get(path)?.bytes);
    const [, id] = [...text.matchAll(/_BOOT_ID"?\s?[:=]\s?"?([0-9a-f]{32})/g)].at(-1) ?? [];
    if (id !== undefined) return id;
  }
  return undefined;
}

/** The first promise that is broken, in words; undefined where all are kept. */
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
  // Where a colour or a tag stood in a word, its halves are one.
  const all = `${given}\n${given.replace(/(?:\u001b|\\+u001b)?\[[\d;?]*[ -/]*[@-~]/g, '')}`;
  for (const { artifacts } of imported.boots)
    for (const [raw, { bytes }] of artifacts) {
      // Unwrapping takes marks and escapes away; it must not add words and figures.
      const words = new TextDecoder().decode(bytes).match(/[A-Za-z0-9]{5,40}/g) ?? [];
      const own = words.find((word) => !all.includes(word) && !coded(all, word));
      if (own !== undefined) return `${raw} has "${own}", which stands in no file`;
    }
  return undefined;
}

/** The soft break of a mail, between two lines of a list too, and the marks that a wrapping around it has put before the next line. */
const SOFT_BREAK =
  /=(?:\r?\n|(?:\\+r)?\\+n|\\*",\s*\\*")(?:[\s>]|boot(?:\t|\\+t)Run systemd-analyze(?:\t|\\+t)|2026-07-01T10:00:00\.1234500Z ?|","stream":"stdout"\}|\{"log":")*/g;

/** Where a mark or a tag stood in a word, its parts are one now. What is a figure alone has to stand as it is. */
function coded(text: string, word: string): boolean {
  if (/^\d+$/.test(word)) return false;
  for (let at = 1; at < word.length; at += 1)
    if (text.includes(word.slice(0, at)) && text.includes(word.slice(at))) return true;
  return false;
}
