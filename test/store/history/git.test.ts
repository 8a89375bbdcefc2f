import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openHistory } from '../../../src/store/history/open.ts';
import { nightsFrom, runLine } from '../../support/history-lines.ts';
import { realTimer } from '../../support/timer.ts';

const { signal } = new AbortController();
let folder: string;
let remote: string;

const git = (cwd: string, ...args: string[]) => execFileSync('git', args, { cwd, encoding: 'utf8' });
const history = (where = `git:${remote}#history/nightly`) =>
  openHistory(where, { cwd: folder, temporaryFolder: folder, timer: realTimer });

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'bench-git-'));
  remote = path.join(folder, 'remote.git');
  git(folder, 'init', '--quiet', '--bare', '--initial-branch', 'main', remote);
});
afterEach(() => rm(folder, { recursive: true }));

test('a missing branch is an empty history, and begins with the first line', async () => {
  expect(await history().read(signal)).toEqual({ lines: [], damaged: [] });
  await history().append(runLine('2026-02-01'), signal);
  expect(git(remote, 'ls-tree', '-r', '--name-only', 'history')).toBe('nightly/history.jsonl\n');
  expect((await history().read(signal)).lines.map(({ id }) => id)).toEqual(['nightly-2026-02-01']);
});

test('concurrent writers never lose a line, and never force a push', async () => {
  const nights = nightsFrom('2026-01-01', 8);
  const writer = async (own: readonly string[]) => {
    for (const night of own) await history().append(runLine(night), signal);
  };
  await Promise.all([writer(nights.slice(0, 4)), writer(nights.slice(4))]);
  const { lines, damaged } = await history().read(signal);
  expect(lines.map(({ id }) => id).sort()).toEqual(nights.map((night) => `nightly-${night}`));
  expect(damaged).toEqual([]);
  expect(git(remote, 'rev-list', '--count', 'history').trim()).toBe('8');
}, 120_000);

test('other files of the branch do not change', async () => {
  const clone = path.join(folder, 'clone');
  git(folder, 'init', '--quiet', '--initial-branch', 'history', clone);
  await writeFile(path.join(clone, 'README.md'), 'ours\n');
  git(clone, 'add', '.');
  git(clone, '-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '--quiet', '-m', 'first');
  git(clone, 'push', '--quiet', remote, 'history');
  await history().append(runLine('2026-02-01'), signal);
  expect(git(remote, 'show', 'history:README.md')).toBe('ours\n');
});

test('prune is one commit: later nights, other files and the history of the branch remain', async () => {
  const nights = nightsFrom('2026-01-01', 4);
  for (const night of nights) await history().append(runLine(night), signal);
  const before = git(remote, 'rev-parse', 'history').trim();
  await history().prune?.((line) => line.kind !== 'run' || line.night >= '2026-01-03', signal);
  expect((await history().read(signal)).lines.map(({ id }) => id)).toEqual(
    nights.slice(2).map((night) => `nightly-${night}`),
  );
  expect(git(remote, 'rev-parse', 'history~1').trim()).toBe(before);
  expect(git(remote, 'log', '-1', '--format=%s', 'history')).toBe('history: prune\n');
}, 120_000);

test('prune with nothing to delete makes no commit and no branch', async () => {
  await history().prune?.(() => false, signal);
  expect(git(remote, 'branch', '--list')).toBe('');
  await history().append(runLine('2026-02-01'), signal);
  await history().prune?.(() => true, signal);
  expect(git(remote, 'rev-list', '--count', 'history').trim()).toBe('1');
});

test('prune keeps lines that others push meanwhile', async () => {
  const [old, ...added] = nightsFrom('2026-01-01', 7) as [string, ...string[]];
  await history().append(runLine(old), signal);
  const pruning = history().prune?.((line) => line.kind !== 'run' || line.night > old, signal);
  for (const night of added) await history().append(runLine(night), signal);
  await pruning;
  const { lines, damaged } = await history().read(signal);
  expect(lines.map(({ id }) => id)).toEqual(added.map((night) => `nightly-${night}`));
  expect(damaged).toEqual([]);
}, 120_000);

test('the error for a missing remote says what to do', async () => {
  await expect(history(`git:${folder}/none#history`).read(signal)).rejects.toMatchObject({
    kind: 'world',
    message: expect.stringMatching(/^git ls-remote failed: /),
  });
});

test.each(['git:somewhere', 'git:#branch', 'git:remote#', 'git:--upload-pack=x#b', 'git:remote#a/../b'])(
  '%s is no place of a history',
  (where) => {
    expect(() => history(where)).toThrow('does not name a git branch');
  },
);
