/**
 * An environment for one attack: a working folder, a folder beside it that nothing may touch, and the real command. Each attack has its
 * own checks. In addition, the lab checks for crashes, changes outside, leftover temporary files, and control characters of untrusted
 * text on the terminal.
 */
import { spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface Result {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

export interface Lab {
  readonly folder: string;
  /** bench may not read or change anything in this folder; it holds `secret.txt`. */
  readonly outside: string;
  bench(args: readonly string[], options?: BenchOptions): Promise<Result>;
  write(name: string, content: string | Uint8Array): string;
  read(name: string): string;
  at(...names: string[]): string;
  /** Copies the run that comes with the sources. */
  sampleRun(name?: string): string;
}

export interface BenchOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** A shell that sets limits first, e.g. `ulimit -f 0`. */
  readonly shell?: string;
  /** A signal to send `afterMs` after the start. */
  readonly kill?: { readonly signal: NodeJS.Signals; readonly afterMs: number };
}

export interface Attack {
  readonly kind: string;
  readonly name: string;
  /** Too slow for the tests; only `npm run hostile` runs it. */
  readonly long?: boolean;
  run(lab: Lab): Promise<void>;
}

/** A disk, recognisable by the last two bytes of its first sector. */
export const DISK: Uint8Array = Uint8Array.from(
  { length: 1024 },
  (_, at) => ({ 446: 0x80, 450: 0x83, 454: 1, 458: 1, 510: 0x55, 511: 0xaa })[at] ?? 0,
);

/** Text of the file outside: it must never appear. */
export const OUTSIDE_TEXT = 'the-text-outside-4711';

/** Longer than anything except a hang, on a busy computer. */
const WITHIN_MS = 240_000;

const BENCH = path.resolve('dist/bench.js');

/** Runs the attack; throws with the reason where bench did not withstand it. */
export async function held({ run }: Attack): Promise<void> {
  const root = mkdtempSync(path.join(tmpdir(), 'hostile-'));
  const [folder, outside, temporary] = ['work', 'outside', 'tmp'].map((name) => path.join(root, name)) as [
    string,
    string,
    string,
  ];
  for (const made of [folder, outside, temporary]) mkdirSync(made);
  writeFileSync(path.join(outside, 'secret.txt'), `${OUTSIDE_TEXT}\n`);
  const before = snapshot(outside);
  const results: Result[] = [];
  const at = (...names: string[]) => path.join(folder, ...names);
  const lab: Lab = {
    folder,
    outside,
    at,
    async bench(args, options = {}) {
      const result = await bench(args, folder, temporary, options);
      results.push(result);
      check(result.status !== null, `bench ${args.join(' ')} did not end within ${WITHIN_MS / 1000} s`);
      check(
        result.status !== 70 && !/a bug, please report/.test(result.stderr),
        `bench ${args[0]}: a bug:\n${result.stderr}`,
      );
      return result;
    },
    write(name, content) {
      mkdirSync(path.dirname(at(name)), { recursive: true });
      writeFileSync(at(name), content);
      return at(name);
    },
    read: (name) => readFileSync(at(name), 'utf8'),
    sampleRun(name = 'run') {
      cpSync(path.resolve('reports/sample'), at(name), { recursive: true });
      return name;
    },
  };
  try {
    await run(lab);
    check(JSON.stringify(snapshot(outside)) === JSON.stringify(before), 'the folder outside was changed');
    check(leftovers(root).length === 0, `left behind: ${leftovers(root).join(', ')}`);
    for (const { stdout, stderr } of results) {
      check(
        !/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]|\r(?!\n)/.test(stdout + stderr),
        'a control character reached the terminal',
      );
      check(!(stdout + stderr).includes(OUTSIDE_TEXT), 'the text outside was shown');
    }
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

export function check(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(what);
}

/** Checks that bench refused with a usage error and these words. */
export function refused({ status, stderr }: Result, ...words: readonly (string | RegExp)[]): void {
  check(status === 2, `exit ${status}, not 2: ${stderr}`);
  for (const word of words)
    check(typeof word === 'string' ? stderr.includes(word) : word.test(stderr), `no ${word} in: ${stderr}`);
}

function bench(args: readonly string[], cwd: string, temporary: string, options: BenchOptions): Promise<Result> {
  const command =
    options.shell === undefined
      ? [process.execPath, BENCH, ...args]
      : ['sh', '-c', `${options.shell}; exec "$@"`, 'sh', process.execPath, BENCH, ...args];
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: cwd,
    TMPDIR: temporary,
    BENCH_CACHE: path.join(cwd, '.cache'),
    ...options.environment,
  };
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(command[0] ?? '', command.slice(1), { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const texts = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const)
      child[name].setEncoding('utf8').on('data', (chunk: string) => {
        texts[name] += chunk;
      });
    const late = setTimeout(() => child.kill('SIGKILL'), WITHIN_MS);
    const killer = options.kill && setTimeout(() => child.kill(options.kill?.signal), options.kill.afterMs);
    child.on('error', reject);
    child.on('close', (status) => {
      clearTimeout(late);
      clearTimeout(killer);
      resolve({ status, ...texts, seconds: (performance.now() - began) / 1000 });
    });
  });
}

/** Names, kinds, sizes and contents of everything in a folder. */
function snapshot(folder: string): unknown {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => {
      const facts = lstatSync(path.join(folder, name));
      return [name, facts.mode, facts.isFile() ? readFileSync(path.join(folder, name), 'utf8') : '', facts.mtimeMs];
    });
}

const leftovers = (root: string): string[] => {
  const below = readdirSync(root, { recursive: true, encoding: 'utf8' });
  const temporary = existsSync(path.join(root, 'tmp'))
    ? readdirSync(path.join(root, 'tmp')).filter((name) => name.startsWith('bench'))
    : [];
  return [...below.filter((name) => /\.tmp$|run\.lock/.test(name)), ...temporary];
};
