/**
 * Runs a scenario's programs without a shell, in the scenario's folder, within limits of time and output. A program may hang,
 * print without end, or leave something behind in the background; the caller learns which, and never waits for it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { usageError } from '../../model/errors.ts';
import type { RunContext } from '../../model/provider.ts';
import type { Ms } from '../../model/units.ts';
import { killGroup } from './process-group.ts';

const words = z.array(z.string()).min(1);

/** A program and its arguments: a text that bench splits at blanks, or a list if an argument contains one. */
export const Program = z
  .union([z.string().regex(/\S/, 'a program, e.g. ./create'), words])
  .transform((given) => (typeof given === 'string' ? given.trim().split(/\s+/) : given));
export type Program = readonly string[];

export interface ProgramWorld {
  /** Programs run in this folder, and relative paths start from it. */
  readonly folder: string;
  readonly environment: RunContext['environment'];
}

export interface ProgramCall {
  readonly program: Program;
  /** Standard input. */
  readonly input: string;
  readonly withinMs: Ms;
}

/** How a program ended, with the last `KEPT_BYTES` of standard error and all of standard output. */
export type ProgramEnd = { readonly stdout: string; readonly stderr: string } & (
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'signal'; readonly name: string }
  | { readonly kind: 'too-late' }
  | { readonly kind: 'too-much' }
  | { readonly kind: 'not-started'; readonly reason: string }
);

/** Limit of standard output: thousands of machines as JSON. */
export const OUTPUT_BYTES = 4 * 2 ** 20;
const KEPT_BYTES = 64 * 1024;
/** From the polite signal to the one that cannot be ignored: time for a trap to tidy up. */
const GRACE_MS = 2_000;
/** After its end, wait this long for what is still in the pipes. Its background processes may hold them open for ever. */
const DRAIN_MS = 500;

/** Runs a program to its end, or to its time limit. Throws only the reason of `signal`, after it has stopped the program. */
export async function runProgram(call: ProgramCall, world: ProgramWorld, signal: AbortSignal): Promise<ProgramEnd> {
  signal.throwIfAborted();
  const [name = '', ...args] = call.program;
  const child = spawn(await fileOf(name, world), args, {
    cwd: world.folder,
    env: { ...world.environment },
    stdio: ['pipe', 'pipe', 'pipe'],
    // Its own group: bench handles Ctrl-C itself, and a stop reaches everything that the program started.
    detached: true,
  });
  const output = outputOf(child, () => stop('too-much'));
  let stopped: 'too-late' | 'too-much' | 'aborted' | undefined;
  const stop = (why: 'too-late' | 'too-much' | 'aborted') => {
    if (stopped) return;
    stopped = why;
    killGroup(child, 'SIGTERM');
    setTimeout(() => killGroup(child, 'SIGKILL'), GRACE_MS).unref();
  };
  const limit = setTimeout(() => stop('too-late'), call.withinMs);
  const onAbort = () => stop('aborted');
  signal.addEventListener('abort', onAbort);
  child.stdin.on('error', () => {});
  child.stdin.end(call.input);
  try {
    const end = await endOf(child);
    // After a stop, also end what the program started and did not wait for.
    if (stopped) killGroup(child, 'SIGKILL');
    signal.throwIfAborted();
    if (stopped === 'too-late' || stopped === 'too-much') return { kind: stopped, ...output.text() };
    return { ...end, ...output.text() };
  } finally {
    clearTimeout(limit);
    signal.removeEventListener('abort', onAbort);
    for (const pipe of [child.stdin, child.stdout, child.stderr]) pipe.destroy();
  }
}

type Ended =
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'signal'; readonly name: string }
  | { readonly kind: 'not-started'; readonly reason: string };

const endOf = (child: ChildProcess): Promise<Ended> =>
  new Promise((resolve) => {
    child.once('error', (cause) => resolve({ kind: 'not-started', reason: cause.message }));
    child.once('exit', (code, name) => {
      const end: Ended = code === null ? { kind: 'signal', name: name ?? 'a signal' } : { kind: 'exit', code };
      const drained = setTimeout(() => resolve(end), DRAIN_MS);
      child.once('close', () => {
        clearTimeout(drained);
        resolve(end);
      });
    });
  });

function outputOf({ stdout, stderr }: ChildProcess, overflowed: () => void) {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let errors = '';
  stdout?.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= OUTPUT_BYTES) chunks.push(chunk);
    else overflowed();
  });
  stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-KEPT_BYTES);
  });
  return { text: () => ({ stdout: Buffer.concat(chunks).toString('utf8'), stderr: errors }) };
}

/** Throws a usage error if a program is missing or not executable. `key` is where the scenario names it. */
export async function checkProgram(key: string, [name = '']: Program, world: ProgramWorld): Promise<void> {
  const file = await fileOf(name, world);
  if (!file.includes('/'))
    throw usageError(
      `${key}: program ${name} not found in ${world.folder} or PATH.`,
      'Correct its name; paths are relative to the folder of the scenario.',
    );
  if (!(await isThere(file, constants.F_OK)))
    throw usageError(
      `${key}: there is no file ${file}.`,
      'Correct its name; paths are relative to the folder of the scenario.',
    );
  if (!(await isThere(file, constants.X_OK)))
    throw usageError(`${key}: ${file} is not executable.`, `Type: chmod +x ${file}`);
}

/** Finds a program beside the scenario, else in PATH. Returns a name without a slash if it is in neither. */
async function fileOf(name: string, { folder, environment }: ProgramWorld): Promise<string> {
  const beside = path.resolve(folder, name);
  if (name.includes('/') || (await isThere(beside, constants.X_OK))) return beside;
  for (const place of (environment.PATH ?? '').split(':').filter(Boolean))
    if (await isThere(path.join(place, name), constants.X_OK)) return path.join(place, name);
  return name;
}

const isThere = (file: string, mode: number): Promise<boolean> =>
  access(file, mode).then(
    () => true,
    () => false,
  );
