import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readAnswer } from '../../src/guest/unpack.ts';
import { answerOf, request } from './run-script.ts';

/** The programs that the script may use. */
const PROGRAMS = ['tar', 'head', 'sed', 'mkdir', 'rm', 'cat', 'sleep', 'printf'];
const EXTRAS = ['setsid', 'gzip'];

const folder = mkdtempSync(path.join(tmpdir(), 'bench-userland-'));
beforeAll(() => {
  mkdirSync(path.join(folder, 'events'));
  writeFileSync(path.join(folder, 'events', 'one.json'), '1');
  writeFileSync(path.join(folder, 'events', 'two.json'), '2'.repeat(5000));
});
afterAll(() => rmSync(folder, { recursive: true }));

const installed = (program: string) =>
  ['/bin', '/usr/bin'].map((dir) => path.join(dir, program)).find((file) => existsSync(file));

/** A folder with `sh` and these programs, as links to one binary or to the system's. */
function userland(name: string, shell: string, programs: readonly string[], binary?: string): string {
  const bin = path.join(folder, name);
  mkdirSync(bin);
  symlinkSync(installed(shell) ?? shell, path.join(bin, 'sh'));
  for (const program of programs) symlinkSync(binary ?? installed(program) ?? program, path.join(bin, program));
  return bin;
}

describe.each([
  ['dash', 'dash', undefined],
  ['bash', 'bash', undefined],
  ['busybox', 'busybox', 'busybox'],
])('in a userland of %s', (name, shell, binary) => {
  test.skipIf(!installed(shell))('the script gives the same answer', async () => {
    const bin = userland(name, shell, [...PROGRAMS, ...EXTRAS], binary && installed(binary));
    const requests = [
      request('a', 'printf one'),
      request('cut', 'cat /dev/zero', 3000),
      request('folder/', `printf '%s\\n' ${folder}/events/one.json ${folder}/events/two.json`),
      request('fails', 'echo half; echo sorry >&2; exit 7'),
      request('hangs', 'sleep 1241'),
      request('last', 'printf end'),
    ];
    const { artifacts, warnings } = await readAnswer(requests, await answerOf(requests, bin, 1));
    expect(artifacts.map(({ path, exitCode, truncated, bytes }) => [path, exitCode, truncated, bytes.length])).toEqual([
      ['a', 0, false, 3],
      ['cut', 1, true, 3000],
      ['folder/one.json', 0, false, 1],
      ['folder/two.json', 0, false, 5000],
      ['fails', 7, false, 5],
      ['hangs', null, true, 0],
      ['last', 0, false, 3],
    ]);
    expect(warnings.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(/fails: .* exit code 7: sorry/),
    );
    expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toMatch(/sleep 1241/);
  });
});

test('without setsid and gzip the script still answers', async () => {
  const bin = userland('least', 'sh', PROGRAMS);
  const requests = [request('a', 'printf one'), request('b', 'printf two; exit 2')];
  const { artifacts } = await readAnswer(requests, await answerOf(requests, bin));
  expect(artifacts.map(({ exitCode, bytes }) => [exitCode, new TextDecoder().decode(bytes)])).toEqual([
    [0, 'one'],
    [2, 'two'],
  ]);
});
