/** Calls the verbs of `host.sh` on a machine and reads its answers. Everything that it prints is hostile text. */
import { BootFailure, type Shell } from '../../model/provider.ts';
import { quote, shellProgram } from '../../model/shell-program.ts';
import { type Ms, ms } from '../../model/units.ts';
import { lastWords } from '../any/redact.ts';
import program from './host.sh';

/** The state of a running machine: whatever tells one boot, and one way to boot, from another. */
export interface Description {
  readonly bootId: string;
  readonly commandLine: string;
  /** Entry of systemd-boot; empty with any other loader. */
  readonly entry: string;
  readonly loader: string;
  /** ostree's checksum and serial: of the running deployment, and of the one that boots next. Empty on other machines. */
  readonly deployment: string;
  readonly nextDeployment: string;
  readonly kernel: string;
  /** Seconds since 1970 by its own clock. */
  readonly clockS: number;
}

/** The lock file on a machine, with the machine's state at the lock. */
export interface Lock {
  readonly run: string;
  readonly scenario: string;
  readonly owner: string;
  readonly since: string;
  readonly deleteAfter: string;
  readonly original: Description;
  /** The variant that `apply` put on the machine; a boot alone does not undo it. */
  readonly applied: string | undefined;
}

type Verb = 'describe' | 'lock' | 'held' | 'mark' | 'arm' | 'disarm' | 'order' | 'settled' | 'unlock' | 'may';

const WITHIN = ms(60_000);
const NOTHING = (text: string) => text;

/** Resolves with the script's output. If it failed, rejects with a BootFailure in the machine's own words. */
export async function remote(
  shell: Shell,
  verb: Verb,
  settings: Readonly<Record<string, string>>,
  signal: AbortSignal,
  withinMs: Ms = WITHIN,
): Promise<string> {
  const assignments = Object.entries({ ...settings, VERB: verb }).map(([name, value]) => `${name}=${quote(value)}\n`);
  const answer = await shell.run(`${assignments.join('')}${shellProgram(program)}`, { withinMs }, signal);
  if (answer.code === 0) return answer.stdout;
  const said = lastWords(answer.stderr, NOTHING) || lastWords(answer.stdout, NOTHING) || `exit code ${answer.code}`;
  throw hostFailure(
    'boot',
    `host-${verb}`,
    `The machine could not ${WORDS[verb]}: ${said}.`,
    HINTS[verb] ?? 'Log in and try it by hand.',
  );
}

const WORDS: Readonly<Record<Verb, string>> = {
  describe: 'report how it was booted',
  lock: 'record its lock',
  held: 'report its lock',
  mark: 'record its state',
  arm: 'select the variant for the next boot',
  disarm: 'reset the selection for the next boot',
  order: 'reboot',
  settled: 'wait for the end of its boot',
  unlock: 'let go',
  may: 'report its capabilities',
};

const HINTS: Partial<Record<Verb, string>> = {
  order: 'It needs systemd, and passwordless sudo if the user is not root; or set provider.reset.',
  arm: 'bench doctor --scenario shows which loader the machine has.',
};

export const hostFailure = (
  stage: 'boot' | 'create' | 'reach',
  code: string,
  message: string,
  hint: string,
): BootFailure => new BootFailure({ stage, code, message, hint }, { facts: {}, marks: [], console: '' });

export const fieldsOf = (text: string): ReadonlyMap<string, string> =>
  new Map(
    text.split('\n').flatMap((line) => {
      const at = line.indexOf('=');
      return at > 0 ? [[line.slice(0, at), line.slice(at + 1)] as const] : [];
    }),
  );

export function descriptionOf(text: string): Description {
  const field = (name: string) => fieldsOf(text).get(name) ?? '';
  return {
    bootId: field('boot-id'),
    commandLine: field('cmdline'),
    entry: field('entry'),
    loader: field('loader'),
    deployment: field('deployment'),
    nextDeployment: field('next-deployment'),
    kernel: field('kernel'),
    clockS: Number(field('clock')),
  };
}

export function lockOf(text: string): Lock | undefined {
  const fields = fieldsOf(text);
  const field = (name: string) => fields.get(name) ?? '';
  if (field('run') === '') return undefined;
  return {
    run: field('run'),
    scenario: field('scenario'),
    owner: field('owner'),
    since: field('since'),
    deleteAfter: field('delete-after'),
    original: descriptionOf(text),
    applied: fields.get('applied'),
  };
}
