/**
 * What may come next on a command line: one answer for all shells, from the table of commands. A shell's script passes the words after
 * `bench`, the one under the cursor last, and shows the answer.
 */
import type { CommandSpec, OptionSpec } from '../command.ts';

export interface Candidate {
  readonly word: string;
  readonly text: string;
}

/** `files`: the shell also completes paths itself. */
export interface Completion {
  readonly candidates: readonly Candidate[];
  readonly files: boolean;
}

export type Kind = 'scenario' | 'run' | 'metric' | 'topic';

/** The existing names of a kind, looked up on request. */
export type Values = (kind: Kind) => Promise<readonly Candidate[]>;

const NOTHING: Completion = { candidates: [], files: false };
const HELP: OptionSpec = { flags: '-h, --help', text: 'display help for command' };

export async function complete(
  words: readonly string[],
  commands: readonly CommandSpec[],
  values: Values,
): Promise<Completion> {
  const typed = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const command = commandOf(before, commands);
  const found = command
    ? await inCommand(command.spec, before.slice(command.words), typed, values)
    : names(before, commands);
  return { ...found, candidates: found.candidates.filter(({ word }) => word.startsWith(typed)) };
}

function commandOf(before: readonly string[], commands: readonly CommandSpec[]) {
  for (const words of [2, 1]) {
    const spec = commands.find(({ name }) => name === before.slice(0, words).join(' '));
    if (spec) return { spec, words };
  }
  return undefined;
}

/** Names of commands, or of those of a group; the first of them in the table tells what a group is about. */
function names(before: readonly string[], commands: readonly CommandSpec[]): Completion {
  if (before.length > 1) return NOTHING;
  const candidates = new Map<string, Candidate>();
  for (const { name, summary } of commands) {
    const [first = '', second] = name.split(' ');
    const word = before.length === 0 ? first : first === before[0] ? second : undefined;
    if (word !== undefined && !candidates.has(word)) candidates.set(word, { word, text: summary });
  }
  return { candidates: [...candidates.values()], files: false };
}

async function inCommand(
  spec: CommandSpec,
  before: readonly string[],
  typed: string,
  values: Values,
): Promise<Completion> {
  const options = [...spec.options, HELP];
  const waiting = options.find((option) => takesValue(option) && flagsOf(option).includes(before.at(-1) ?? ''));
  if (waiting) return valuesOf(placeOf(waiting.flags), waiting, values);
  if (typed.startsWith('-')) return { candidates: unused(options, before), files: false };
  const place = argumentAt(spec, positionals(options, before));
  return place === undefined ? NOTHING : valuesOf(place, undefined, values);
}

const flagsOf = ({ flags }: OptionSpec): readonly string[] => flags.match(/--?[a-z][a-z-]*/gi) ?? [];
const takesValue = ({ flags }: OptionSpec): boolean => /[<[]/.test(flags);
const placeOf = (flags: string): string => /[<[].*$/.exec(flags)?.[0] ?? '';

/** Does not offer an option again, unless users may repeat it. */
const unused = (options: readonly OptionSpec[], before: readonly string[]): Candidate[] =>
  options
    .filter((option) => option.default?.text !== undefined || !flagsOf(option).some((flag) => before.includes(flag)))
    .map((option) => ({ word: flagsOf(option).at(-1) ?? '', text: option.text }));

function positionals(options: readonly OptionSpec[], before: readonly string[]): number {
  const isValue = (index: number) =>
    options.some((option) => takesValue(option) && flagsOf(option).includes(before[index - 1] ?? ''));
  return before.filter((word, index) => !word.startsWith('-') && !isValue(index)).length;
}

/** The last argument may take any number of words. */
function argumentAt({ args = '' }: CommandSpec, index: number): string | undefined {
  const places = args.split(' ').filter(Boolean);
  return places[index] ?? (places.at(-1)?.includes('...') ? places.at(-1) : undefined);
}

const KINDS: readonly (readonly [RegExp, Kind])[] = [
  [/^<metric>/, 'metric'],
  [/^\[topic\b/, 'topic'],
  [/^[<[](run|other|shard|boot-or-run)\b/, 'run'],
];

async function valuesOf(place: string, option: OptionSpec | undefined, values: Values): Promise<Completion> {
  if (option && flagsOf(option).includes('--scenario')) return { candidates: await values('scenario'), files: true };
  const choices = choicesIn(place, option);
  if (choices.length > 0) return { candidates: choices, files: false };
  const kind = KINDS.find(([pattern]) => pattern.test(place))?.[1];
  if (kind) return { candidates: await values(kind), files: kind === 'run' };
  return { candidates: [], files: /file|folder|path|image|history|where/.test(place) };
}

/** `a, b or c` of an option's text, and `<a|b|c>` of an argument. */
function choicesIn(place: string, option: OptionSpec | undefined): Candidate[] {
  const inPlace = /^[<[]([a-z]+(\|[a-z]+)+)/.exec(place)?.[1]?.split('|');
  const inText = /^<(format|shell)>/.test(place)
    ? option?.text.replace(/ *\(.*?\)/g, '').split(/,\s*|\s+or\s+/)
    : undefined;
  return (inPlace ?? inText ?? []).map((word) => ({ word: word.trim(), text: '' }));
}
