/**
 * The QEMU example of scenarios/examples, as a user copies it, with two images of this test. They have GRUB, systemd and sshd, and the
 * second one boots 5 s later.
 */
import { execFile, execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BootRecord } from '../../src/model/boot.ts';
import { newSshKey } from '../../src/providers/any/ssh-key.ts';
import { processesIn } from '../providers/qemu/lab.ts';
import { keyFiles, writeGrubDisk } from '../support/host-machine.ts';

const MINUTES = 60_000;
const run = promisify(execFile);

let home: string;
let folder: string;
let said: string;
const at = (...names: string[]): string => path.join(home, ...names);

async function makeImages(): Promise<void> {
  await mkdir(at('qemu/images'));
  for (const [name, core] of Object.entries({ before: 'core.img', after: 'core-slow.img' })) {
    await writeGrubDisk(keyFiles({ host: newSshKey('host') }), at('disk.raw'), core);
    const to = at(`qemu/images/${name}.qcow2`);
    await run('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', at('disk.raw'), to]);
  }
}

const bench = (...args: string[]) =>
  run(process.execPath, ['dist/bench.js', ...args], { env: { ...process.env, BENCH_QEMU: at('machines') } });

beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'bench-example-'));
  await cp('scenarios/examples/qemu', at('qemu'), { recursive: true });
  await makeImages();
  const start = performance.now();
  const scenario = ['--scenario', at('qemu/qemu.yaml'), '--boots', '2', '--set', 'concurrency=1'];
  ({ stdout: said } = await bench('run', ...scenario, '--seed', '1', '--out', at('out')));
  console.log(`4 boots of the example: ${((performance.now() - start) / 1000).toFixed(0)} s`);
  const [only = ''] = await readdir(at('out'));
  folder = at('out', only);
}, 30 * MINUTES);
afterAll(() => rm(home, { recursive: true, force: true }));

describe('the example for QEMU, through bench run', () => {
  test('boots an operating system four times and measures what differs', async () => {
    const boots = await readdir(path.join(folder, 'boots'));
    const records = await Promise.all(
      boots.map(
        async (boot) =>
          JSON.parse(await readFile(path.join(folder, 'boots', boot, 'record.json'), 'utf8')) as BootRecord,
      ),
    );
    expect(records.map(({ outcome }) => outcome)).toEqual(Array(4).fill('booted'));
    // Only the second image waited for the unit that distinguishes them, which holds under any load.
    const waited = records.map(({ boot, spans }) => [boot.variant, spans.some(({ name }) => name === 'slow.service')]);
    expect(Object.fromEntries(waited)).toEqual({ before: false, after: true });
    expect(said).toContain('after');
  });

  test('leaves no machine, no process and no disk', async () => {
    expect(await readdir(at('machines'))).toEqual([]);
    expect(await processesIn(home)).toEqual([]);
    const { stdout } = await bench('gc', '--scenario', at('qemu/qemu.yaml'));
    expect(stdout).not.toContain('bench-');
    expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toContain(at('machines'));
  });
});
