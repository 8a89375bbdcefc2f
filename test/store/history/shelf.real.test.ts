import { type ChildProcess, spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import {
  ContainerClient,
  ContainerSASPermissions,
  generateBlobSASQueryParameters,
  StorageSharedKeyCredential,
} from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { History } from '../../../src/model/history.ts';
import { historyAt } from '../../../src/stages/history/open.ts';
import { bundled } from '../../../tools/bundled.js';
import { runLine } from '../../support/history-lines.ts';
import { freePort } from '../../support/ports.ts';
import { realTimer as timer } from '../../support/timer.ts';

/** Microsoft's emulator of Azure Blob Storage: its account and key are public. */
const AZURITE = path.resolve('test/azurite/node_modules/azurite/dist/src/blob/main.js');
const ACCOUNT = 'devstoreaccount1';
const KEY = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';
const WRITER = path.resolve('node_modules/.cache/bench/history-writer.mjs');

const { signal } = new AbortController();
let azurite: ChildProcess;
let origin: string;
beforeAll(async () => {
  const port = await freePort();
  const options = ['--inMemoryPersistence', '--skipApiVersionCheck', '--disableTelemetry', '--silent'];
  azurite = spawn(process.execPath, [AZURITE, '--blobPort', `${port}`, ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  origin = `http://127.0.0.1:${port}/${ACCOUNT}`;
  for await (const line of createInterface({ input: azurite.stdout as NodeJS.ReadableStream }))
    if (/successfully (listens|listening) on/i.test(line)) break;
  await bundled('test/store/history/writer.ts', WRITER);
}, 60_000);
afterAll(() => {
  azurite.kill();
});

const credential = new StorageSharedKeyCredential(ACCOUNT, KEY);

/** An address that permits reading and writing the history in a container for an hour. */
function signedAddress(container: string): string {
  const permissions = ContainerSASPermissions.parse('racwl');
  const expiresOn = new Date(Date.now() + 3_600_000);
  const signature = generateBlobSASQueryParameters({ containerName: container, permissions, expiresOn }, credential);
  return `${origin}/${container}/nightly?${signature}`;
}

async function newContainer(name: string): Promise<string> {
  await new ContainerClient(`${origin}/${name}`, credential).create();
  return signedAddress(name);
}

const open = (address: string): Promise<History> =>
  historyAt(address, { cwd: process.cwd(), temporaryFolder: tmpdir(), environment: {}, timer });

async function idsIn(address: string): Promise<string[]> {
  const { lines, damaged } = await (await open(address)).read(signal);
  expect(damaged).toEqual([]);
  return lines.map(({ id }) => id);
}

/** A writer in its own process; after `mortal` lines we kill it at an arbitrary moment. Resolves with its output. */
function write(address: string, name: string, count: number, mortal?: number): Promise<string[]> {
  const child = spawn(process.execPath, [WRITER, address, name, `${count}`], { stdio: ['ignore', 'pipe', 'inherit'] });
  const said: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    said.push(line);
    if (said.length === mortal) setTimeout(() => child.kill('SIGKILL'), 5);
  });
  return new Promise((resolve) => child.once('close', () => resolve(said)));
}

describe('a history in Azure Blob Storage', () => {
  test('is empty before the first line, and then keeps added lines in order', async () => {
    const history = await open(await newContainer('order'));
    expect(await history.read(signal)).toEqual({ lines: [], damaged: [] });
    const lines = ['2026-01-01', '2026-01-02', '2026-01-03'].map((night) => runLine(night));
    for (const line of lines) await history.append(line, signal);
    expect(await history.read(signal)).toEqual({ lines, damaged: [] });
  });

  test('concurrent writers never lose a line, even if one of them is killed', async () => {
    const address = await newContainer('writers');
    const [one, two, killed] = await Promise.all([
      write(address, 'one', 40),
      write(address, 'two', 40),
      write(address, 'killed', 40, 10),
    ]);
    expect([one.length, two.length]).toEqual([40, 40]);
    expect(killed.length).toBeLessThan(40);
    const ids = await idsIn(address);
    expect(new Set(ids).size).toBe(ids.length);
    for (const said of [one, two, killed]) expect(ids.filter((id) => said.includes(id))).toEqual(said);
    // The line that the killed writer was adding may also be there, and is then whole.
    expect(ids.length - one.length - two.length - killed.length).toBeLessThanOrEqual(1);
  });

  test('reads archived old years, and reports a damaged line with its address', async () => {
    const address = await newContainer('years');
    const container = new ContainerClient(`${origin}/years`, credential);
    const old = `${JSON.stringify(runLine('2025-12-31'))}\n{"schema":"bench/hist\n`;
    await container.getBlockBlobClient('nightly/2025.jsonl').upload(old, old.length);
    const history = await open(address);
    await history.append(runLine('2026-01-01'), signal);
    const { lines, damaged } = await history.read(signal);
    expect(lines.map((line) => line.id)).toEqual(['nightly-2025-12-31', 'nightly-2026-01-01']);
    expect(damaged).toMatchObject([{ file: `${origin}/years/nightly/2025.jsonl`, line: 2 }]);
  });

  test.each([
    ['a container that is not there', () => signedAddress('nowhere'), /Create the container/],
    [
      'a wrong signature',
      () => signedAddress('nowhere').replace(/sig=.{5}/, 'sig=AAAAA'),
      /signature in the address is still valid/,
    ],
  ])('the error for %s says what to do, and hides the signature', async (_, address, hint) => {
    const appending = open(address()).then((history) => history.append(runLine('2026-01-01'), signal));
    const failure = await appending.catch((error: unknown) => error);
    expect(failure).toMatchObject({ kind: 'world', hint: expect.stringMatching(hint) });
    expect(String(failure)).not.toContain('sig=');
  });
});
