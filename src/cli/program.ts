/** From the table of commands to the parser of the command line. */
import { Command, CommanderError, Help, Option } from 'commander';
import type { CommandSpec, OptionSpec } from './command.ts';
import { COMMANDS, GROUPS } from './commands.ts';
import { EXIT, EXIT_CODES } from './exit.ts';
import { interruption, never } from './interruption.ts';
import { listsWith, wrapCommand } from './lists.ts';
import { type CommandProcess, columnsOf, processWorld, VERSION } from './world.ts';

/** Runs the command that `argv` names and returns its exit code. */
export async function program(argv: readonly string[], process: CommandProcess): Promise<number> {
  let code: number = EXIT.fine;
  const bench = parserOf(process, async ({ action, onInterruption }, args) => {
    const signal = onInterruption === undefined ? never : interruption(process, onInterruption);
    const world = processWorld(process, signal);
    // The parser gives what the table declares.
    code = await action(world, ...(args as never[]));
  });
  bench.version(VERSION, '-V, --version', 'print the version');
  try {
    await bench.parseAsync(helpOfCommand(argv, bench), { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT.fine : EXIT.usage;
  }
  return code;
}

export const DESCRIPTION =
  'Boots two machine images many times, alternating between them, and reports which one is usable sooner, by how much, and because of which step.';

/** `bench help run` is `bench run --help`; other words after `help` are topics. */
function helpOfCommand(argv: readonly string[], bench: Command): string[] {
  const [first, word, ...rest] = argv;
  const named = bench.commands.some((command) => command.name() === word);
  return first === 'help' && word !== undefined && named ? [word, ...rest, '--help'] : [...argv];
}

/** Uses the parser's own wrapping: help is plain text, and the library for escapes and wide characters is slow to load. */
const helpOfParser = new Help();
helpOfParser.minWidthToWrap = 1;
const { labelled, wrapLines } = listsWith((text, width) => helpOfParser.boxWrap(text, width));

/** Width of the terminal that shows the help; undefined without a terminal. */
type Columns = number | undefined;

/** The parser's default without a terminal. */
const helpWidth = (columns: Columns): number => columns ?? 80;

type Run = (spec: CommandSpec, args: unknown[]) => Promise<void>;

function parserOf({ stdout, stderr, env }: CommandProcess, run: Run): Command {
  const columns = columnsOf({ stdout, environment: env });
  const width = () => helpWidth(columns);
  const bench = new Command('bench')
    .description(DESCRIPTION)
    .exitOverride()
    .helpCommand(false)
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      getOutHelpWidth: width,
      getErrHelpWidth: width,
    })
    .configureHelp({
      sortSubcommands: false,
      minWidthToWrap: 12,
      formatItem: formatItem(columns),
      styleUsage: styleUsage(columns),
    })
    .addHelpText('after', () => firstSteps(columns));
  for (const spec of COMMANDS) addCommand(bench, spec, columns, run);
  return bench;
}

/** Two columns if they fit, else the text below its term; the parser adds two columns in front. */
const formatItem =
  (columns: Columns) =>
  (term: string, termWidth: number, description: string): string =>
    indented(labelled(term, description, termWidth, helpWidth(columns) - INDENT).trimEnd());

/** After its title. */
const styleUsage =
  (columns: Columns) =>
  (text: string): string =>
    wrapLines(`Usage: ${text}`, columns).replace('Usage: ', '');

const INDENT = 2;
const indented = (text: string): string => text.replaceAll(/^(?=.)/gm, ' '.repeat(INDENT));

const STEPS = [
  ['bench run --scenario local-deferral', 'two images in real virtual machines, no cloud needed'],
  ['bench doctor', 'check what this machine is missing and how to install it'],
  ['bench help verdict', 'how to read a verdict; bench help lists more topics'],
] as const;

function firstSteps(columns: Columns): string {
  const within = columns === undefined ? undefined : columns - INDENT;
  const termWidth = Math.max(...STEPS.map(([command]) => command.length));
  const steps = STEPS.map(([command, text]) => indented(labelled(command, text, termWidth, within)));
  const codes = `Exit codes: ${EXIT_CODES.map(([code, meaning]) => `${code} ${meaning}`).join(', ')}`;
  return ['', 'First steps:', ...steps, '', wrapLines(codes, columns)].join('\n');
}

const examplesOf = (examples: readonly string[], columns: Columns) => (): string =>
  `\nExamples:\n${examples.map((example) => `${wrapCommand(example, columns, INDENT)}\n`).join('')}`;

function addCommand(bench: Command, spec: CommandSpec, columns: Columns, run: Run): void {
  const { name, args, summary, description, options, examples } = spec;
  const [word = name, second] = name.split(' ');
  const parent = second === undefined ? bench : groupOf(bench, word, columns);
  const command = parent
    .command([second ?? word, ...(args === undefined ? [] : [args])].join(' '))
    .summary(summary)
    .description(description ?? summary)
    .addHelpText('after', examplesOf(examples, columns))
    .action((...given: unknown[]) => run(spec, given));
  for (const each of options) command.addOption(optionOf(each));
}

function groupOf(bench: Command, name: string, columns: Columns): Command {
  const known = bench.commands.find((command) => command.name() === name);
  const examples = COMMANDS.filter((spec) => spec.name.startsWith(`${name} `)).flatMap((spec) => spec.examples);
  return (
    known ??
    bench
      .command(name)
      .description(GROUPS[name] ?? '')
      .addHelpText('after', examplesOf(examples, columns))
  );
}

function optionOf({ flags, text, isRequired, default: initial, parse }: OptionSpec): Option {
  const option = new Option(flags, text);
  if (isRequired) option.makeOptionMandatory();
  if (initial) option.default(initial.value, initial.text);
  if (parse) option.argParser(parse);
  return option;
}
