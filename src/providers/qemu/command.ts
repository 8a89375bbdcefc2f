/**
 * Runs one command to its end. Every process started here dies with this one, even after SIGKILL (`setpriv --pdeathsig`,
 * util-linux 2.33), except machines that a user asked to keep. The terminal's Ctrl-C does not reach it; the caller handles that.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { worldError } from '../../model/errors.ts';
import type { Ms } from '../../model/units.ts';
import { killGroup } from '../any/process-group.ts';

export interface CommandOptions {
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly folder?: string;
  readonly input?: string;
  readonly timeoutMs?: Ms;
  /** The command continues after this process ends. */
  readonly outlives?: boolean | undefined;
  /** Receives each line of standard output and error as it comes. */
  readonly onLine?: (line: string) => void;
}

export interface CommandResult {
  /** Null if a signal ended the command: ours (abort, timeout) or another's. */
  readonly exitCode: number | null;
  /** Standard output and error as they came, the last `OUTPUT_LIMIT` characters. */
  readonly output: string;
  readonly stdout: string;
}

const OUTPUT_LIMIT = 256 * 1024;

/** Arguments that make `command` die with its parent. */
export const boundToParent = (command: readonly string[]): readonly string[] => [
  'setpriv',
  '--pdeathsig',
  'KILL',
  '--',
  ...command,
];

/** Starts a command, bound to this process unless `outlives` is set. Standard input and output are pipes. */
export function start(command: readonly string[], options: CommandOptions): ChildProcess {
  const [file = '', ...args] = options.outlives ? command : boundToParent(command);
  return spawn(file, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
    ...(options.environment && { env: { ...options.environment } }),
    ...(options.folder && { cwd: options.folder }),
  });
}

/** Runs a command to its end; an abort or the time limit kills it. Throws a world error only if it could not start. */
export async function run(
  command: readonly string[],
  options: CommandOptions,
  signal: AbortSignal,
): Promise<CommandResult> {
  signal.throwIfAborted();
  const child = start(command, options);
  const kill = () => killGroup(child, 'SIGKILL');
  const limit = options.timeoutMs === undefined ? undefined : setTimeout(kill, options.timeoutMs);
  signal.addEventListener('abort', kill);
  try {
    const all = keepTail();
    const stdout = keepTail();
    const lines = splitLines(options.onLine);
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout.add(text);
      all.add(text);
      lines(text);
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      all.add(text);
      lines(text);
    });
    child.stdin?.on('error', () => {});
    child.stdin?.end(options.input ?? '');
    const exitCode = await new Promise<number | null>((resolve, reject) => {
      child.once('error', (cause) =>
        reject(worldError(`Could not start ${command[0]}: ${cause.message}`, 'Run `bench doctor`.', cause)),
      );
      child.once('close', (code) => resolve(code));
    });
    signal.throwIfAborted();
    return { exitCode, output: all.text(), stdout: stdout.text() };
  } finally {
    clearTimeout(limit);
    signal.removeEventListener('abort', kill);
  }
}

function keepTail() {
  let held = '';
  return {
    add: (text: string) => {
      held = (held + text).slice(-OUTPUT_LIMIT);
    },
    text: () => held,
  };
}

function splitLines(onLine: ((line: string) => void) | undefined): (text: string) => void {
  let rest = '';
  return (text) => {
    const lines = (rest + text).split('\n');
    rest = (lines.pop() ?? '').slice(-4096);
    for (const line of lines) onLine?.(line);
  };
}
