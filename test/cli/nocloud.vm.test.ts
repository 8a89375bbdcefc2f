/**
 * Images as other tools make them, through the whole of `bench run`. They boot with their own bootloader: one by a BIOS, one of the
 * second generation by UEFI. Their own cloud-init reads the seed that bench writes. A boot takes most of a minute on a quiet machine,
 * because the guest runs Python in emulation.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BootRecord, Outcome } from '../../src/model/boot.ts';
import type { Samples } from '../../src/model/samples.ts';
import { processesIn } from '../providers/qemu/lab.ts';
import { writeBootableDisk } from '../support/bootable-disk.ts';
import { bootFilesOf, writeUefiDisk } from '../support/uefi-disk.ts';

const run = promisify(execFile);
const FIXTURES = path.resolve('test/fixtures/nocloud');
/** The folder where the other tests keep their builds. */
const CACHE = path.resolve('node_modules/.cache/bench-test');

let home: string;
const at = (...names: string[]): string => path.join(home, ...names);
const bench = async (args: readonly string[], environment: Readonly<Record<string, string>>) =>
  run(process.execPath, ['dist/bench.js', ...args], { env: { ...process.env, TMPDIR: at('tmp'), ...environment } });

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

async function writeSecondGeneration(rootFile: string): Promise<void> {
  const options = 'root=/dev/vda2 rw console=ttyS0 quiet';
  const boot = await bootFilesOf(rootFile, home);
  await writeUefiDisk({ rootFile, ...boot, entries: { installed: options } }, at('uefi.raw'));
  await run('qemu-img', ['convert', '-O', 'qcow2', at('uefi.raw'), at('disk.qcow2')]);
}

const server = createServer((_, answer) => void pipeline(createReadStream(at('disk.qcow2')), answer).catch(() => {}));

beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'bench-nocloud-'));
  for (const name of ['tmp', 'cache']) await mkdir(at(name));
  await mkdir(CACHE, { recursive: true });
  const image = ['image', 'build', '--json', '--scenario', path.join(FIXTURES, 'image.yaml')];
  const { stdout } = await bench(image, { BENCH_CACHE: CACHE });
  const { before: root } = JSON.parse(stdout) as { before: string };
  await writeBootableDisk(root, at('disk.raw'));
  await writeSecondGeneration(root);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  server.close();
  await rm(home, { recursive: true });
});

describe('an image with cloud-init and its own bootloader', () => {
  let folder: string;
  const read = async <T>(...names: string[]): Promise<T> =>
    JSON.parse(await readFile(path.join(folder, ...names), 'utf8')) as T;
  const recordOf = (boot: string) => read<BootRecord>('boots', boot, 'record.json');
  const untouched: Record<string, string> = {};
  let boots: readonly string[];

  beforeAll(async () => {
    for (const name of ['disk.raw', 'disk.qcow2']) untouched[name] = await sha256(at(name));
    await bench(['run', '--scenario', path.join(FIXTURES, 'nocloud.yaml'), '--seed', '1', '--out', at('out')], {
      BENCH_CACHE: at('cache'),
      NOCLOUD_RAW: at('disk.raw'),
      NOCLOUD_RAW_SHA256: untouched['disk.raw'] ?? '',
      NOCLOUD_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/disk.qcow2`,
      NOCLOUD_QCOW2_SHA256: untouched['disk.qcow2'] ?? '',
    });
    const [only = ''] = await readdir(at('out'));
    folder = at('out', only);
    boots = await readdir(path.join(folder, 'boots'));
    // Two boots, each within the scenario's nine minutes, and two passes to hash the image.
  }, 20 * 60_000);

  test('boots, reads the seed and accepts the keys of the run, as a file and from a url', async () => {
    expect(boots.map((boot) => boot.slice(5)).sort()).toEqual(['qcow2', 'raw']);
    for (const boot of boots) {
      expect(await read<Outcome>('boots', boot, 'outcome.json')).toMatchObject({ outcome: 'booted' });
      const { machine } = await recordOf(boot);
      expect(machine['cloud-init.datasource']).toMatch(/^DataSourceNoCloud \[seed=\/dev\/vd[a-z]\]/);
    }
  });

  test('accepts the seed', async () => {
    for (const boot of boots) {
      const { warnings } = await recordOf(boot);
      expect(warnings.filter(({ code }) => code.startsWith('cloud-init'))).toEqual([]);
    }
  });

  test('applies the user data of the scenario and that of bench', async () => {
    for (const boot of boots) {
      const { expectations, broken } = await recordOf(boot);
      expect(broken).toEqual([]);
      expect(expectations.filter(({ held }) => held !== true)).toEqual([]);
      // The mode of a file and its owner are two expectations.
      expect(expectations).toHaveLength(boot.endsWith('raw') ? 4 : 7);
    }
  });

  test('reports the duration of each stage of cloud-init', async () => {
    const samples = await read<Samples>('samples.json');
    for (const { id, values } of samples.boots)
      for (const stage of ['init-local', 'init-network', 'modules-config', 'modules-final'])
        expect(values[`cloud-init.${stage}`], `${id} ${stage}`).toMatchObject({ us: expect.any(Number) });
  });

  test('of the second generation gets firmware automatically, and the output shows the times of firmware and loader', async () => {
    const facts = await Promise.all(
      boots.map(async (boot) => [boot.slice(5), (await recordOf(boot)).machine] as const),
    );
    const firmware = Object.fromEntries(facts.map(([variant, machine]) => [variant, machine.firmware]));
    expect(firmware).toEqual({ raw: 'bios', qcow2: 'uefi' });
    const { boots: sampled } = await read<Samples>('samples.json');
    const values = sampled.find(({ variant }) => variant === 'qcow2')?.values;
    for (const phase of ['boot.firmware', 'boot.loader'])
      expect(values?.[phase], phase).toMatchObject({ us: expect.any(Number) });
    for (const phase of ['boot.firmware', 'boot.loader'])
      expect(sampled.find(({ variant }) => variant === 'raw')?.values[phase], phase).toMatchObject({
        missing: expect.any(String),
      });
    const page = await readFile(path.join(folder, 'report.html'), 'utf8');
    expect(page).toContain('boot.firmware');
    expect(page).toContain('boot.loader');
  });

  test('stays unchanged, and leaves nothing of its machines', async () => {
    for (const [name, before] of Object.entries(untouched)) expect(await sha256(at(name))).toBe(before);
    expect(await readdir(at('tmp'))).toEqual([]);
    expect(await processesIn(home)).toEqual([]);
  });
});
