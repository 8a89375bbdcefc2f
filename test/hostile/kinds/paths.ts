/**
 * Pipes, devices, sockets, folders and 3 GiB in the place of every path that a command takes. Options and arguments come from the
 * program's table, so that a new one needs no change here.
 */
import path from 'node:path';
import type { CommandSpec, OptionSpec } from '../../../src/cli/command.ts';
import { COMMANDS } from '../../../src/cli/commands.ts';
import { type Attack, check, type Lab } from '../lab.ts';
import { THINGS } from '../things.ts';
import { CALLED } from './disk-commands.ts';

const kind = 'paths';

/** The table's placeholders for a path that bench reads, and for a folder that it writes. */
const READ = ['run', 'path', 'boot-or-run', 'shard', 'history', 'other', 'where', 'image', 'name=image'];
const WRITTEN = ['folder'];
const BY_OPTION: Readonly<Record<string, 'read' | 'written' | 'neither'>> = {
  '--scenario <name>': 'read',
  '--map <file>': 'read',
  '--from <file>': 'read',
  '--out <file>': 'written',
};
/** Placeholders that are not paths. A placeholder in no list fails a test. */
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

/** How a command uses a placeholder (`<run...>`, `[other]`) of an option or of the arguments. */
export function useOf(flags: string): 'read' | 'written' | 'neither' | 'unknown' {
  const known = BY_OPTION[flags];
  if (known !== undefined) return known;
  const [, word] = /[<[]([^>\]]+?)(?:\.\.\.)?[>\]]/.exec(flags) ?? [];
  if (word === undefined || NEITHER.includes(word)) return 'neither';
  if (READ.includes(word)) return 'read';
  return WRITTEN.includes(word) ? 'written' : 'unknown';
}

/** All options and arguments of the table, with the flags or the placeholder as in the table. */
export const PLACES: readonly { readonly command: CommandSpec; readonly flags: string; readonly index?: number }[] =
  COMMANDS.flatMap((command) => [
    ...command.options.map(({ flags }: OptionSpec) => ({ command, flags })),
    ...(command.args?.split(' ') ?? []).map((flags, index) => ({ command, flags, index })),
  ]);

/** Additional options, so that bench boots and builds nothing, and the option takes effect. */
const BESIDE: Readonly<Record<string, readonly string[]>> = {
  run: ['--dry-run', '--offline'],
  plan: ['--offline'],
  'init --from': ['--aks'],
  'compare --out': ['--report'],
};

/** Options that permit no other option. */
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

/** bench reads these only when it boots, and before booting: `kinds/files.ts` tries histories and scenarios. */
const NOT_READ = ['run --history <where>', 'confirm --scenario <name>'];

/** Where bench reads a path, it must refuse the thing and name it; a folder may be valid. */
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
      // The tests use only the kind that blocks for ever when opened.
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
