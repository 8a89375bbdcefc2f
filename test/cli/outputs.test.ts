/** Readers that close a pipe, full disks, signals: through a shell, as users run the command. */
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const BENCH = `'${process.execPath}' '${path.resolve('dist/bench.js')}'`;

let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(path.join(tmpdir(), 'bench-outputs-'));
  cpSync('reports/sample', path.join(cwd, 'sample'), { recursive: true });
});
afterAll(() => rmSync(cwd, { recursive: true }));

const place = () => ({ cwd, env: { PATH: process.env.PATH ?? '', HOME: cwd, TMPDIR: cwd } });

/** The exit code of the command itself, not of the program that reads its pipe. */
function shell(line: string) {
  const { stderr, stdout, status } = spawnSync('bash', ['-c', line], { ...place(), encoding: 'utf8', timeout: 60_000 });
  return { stderr, stdout, status };
}

describe('a reader that closes its pipe', () => {
  test.each([
    'scenarios',
    'record sample --json',
    'export sample --format perfetto',
    'export sample --format csv',
    'plan --scenario local-aa --sigma 5% --json',
    'comment sample --print',
    '--help',
  ])('changes nothing about %s: no message, exit 0', (command) => {
    const { stdout, stderr } = shell(`${BENCH} ${command} | true; echo "\${PIPESTATUS[0]}"`);
    expect([stdout, stderr]).toEqual(['0\n', '']);
  });

  test('does not change the exit code of a comparison', () => {
    const alone = shell(`${BENCH} compare sample > /dev/null`).status;
    const { stdout, stderr } = shell(`${BENCH} compare sample | true; echo "\${PIPESTATUS[0]}"`);
    expect([stdout, stderr]).toEqual([`${alone}\n`, '']);
  });

  test('may close both streams', () => {
    expect(shell(`${BENCH} scenarios --bogus 2>&1 | true; echo "\${PIPESTATUS[0]}"`).stdout).toBe('2\n');
  });
});

test('bench reports a failure when a full disk rejects the output', () => {
  expect(shell(`${BENCH} scenarios > /dev/full`)).toEqual({
    status: 3,
    stdout: '',
    stderr: 'bench: stdout could not be written: ENOSPC: no space left on device, write\n',
  });
});

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s ends a plan during its computation', async (signal) => {
  const design = ['--scenario', 'local-deferral', '--precision', '1%', '--sigma', '50%', '--effect', '1%'];
  const child = spawn(process.execPath, [path.resolve('dist/bench.js'), 'plan', ...design], place());
  const ended = new Promise((resolve) => child.on('exit', (code, by) => resolve(code ?? by)));
  await new Promise((resolve) => setTimeout(resolve, 500));
  child.kill(signal);
  expect(await ended).toBe(signal);
});
