/** A release, from the tag to the published files: a copy of this checkout, a remote in a folder, and a `gh` that logs its arguments. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

let folder: string;
const at = (...names: string[]) => path.join(folder, ...names);
const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@localhost', ...args], {
    cwd: at('checkout'),
    encoding: 'utf8',
  }).trim();
const script = (name: string, ...args: string[]) =>
  spawnSync(at('checkout/tools/ci', name), args, {
    cwd: at('checkout'),
    encoding: 'utf8',
    env: { ...process.env, PATH: `${at('bin')}:${process.env.PATH}`, GITHUB_ACTIONS: '' },
  });

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'release-'));
  for (const name of ['bin', 'remote', 'checkout']) mkdirSync(at(name));
  const files = execFileSync('git', ['ls-files', '-z'], { encoding: 'utf8' }).split('\0');
  for (const file of files.filter((name) => name !== '' && !/^(test|reports)\//.test(name)))
    cpSync(file, at('checkout', file));
  symlinkSync(path.resolve('node_modules'), at('checkout/node_modules'));
  writeFileSync(at('bin/gh'), `#!/bin/sh\nprintf '%s\\n' "$@" >${at('gh.txt')}\n`, { mode: 0o755 });
  const changelog = readFileSync(at('checkout/CHANGELOG.md'), 'utf8');
  writeFileSync(at('checkout/CHANGELOG.md'), changelog.replace('## Unreleased', '## 0.1.0'));
  git('init', '--quiet', '--bare', at('remote'));
  git('init', '--quiet', '--initial-branch', 'main');
  writeFileSync(at('checkout/.git/info/exclude'), 'node_modules\ndist\n');
  git('remote', 'add', 'origin', at('remote'));
  git('add', '--all');
  git('commit', '--quiet', '--no-gpg-sign', '-m', 'release');
  git('push', '--quiet', 'origin', 'main', 'HEAD:refs/tags/v0.1.0');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a release', () => {
  test('fails where the tag, package.json and the changelog disagree', () => {
    expect(script('release-check', 'v0.1.0').status).toBe(0);
    expect(script('release-check', 'v0.1.1')).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/package\.json says 0\.1\.0/),
    });
  });

  test('has the package, the Action and their checksums', () => {
    const { status, stderr } = script('release-build', at('out'));
    expect(status, stderr).toBe(0);
    const names = ['CHANGELOG.md', 'SHA256SUMS', 'THIRD-PARTY-LICENSES.txt', 'action.tar.gz', 'bootbench-0.1.0.tgz'];
    expect(readdirSync(at('out')).sort()).toEqual(names);
    execFileSync('sha256sum', ['--check', '--quiet', 'SHA256SUMS'], { cwd: at('out') });
    expect(git('status', '--porcelain')).toBe('');
  });

  test('moves its tags to a commit that has the bundle, nothing to build, and unchanged workflows', () => {
    const main = git('rev-parse', 'main');
    const { status, stderr } = script('release-publish', at('out'), 'v0.1.0');
    expect(status, stderr).toBe(0);
    git('fetch', '--quiet', '--force', 'origin', 'refs/tags/*:refs/tags/*');
    expect(git('rev-parse', 'v0.1.0')).toBe(git('rev-parse', 'v0'));
    expect(git('rev-parse', 'v0^')).toBe(main);
    const files = git('ls-tree', '-r', '--name-only', 'v0').split('\n');
    for (const name of ['action.yml', 'dist/bench.js', 'dist/main.mjs', 'tools/ci/run', 'scenarios/local-aa.yaml'])
      expect(files).toContain(name);
    expect(files.filter((name) => /^(src|test|node_modules)\/|\.stamp$/.test(name))).toEqual([]);
    expect(git('diff', '--name-only', 'main', 'v0', '--', '.github/workflows')).toBe('');
    expect(readFileSync(at('gh.txt'), 'utf8')).toMatch(/^release\ncreate\nv0\.1\.0\n[\s\S]*### Added/);
  });
});
