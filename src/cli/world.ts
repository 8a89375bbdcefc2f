/**
 * The environment in the form that commands see, made from the process that `bench.ts` passes in. It passes everything else to the code
 * below.
 */
import { existsSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { versions } from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Timer } from '../model/provider.ts';
import { ms } from '../model/units.ts';
import type { Screen, World } from '../model/world.ts';

declare const BENCH_VERSION: string;

/** A stream that may be a terminal. */
export interface Output extends NodeJS.WritableStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** What a command gets of the process that runs it. */
export interface CommandProcess {
  readonly env: World['environment'];
  readonly stdout: Output;
  readonly stderr: Output;
  cwd(): string;
  on(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP', listener: () => void): unknown;
  exit(code: number): never;
}

/** What stages get, plus the two streams of the commands themselves. */
export interface CliWorld extends World {
  readonly stdout: Output;
  readonly stderr: Output;
}

export const VERSION: string = BENCH_VERSION;

/** `signal` ends the command in order. */
export function processWorld(process: CommandProcess, signal: AbortSignal): CliWorld {
  const { env } = process;
  const cwd = process.cwd();
  return {
    cwd,
    environment: env,
    version: VERSION,
    nodeVersion: versions.node,
    cacheFolder:
      env.BENCH_CACHE ?? path.join(env.XDG_CACHE_HOME ?? path.join(env.HOME || homedir(), '.cache'), 'bootbench'),
    temporaryFolder: path.resolve(cwd, env.TMPDIR || tmpdir()),
    scenarioFolders: [path.join(cwd, 'scenarios'), packageFolder('scenarios')],
    timer,
    now: () => new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
    stdout: process.stdout,
    stderr: process.stderr,
    signal,
  };
}

const timer: Timer = {
  nowMs: () => ms(performance.now()),
  sleep: (duration, signal) => delay(duration, undefined, { signal }),
};

/** A folder of the package, wherever the bundle or the sources stand in it. */
function packageFolder(name: string): string {
  let folder = path.dirname(fileURLToPath(import.meta.url));
  while (!existsSync(path.join(folder, name)) && folder !== path.dirname(folder)) folder = path.dirname(folder);
  return path.join(folder, name);
}

/** The screen that shows stdout. */
export const screenOf = ({ stdout, environment }: CliWorld): Screen => ({
  color: useColor(stdout, environment),
  width: columnsOf({ stdout, environment }) ?? 100,
});

/** Undefined without a terminal: stdout is no terminal, and COLUMNS is not set. */
export function columnsOf({ stdout, environment }: Pick<CliWorld, 'stdout' | 'environment'>): number | undefined {
  const said = /^[1-9]\d{0,3}$/.exec(environment.COLUMNS ?? '')?.[0];
  return stdout.columns ?? (said === undefined ? undefined : Number(said));
}

/** Colour when the stream is a terminal, unless the user says otherwise (NO_COLOR, FORCE_COLOR: no-color.org, force-color.org). */
function useColor(stream: Output, environment: World['environment']): boolean {
  if (environment.NO_COLOR) return false;
  if (environment.FORCE_COLOR) return environment.FORCE_COLOR !== '0';
  return stream.isTTY === true && environment.TERM !== 'dumb';
}
