/**
 * A history on a branch of a git repository: `git:<remote>#<branch>[/<folder>]`, where the remote is anything git can fetch from and push
 * to. Uses the `git` of this computer, and so its credentials.
 *
 * Bench adds a line to the current branch, commits it, and pushes without force. If another client pushed in between, the remote refuses
 * the push and bench begins again on top of theirs. So it loses nothing of theirs, and merges nothing. A branch that is not there yet
 * begins with the first line, without any of the repository's other files.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { beneath } from '../../files/beneath.ts';
import { BenchError, messageOf, usageError, worldError } from '../../model/errors.ts';
import type { History } from '../../model/history.ts';
import type { Timer } from '../../model/provider.ts';
import { retry } from '../../model/retry.ts';
import { ms } from '../../model/units.ts';
import { folderHistory, readFolder } from './folder.ts';

export interface GitPlace {
  readonly remote: string;
  readonly branch: string;
  /** Below the root of the branch; empty for the root. */
  readonly folder: string;
}

/** Losing to other writers more often than this is not bad luck. */
const MOST_TRIES = 20;
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5_000;

/** A remote that is silent for longer counts as unreachable. */
const GIT_WITHIN_MS = 120_000;

/** A remote that is a path starts from `cwd`. */
export function parseGitPlace(where: string, cwd: string): GitPlace | undefined {
  if (!where.startsWith('git:')) return undefined;
  const [, remote = '', target = ''] = /^git:([^#]+)#(.+)$/.exec(where) ?? [];
  const [branch = '', ...rest] = target.split('/');
  const isPlain = [branch, ...rest].every((part) => /^[\w][\w.-]*$/.test(part));
  if (remote === '' || remote.startsWith('-') || !isPlain)
    throw usageError(
      `"${where}" does not name a git branch.`,
      'Write git:<remote>#<branch> or git:<remote>#<branch>/<folder>, e.g. git:https://github.com/me/bench#history/nightly.',
    );
  const isPath = !remote.includes(':');
  return { remote: isPath ? path.resolve(cwd, remote) : remote, branch, folder: rest.join('/') };
}

export function gitHistory(place: GitPlace, temporaryFolder: string, timer: Timer): History {
  const within = <T>(use: (clone: string) => Promise<T>): Promise<T> => withFolder(temporaryFolder, use);
  return {
    append: (line, signal) =>
      within((clone) =>
        change(place, clone, line.id, (folder) => folderHistory(folder).append(line, signal), timer, signal),
      ),
    prune: (isKept, signal) =>
      within((clone) =>
        change(place, clone, 'prune', async (folder) => folderHistory(folder).prune?.(isKept, signal), timer, signal),
      ),
    read: (signal) =>
      within(async (clone) => {
        await git(clone, ['init', '--quiet', '--initial-branch', place.branch], signal);
        await checkout(place, clone, signal);
        const { lines, damaged } = await readFolder(await folderIn(clone, place), signal);
        const shown = (file: string) => `${place.branch}:${path.relative(clone, file)}`;
        return { lines, damaged: damaged.map(({ file, ...rest }) => ({ ...rest, file: shown(file) })) };
      }),
  };
}

/** Another owner writes the branch: bench follows no link in it. */
const folderIn = async (clone: string, { folder }: GitPlace): Promise<string> =>
  folder === '' ? clone : beneath(clone, folder);

/** Applies the change to the current branch, again and again until no other client pushed in between. */
async function change(
  place: GitPlace,
  clone: string,
  what: string,
  edit: (folder: string) => Promise<void>,
  timer: Timer,
  signal: AbortSignal,
): Promise<void> {
  await git(clone, ['init', '--quiet', '--initial-branch', place.branch], signal);
  const outrun = worldError(
    `${place.remote} rejected ${MOST_TRIES} pushes to ${place.branch}: others pushed first each time.`,
    'Try again, or use a separate branch for each scenario.',
  );
  const changeOnce = async () => {
    await checkout(place, clone, signal);
    await edit(await folderIn(clone, place));
    await git(clone, ['add', '--all'], signal);
    if ((await git(clone, ['status', '--porcelain'], signal)) === '') return;
    await git(clone, [...AUTHOR, 'commit', '--quiet', '--no-gpg-sign', '--message', `history: ${what}`], signal);
    if (!(await push(place, clone, signal))) throw outrun;
  };
  const pauseAfter = (cause: unknown, attempt: number) =>
    cause === outrun && attempt < MOST_TRIES
      ? ms(Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempt - 1)) * jitter(what, attempt))
      : undefined;
  await retry(changeOnce, pauseAfter, timer, signal);
}

const AUTHOR = ['-c', 'user.name=bench', '-c', 'user.email=bench@localhost'];

/** Between a half and one, different for each writer: two that collided do not collide again in step. */
function jitter(id: string, attempt: number): number {
  let hash = attempt;
  for (const character of id) hash = (Math.imul(hash, 31) + (character.codePointAt(0) ?? 0)) >>> 0;
  return 0.5 + (hash % 1000) / 2000;
}

/** The branch as it is now, alone; an empty folder if it does not exist yet. */
async function checkout({ remote, branch }: GitPlace, clone: string, signal: AbortSignal): Promise<void> {
  const heads = await git(clone, ['ls-remote', '--heads', remote, `refs/heads/${branch}`], signal);
  if (heads.trim() === '') return;
  await git(clone, ['fetch', '--quiet', '--depth', '1', '--no-tags', remote, `refs/heads/${branch}`], signal);
  await git(clone, ['reset', '--quiet', '--hard', 'FETCH_HEAD'], signal);
}

/** False if another client pushed first. */
async function push({ remote, branch }: GitPlace, clone: string, signal: AbortSignal): Promise<boolean> {
  try {
    await git(clone, ['push', '--quiet', remote, `HEAD:refs/heads/${branch}`], signal);
    return true;
  } catch (error) {
    if (error instanceof BenchError && REFUSED.test(error.message)) return false;
    throw error;
  }
}

/** Messages of git and its servers for a branch that moved, or is moving. */
const REFUSED =
  /non-fast-forward|fetch first|cannot lock ref|failed to update ref|remote rejected|reference already exists/i;

const run = promisify(execFile);

async function git(folder: string, args: readonly string[], signal: AbortSignal): Promise<string> {
  try {
    const { stdout } = await run('git', args, {
      cwd: folder,
      signal,
      timeout: GIT_WITHIN_MS,
      maxBuffer: 16 * 2 ** 20,
    });
    return stdout;
  } catch (cause) {
    signal.throwIfAborted();
    const said = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : '';
    const reason = said || messageOf(cause);
    throw worldError(
      `git ${args.find((arg) => /^[a-z]/.test(arg)) ?? ''} failed: ${reason}`,
      'Check that git on this computer can fetch from and push to this address.',
      cause,
    );
  }
}

async function withFolder<T>(parent: string, use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(parent, 'bench-history-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
