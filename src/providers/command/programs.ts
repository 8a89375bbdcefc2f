/** Calls the three programs, checks their output against its schema and reports what is wrong. Keeps no state. */
import type { z } from 'zod';
import { BenchError } from '../../model/errors.ts';
import { jsonOrUndefined } from '../../model/json.ts';
import { type Ms, msFromUs } from '../../model/units.ts';
import { type Program, type ProgramEnd, type ProgramWorld, runProgram } from '../any/program.ts';
import { lastWords, type Redact } from '../any/redact.ts';
import { CreateAnswer, type CreateRequest, type DestroyRequest, ListAnswer, type ListedMachine } from './messages.ts';
import type { CommandOptions } from './scenario.ts';

/** Why a call of a program failed. `code` is stable. */
export class ProgramError extends BenchError {
  readonly code: string;
  /** The program's standard error, redacted. */
  readonly printed: string;

  constructor(code: string, message: string, hint: string, printed = '') {
    super('world', message, hint);
    this.name = 'ProgramError';
    this.code = code;
    this.printed = printed;
  }
}

type Without<T> = T extends unknown ? Omit<T, 'schema' | 'options'> : never;

export interface Programs {
  /** `printed` is the program's standard error, redacted. */
  create(
    request: Without<z.input<typeof CreateRequest>>,
    signal: AbortSignal,
  ): Promise<{ readonly answer: CreateAnswer; readonly printed: string }>;
  destroy(request: Without<z.input<typeof DestroyRequest>>, signal: AbortSignal): Promise<void>;
  /** Machines of one run, or of all. */
  list(run: string | undefined, signal: AbortSignal): Promise<readonly ListedMachine[]>;
}

export function programsOf(given: CommandOptions, world: ProgramWorld, redact: Redact): Programs {
  const { options } = given;
  const call = async (
    name: 'create' | 'destroy' | 'list',
    message: object,
    within: CommandOptions['createWithin'],
    signal: AbortSignal,
  ) => {
    const program = given[name];
    const withinMs = msFromUs(within);
    const input = `${JSON.stringify(message)}\n`;
    const end = await runProgram({ program, input, withinMs }, world, signal);
    if (end.kind !== 'exit' || end.code !== 0) throw failed(name, program, end, withinMs, redact);
    return { stdout: end.stdout, printed: redact(end.stderr), program };
  };
  return {
    async create(request, signal) {
      const message = { schema: 'bench/command-create@1', ...request, options };
      const { stdout, printed, program } = await call('create', message, given.createWithin, signal);
      return { answer: parsed('create', program, CreateAnswer, stdout, redact), printed };
    },
    async destroy(request, signal) {
      await call('destroy', { schema: 'bench/command-destroy@1', ...request, options }, given.destroyWithin, signal);
    },
    async list(run, signal) {
      const message = { schema: 'bench/command-list@1', ...(run !== undefined && { run }), options };
      const { stdout, program } = await call('list', message, given.listWithin, signal);
      const { machines } = parsed('list', program, ListAnswer, stdout, redact);
      return run === undefined ? machines : machines.filter((machine) => machine.run === run);
    },
  };
}

function failed(name: string, program: Program, end: ProgramEnd, withinMs: Ms, redact: Redact): ProgramError {
  const shown = program.join(' ');
  const printed = redact(end.stderr);
  const said = lastWords(end.stderr, redact) || lastWords(end.stdout, redact);
  const lastSaid = said && ` Its last output: ${said}`;
  switch (end.kind) {
    case 'exit':
      return new ProgramError(
        `${name}-failed`,
        `${shown} ended with exit code ${end.code}${said ? `: ${said}` : ' and said nothing.'}`,
        'Run it by hand with the same input. raw/machine/console.log of the boot has its whole output.',
        printed,
      );
    case 'signal':
      return new ProgramError(
        `${name}-died`,
        `${shown} was killed by ${end.name}.${lastSaid}`,
        'Run it by hand to find out why.',
        printed,
      );
    case 'too-late':
      return new ProgramError(
        `${name}-timeout`,
        `${shown} took longer than ${seconds(withinMs)} and was stopped.${lastSaid}`,
        `Check what it waits for, or raise provider.${name}Within in the scenario.`,
        printed,
      );
    case 'too-much':
      return new ProgramError(
        `${name}-garbage`,
        `${shown} printed more than the output limit and was stopped.`,
        'Print one JSON document to standard output and everything else to standard error.',
        printed,
      );
    case 'not-started':
      return new ProgramError(
        `${name}-not-started`,
        `${shown} could not be started: ${end.reason}.`,
        'Check that its first line names an existing interpreter.',
      );
    default:
      return end satisfies never;
  }
}

function parsed<T extends z.ZodType>(
  name: string,
  program: Program,
  schema: T,
  text: string,
  redact: Redact,
): z.output<T> {
  const garbage = (what: string) =>
    new ProgramError(
      `${name}-garbage`,
      `${program.join(' ')} printed ${what}`,
      `Standard output is for one JSON document, see ${name === 'create' ? 'command-machine' : 'command-machines'}.schema.json; send all else to standard error.`,
    );
  if (text.trim() === '') throw garbage('nothing on standard output.');
  const value = jsonOrUndefined(text);
  if (value === undefined)
    throw garbage(
      `no JSON document. It begins: ${lastWords(text.trimStart().slice(0, 120).split('\n', 1)[0] ?? '', redact)}`,
    );
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw garbage(`the JSON document is not valid: ${issue?.path.join('.') || 'document'}: ${issue?.message ?? ''}`);
}

const seconds = (duration: Ms): string => `${Math.round(duration / 100) / 10} s`;

/** bench could not confirm that these machines are gone. */
export class NotGone extends BenchError {
  readonly reason: string;

  constructor(names: readonly string[], reason: string) {
    super(
      'world',
      `${names.length === 1 ? `The machine ${names[0]} is` : `${names.length} machines (${names.join(', ')}) are`} possibly still running: ${reason}`,
      'Destroy them by hand or with bench gc --scenario <this scenario> --yes --all, and check why destroy and list fail.',
    );
    this.name = 'NotGone';
    this.reason = reason;
  }
}
