/** A command in the table: data, and an action that loads its code when it runs, so that help costs next to nothing. */
import { InvalidArgumentError } from 'commander';
import type { Setting } from '../model/scenario.ts';
import type { CliWorld } from './world.ts';

export interface OptionSpec {
  readonly flags: string;
  readonly text: string;
  readonly isRequired?: true;
  readonly default?: { readonly value: unknown; readonly text?: string };
  /** `sofar`: the earlier value, if users may repeat the option. */
  readonly parse?: (text: string, sofar: unknown) => unknown;
}

export interface CommandSpec {
  /** `run`, or `history add`: a command of a group. */
  readonly name: string;
  /** In the form of the usage line: `<run> [other]`. */
  readonly args?: string;
  /** One line in the list of commands. */
  readonly summary: string;
  /** For the command's own help; by default the summary. */
  readonly description?: string;
  readonly options: readonly OptionSpec[];
  readonly examples: readonly string[];
  /** What it does on an interruption, if it makes machines or posts something. Others end where they are. */
  readonly onInterruption?: string;
  /** Returns the exit code. */
  readonly action: (world: CliWorld, ...args: never[]) => Promise<number>;
}

export const option = (flags: string, text: string, more: Omit<OptionSpec, 'flags' | 'text'> = {}): OptionSpec => ({
  flags,
  text,
  ...more,
});

export const required = (flags: string, text: string): OptionSpec => option(flags, text, { isRequired: true });

export const lazy =
  <Args extends unknown[]>(load: () => Promise<{ command: (world: CliWorld, ...args: Args) => Promise<number> }>) =>
  async (world: CliWorld, ...args: Args): Promise<number> =>
    (await load()).command(world, ...args);

export const wholeNumber = {
  parse: (text: string): number => {
    if (!/^\d{1,10}$/.test(text)) throw new InvalidArgumentError('It takes a whole number.');
    return Number(text);
  },
};

/** Users may repeat it; keeps the order. */
export const repeatable = {
  default: { value: [], text: 'none' },
  parse: (text: string, sofar: unknown): readonly string[] => [...(sofar as readonly string[]), text],
};

/** `name=value`; users may repeat it. */
const pairs = (what: string) => ({
  default: { value: [], text: 'none' },
  parse: (text: string, sofar: unknown): readonly Setting[] => {
    const [path, ...value] = text.split('=');
    if (!path || value.length === 0) throw new InvalidArgumentError(`It takes ${what}.`);
    return [...(sofar as readonly Setting[]), { path, value: value.join('=') }];
  },
});

export const settings = option(
  '--set <path=value>',
  'override a value of the scenario, e.g. provider.timing=wall',
  pairs('path=value'),
);

export const variantImages = option(
  '--variant <name=image>',
  'image of the variant of that name, as often as there are variants',
  pairs('name=image'),
);
