/** The state after kill -9 of bench: no process, listener or mount remains; files only until the next run. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sweepPrivateFolders } from '../../../src/providers/any/private-folder.ts';
import { bundled } from '../../../tools/bundled.js';
import { eventually, isOpen, processesIn, type ScenarioText, variantsOf } from './lab.ts';
import { READY, tinyGuest } from './tiny-guest.ts';

let home: string;
let program: string;
beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'bench-killed-test-'));
  program = path.resolve('node_modules/.cache/bench-test/killed.mjs');
  await bundled(path.join(import.meta.dirname, 'killed.ts'), program);
});
afterAll(() => rm(home, { recursive: true, force: true }));

/** Starts it and resolves once it has printed a line that matches. */
async function runUntil(scenario: ScenarioText, said: RegExp): Promise<{ child: ChildProcess; line: string }> {
  const child = spawn(process.execPath, [program, JSON.stringify(scenario), `${home}/cache`, home, home]);
  let text = '';
  child.stderr.on('data', (bytes: Buffer) => {
    text += bytes.toString();
  });
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (bytes: Buffer) => {
      text += bytes.toString();
      const match = said.exec(text);
      if (match) resolve(match[0]);
    });
    child.once('exit', () => reject(new Error(`it ended by itself:\n${text}`)));
  });
  return { child, line };
}

const mounted = async () => (await readFile('/proc/mounts', 'utf8')).split('\n').filter((line) => line.includes(home));

/** Processes of a build: they see a folder of this test as a separate mount, wherever it is for them. */
async function behindWalls(): Promise<string[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const mounts = await Promise.all(ids.map((id) => readFile(`/proc/${id}/mountinfo`, 'utf8').catch(() => '')));
  return ids.filter((_, at) => mounts[at]?.includes(`${home}/`));
}

test('a booted machine dies with it, and its port is free', async () => {
  await writeFile(path.join(home, 'disk.raw'), tinyGuest({ console: 'x', marker: READY, end: 'idle' }));
  const provider = { kind: 'qemu', timing: 'wall', accel: 'tcg', memory: '64M' } as const;
  const scenario = { name: 'test', provider, variants: variantsOf({ file: 'disk.raw' }) };
  const { child, line } = await runUntil(scenario, /booted on port (\d+)\n/);
  const port = Number(/\d+/.exec(line));
  expect((await processesIn(home)).length).toBe(1);
  expect(await isOpen(port)).toBe(true);
  child.kill('SIGKILL');
  expect(await eventually(async () => (await processesIn(home)).length === 0)).toBe(true);
  // A dying process leaves its folder before the kernel closes its sockets.
  expect(await eventually(async () => !(await isOpen(port)))).toBe(true);
});

test('an image build dies with it, mounts and all, and its files go with the next run', async () => {
  const scenario = {
    name: 'test',
    provider: { kind: 'qemu' } as const,
    variants: variantsOf({ build: { debian: 'bookworm' } }),
  };
  const { child } = await runUntil(scenario, /installing bookworm/);
  const images = path.join(home, 'cache/images');
  const building = async () => (await readdir(images)).filter((name) => name.startsWith('building-'));
  // Far enough in that there is a chroot with processes.
  expect(await eventually(async () => (await behindWalls()).length > 1)).toBe(true);
  await new Promise((resolve) => setTimeout(resolve, 3000));
  child.kill('SIGKILL');
  expect(await eventually(async () => (await behindWalls()).length === 0)).toBe(true);
  expect(await processesIn(home)).toEqual([]);
  expect(await mounted()).toEqual([]);
  expect(await building()).toHaveLength(1);
  expect(await sweepPrivateFolders(images, 'building')).toHaveLength(1);
  expect(await building()).toEqual([]);
});
