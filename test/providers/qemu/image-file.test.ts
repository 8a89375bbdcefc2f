/** Images by url, from a real server on the loopback that serves, redirects, forgets, lies and breaks off. */
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { diskFile } from '../../../src/providers/qemu/image-file.ts';
import { prepareDisks } from '../../../src/providers/qemu/images.ts';
import { QemuImage, QemuScenario } from '../../../src/providers/qemu/scenario.ts';
import { rawDisk } from '../../support/disk-image.ts';
import { runContext } from './lab.ts';

const RAW = Buffer.concat([rawDisk(512), Buffer.alloc(3 * 2 ** 20, 'bench')]);
/** Header of a qcow2 image (version 3, no backing file, no data file), and something behind it. */
const QCOW2 = Buffer.concat([Buffer.from('514649fb00000003', 'hex'), Buffer.alloc(4096)]);
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

let cache: string;
let server: Server;
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let asked: string[];
beforeEach(async () => {
  cache = await mkdtemp(path.join(tmpdir(), 'bench-download-'));
  asked = [];
  server = createServer((request, response) => {
    asked.push(`${request.url} ${request.headers.range ?? 'whole'}`);
    answer(request, response);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(cache, { recursive: true });
});

const urlOf = (name: string) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/${name}`;

function get(bytes: Buffer, signal?: AbortSignal, url = urlOf('image')) {
  const lines: string[] = [];
  const world = { ...runContext({ cacheFolder: cache, scratchFolder: cache, scenarioFolder: cache }, signal) };
  const image = QemuImage.parse({ url, sha256: sha256(bytes) });
  return { lines, file: diskFile('before', image, { ...world, progress: (line) => lines.push(line) }) };
}

/** Nothing but whole images, and parts from which a later attempt may continue. */
const left = async () => (await readdir(path.join(cache, 'downloads'))).sort();

/** Serves it, from the requested byte on. */
const serve =
  (bytes: Buffer, headers = {}): typeof answer =>
  ({ headers: { range } }, response) => {
    const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
    if (from >= bytes.length) return response.writeHead(416).end();
    const part = bytes.subarray(from);
    return response.writeHead(from > 0 ? 206 : 200, { 'content-length': part.length, ...headers }).end(part);
  };

/** Promises the whole image and hangs up in the middle. */
const breakOff =
  (bytes: Buffer): typeof answer =>
  (_, response) => {
    response.writeHead(200, { 'content-length': bytes.length });
    response.write(bytes.subarray(0, bytes.length / 2), () => setTimeout(() => response.destroy(), 50));
  };

describe('an image by url', () => {
  test('downloads before a run, as with bench image build for every variant', async () => {
    answer = serve(RAW);
    const image = { url: urlOf('image'), sha256: sha256(RAW) };
    const scenario = QemuScenario.parse({
      name: 'small',
      provider: { kind: 'qemu' },
      variants: { before: { image }, after: { image } },
    });
    const disks = await prepareDisks(scenario, {
      ...runContext({ cacheFolder: cache, scratchFolder: cache, scenarioFolder: cache }),
    });
    const disk = path.join(cache, 'downloads', sha256(RAW), 'disk');
    expect(Object.fromEntries(disks)).toEqual({ before: disk, after: disk });
    expect((await readFile(disk)).equals(RAW)).toBe(true);
    expect(asked).toHaveLength(1);
  });

  test.each([
    ['raw', RAW],
    ['qcow2', QCOW2],
  ] as const)('%s downloads once, with reports of its progress', async (format, bytes) => {
    answer = serve(bytes, { 'last-modified': 'Wed, 01 Jan 2025 00:00:00 GMT' });
    const { file, lines } = get(bytes);
    const disk = await file;
    expect(disk).toMatchObject({ format, sha256: sha256(bytes), changedAtS: 1_735_689_600 });
    expect(sha256(await readFile(disk.file))).toBe(sha256(bytes));
    expect(lines.at(-1)).toMatch(/^image before: downloading \d+ MiB \(100 %\)$/);
    expect(lines.length).toBeLessThanOrEqual(11);
    expect(await get(bytes).file).toEqual(disk);
    expect(asked).toEqual(['/image whole']);
    expect(await left()).toEqual([sha256(bytes)]);
  });

  test('comes from the address to which the server redirects', async () => {
    answer = (request, response) =>
      request.url === '/image' ? response.writeHead(302, { location: '/moved' }).end() : serve(RAW)(request, response);
    expect(await get(RAW).file).toMatchObject({ sha256: sha256(RAW) });
    expect(asked).toEqual(['/image whole', '/moved whole']);
  });

  test('with other bytes than the scenario names does not stay', async () => {
    answer = serve(QCOW2);
    await expect(get(RAW).file).rejects.toMatchObject({
      kind: 'world',
      message: `image before: ${urlOf('image')} returned a file without the sha256 ${sha256(RAW)}.`,
    });
    expect(await left()).toEqual([]);
  });

  test.each([404, 403, 500])('gives a failure with the %i of the server', async (status) => {
    answer = (_, response) => response.writeHead(status).end('no');
    await expect(get(RAW).file).rejects.toMatchObject({
      kind: 'world',
      message: `image before: ${urlOf('image')} answered ${status}.`,
    });
    expect(await left()).toEqual([]);
  });

  test('that stops early continues there the next time', async () => {
    answer = breakOff(RAW);
    await expect(get(RAW).file).rejects.toMatchObject({
      kind: 'world',
      message: expect.stringMatching(/^image before: the download from .*\/image was cut off: /),
      hint: 'Run it again to continue the download.',
    });
    expect(await left()).toEqual([`${sha256(RAW)}.part`]);
    answer = serve(RAW);
    const { file, lines } = get(RAW);
    expect(sha256(await readFile((await file).file))).toBe(sha256(RAW));
    expect(asked[1]).toMatch(/^\/image bytes=[1-9]\d+-$/);
    expect(lines.at(-1)).toMatch(/ 3 MiB \(100 %\)$/);
    expect(await left()).toEqual([sha256(RAW)]);
  });

  test('starts from its beginning at a server without ranges, or where nothing of it exists yet', async () => {
    const noRanges: typeof answer = (_, response) => void response.end(RAW);
    const beyondItsEnd = breakOff(Buffer.concat([RAW, RAW, RAW]));
    for (const [first, then] of [
      [breakOff(RAW), noRanges],
      [beyondItsEnd, serve(RAW)],
    ] as const) {
      await rm(path.join(cache, 'downloads'), { recursive: true, force: true });
      answer = first;
      await expect(get(RAW).file).rejects.toThrow('was cut off');
      answer = then;
      expect(sha256(await readFile((await get(RAW).file).file))).toBe(sha256(RAW));
      expect(await left()).toEqual([sha256(RAW)]);
    }
  });

  test('ends with the run', async () => {
    answer = (_, response) => void response.writeHead(200, { 'content-length': RAW.length }).write('a');
    const abort = new AbortController();
    const { file } = get(RAW, abort.signal);
    setTimeout(() => abort.abort(new Error('enough')), 100);
    await expect(file).rejects.toThrow('enough');
  });

  test('of a server that does not exist gives a failure with the reason', async () => {
    const url = urlOf('image');
    await new Promise((resolve) => server.close(resolve));
    server.listen(0);
    await expect(get(RAW, undefined, url).file).rejects.toMatchObject({
      kind: 'world',
      message: expect.stringMatching(/^image before: could not reach .*: connect ECONNREFUSED/),
    });
  });
});
