/**
 * Pipes, devices, sockets, folders and 3 GiB in the place of every path that a command takes. Options and arguments are those of the
 * program's table, so that a new one is tried without a word here.
 */
import path from 'node:path';
import type { CommandSpec, OptionSpec } from '../../../src/cli/command.ts';
import { COMMANDS } from '../../../src/cli/commands.ts';
import { type Attack, check, type Lab } from '../lab.ts';
import { THINGS } from '../things.ts';
import { CALLED } from './disk-commands.ts';

const kind = 'paths';

/** What the table writes in the place of a path that is read, or of a folder that is written. */
const READ = ['run', 'path', 'boot-or-run', 'shard', 'history', 'other', 'where', 'image', 'name=image'];
const WRITTEN = ['folder'];
const BY_OPTION: Readonly<Record<string, 'read' | 'written' | 'neither'>> = {
  '--scenario <name>': 'read',
  '--map <file>': 'read',
  '--from <file>': 'read',
  '--out <file>': 'written',
};
/** Words that stand for no path. A placeholder in neither list fails a test. */
const NEITHER = [
  'path=value',
  'share',
  'n',
  'i/n',
  'address',
  'variant',
  'name',
  'text',
  'duration',
  'metric',
  'owner/name',
  'number',
  'url',
  'format',
  'change',
  'id',
  'action',
  'size',
  'cluster',
  'group',
  'user@machine',
  'bash|zsh|fish',
  'words',
  'topic',
];

/** How a placeholder (`<run...>`, `[other]`) of an option or of the arguments is used. */
export function useOf(flags: string): 'read' | 'written' | 'neither' | 'unknown' {
  const known = BY_OPTION[flags];
  if (known !== undefined) return known;
  const [, word] = /[<[]([^>\]]+?)(?:\.\.\.)?[>\]]/.exec(flags) ?? [];
  if (word === undefined || NEITHER.includes(word)) return 'neither';
  if (READ.includes(word)) return 'read';
  return WRITTEN.includes(word) ? 'written' : 'unknown';
}

/** All options and arguments of the table, with the flags or the placeholder as it writes them. */
export const PLACES: readonly { readonly command: CommandSpec; readonly flags: string; readonly index?: number }[] =
  COMMANDS.flatMap((command) => [
    ...command.options.map(({ flags }: OptionSpec) => ({ command, flags })),
    ...(command.args?.split(' ') ?? []).map((flags, index) => ({ command, flags, index })),
  ]);

/** So that nothing is booted or built, and the option counts. */
const BESIDE: Readonly<Record<string, readonly string[]>> = {
  run: ['--dry-run', '--offline'],
  plan: ['--offline'],
  'init --from': ['--aks'],
  'compare --out': ['--report'],
};

/** Goes with nothing else. */
const ALONE = ['init --budgets'];

async function called(lab: Lab, { command: { name }, flags, index }: (typeof PLACES)[number], thing: string) {
  const words = name.split(' ').length;
  if (index === 0 && flags.startsWith('[')) return [...name.split(' '), thing];
  const [option = ''] = flags.split(' ');
  const args = [...(ALONE.includes(`${name} ${option}`) ? [name] : ((await CALLED[name]?.args(lab)) ?? []))];
  const given = flags.includes('name=') ? `after=${thing}` : thing;
  if (index === undefined) args.push(option, given);
  else args.splice(words + index, index === 0 ? 1 : 0, given);
  return [...args, ...(BESIDE[name] ?? []), ...(BESIDE[`${name} ${option}`] ?? [])];
}

/** Read only where something is booted, and then before it: `kinds/files.ts` tries histories and scenarios. */
const NOT_READ = ['run --history <where>', 'confirm --scenario <name>'];

/** What is read must be refused by name; a folder may be what is meant. */
function answered(use: 'read' | 'written', thing: string, result: Awaited<ReturnType<Lab['bench']>>): void {
  const { status, stderr, seconds } = result;
  check(seconds < 60, `took ${seconds} s`);
  check(status !== null && status <= 5, `exit ${status}: ${stderr}`);
  if (use === 'written' || thing === 'a folder') return;
  check(status === 2 || status === 3, `exit ${status}: ${stderr}`);
  check(stderr.includes('thing'), `it is not named: ${stderr}`);
}

export const paths: readonly Attack[] = PLACES.flatMap((place) => {
  const use = useOf(place.flags);
  if (use === 'neither' || use === 'unknown') return [];
  const name = `${place.command.name} ${place.flags}`;
  return Object.entries(THINGS).map(
    ([thing, put]): Attack => ({
      kind,
      name: `${name} is ${thing}`,
      // In the tests the kind that waits for ever where it is opened.
      long: thing !== 'a pipe' || use === 'written',
      async run(lab) {
        const args = await called(lab, place, './thing');
        const undo = put(path.join(lab.folder, 'thing'));
        try {
          answered(NOT_READ.includes(name) ? 'written' : use, thing, await lab.bench(args));
        } finally {
          undo?.();
        }
      },
    }),
  );
});
