/** An image signed from end to end, through the whole of `bench run` with secure boot and a TPM. One boot takes about a minute or more. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BootRecord } from '../../src/model/boot.ts';
import { processesIn } from '../providers/qemu/lab.ts';
import { imageOf } from '../support/host-machine.ts';
import { bootFilesOf, writeSignedDisk } from '../support/uefi-disk.ts';

const MINUTES = 60_000;
const FIXTURES = path.resolve('test/fixtures/secure');
const run = promisify(execFile);

let home: string;
let folder: string;
const at = (...names: string[]): string => path.join(home, ...names);
const read = async <T>(...names: string[]): Promise<T> =>
  JSON.parse(await readFile(path.join(folder, ...names), 'utf8')) as T;

beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'bench-secure-'));
  for (const name of ['tmp', 'cache']) await mkdir(at(name));
  const { disk: rootFile } = await imageOf(FIXTURES, home);
  const options = 'root=/dev/vda2 rw console=ttyS0 quiet';
  await writeSignedDisk({ rootFile, ...(await bootFilesOf(rootFile, home)), options }, at('signed.raw'));
  const env = { ...process.env, TMPDIR: at('tmp'), BENCH_CACHE: at('cache'), SECURE_IMAGE: at('signed.raw') };
  const what = ['--scenario', path.join(FIXTURES, 'secure.yaml'), '--only', 'signed', '--boots', '1', '--seed', '1'];
  const start = performance.now();
  await run(process.execPath, ['dist/bench.js', 'run', ...what, '--out', at('out')], { env });
  console.log(
    `one boot by shim and GRUB, collected and reported: ${((performance.now() - start) / 1000).toFixed(0)} s`,
  );
  folder = at('out', (await readdir(at('out')))[0] ?? '');
}, 30 * MINUTES);
afterAll(() => rm(home, { recursive: true, force: true }));

test('an image signed from end to end boots on firmware that starts nothing else', async () => {
  const [boot = ''] = await readdir(path.join(folder, 'boots'));
  const record = await read<BootRecord>('boots', boot, 'record.json');
  expect(record).toMatchObject({ outcome: 'booted', machine: { firmware: 'uefi', secureBoot: true, tpm: true } });
  expect(record.broken).toEqual([]);
  // Shim reports secure boot to the kernel, which logs it.
  const { stdout } = await run('grep', ['-rlaiE', 'secure ?boot enabled', path.join(folder, 'boots', boot, 'raw')]);
  expect(stdout).not.toBe('');
});

test('the machine and its TPM are gone', async () => {
  expect(await readdir(at('tmp'))).toEqual([]);
  expect(await processesIn(home)).toEqual([]);
});
