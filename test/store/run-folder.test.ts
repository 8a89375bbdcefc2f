import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Outcome } from '../../src/model/boot.ts';
import { runFolder } from '../../src/store/run-folder.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'run-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const artifact = (name: string, text: string) => ({
  path: name,
  collector: 'systemd',
  command: 'true',
  exitCode: 0,
  truncated: false,
  bytes: new TextEncoder().encode(text),
});
const outcome: Outcome = {
  schema: 'bench/outcome@1',
  boot: { id: '0001-before', variant: 'before', block: 1, machine: 'm1', bootKind: 'first' },
  outcome: 'booted',
  machine: {},
  marks: [],
  warnings: [],
  harness: {},
};

describe('the folder of a run', () => {
  test('keeps artifacts byte for byte and lists them', async () => {
    const run = runFolder(folder);
    await run.writeRaw('0001-before', [artifact('systemd/units.show', 'b\u0000\r\n'), artifact('a.txt', 'x')]);
    expect(new TextDecoder().decode((await run.readRaw('0001-before')).get('systemd/units.show'))).toBe('b\u0000\r\n');
    const index = JSON.parse(readFileSync(path.join(folder, 'boots/0001-before/raw/index.json'), 'utf8'));
    expect(index.artifacts.map((entry: { path: string }) => entry.path)).toEqual(['a.txt', 'systemd/units.show']);
    expect(index.artifacts[0]).toMatchObject({
      bytes: 1,
      sha256: '2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881',
    });
  });

  test.each(['../outside', '/etc/passwd', 'a/../../b', 'index.json', 'a\0b'])(
    'writes no artifact named %j',
    async (name) => {
      await expect(runFolder(folder).writeRaw('0001-before', [artifact(name, 'x')])).rejects.toThrow(
        'points outside the raw folder',
      );
      expect(readdirSync(folder, { recursive: true }).filter((file) => String(file).endsWith('passwd'))).toEqual([]);
    },
  );

  test('counts a boot only once its outcome exists', async () => {
    const run = runFolder(folder);
    await run.writeRaw('0001-before', [artifact('a.txt', 'x')]);
    await run.writeRaw('0002-after', [artifact('a.txt', 'x')]);
    await run.writeOutcome('0001-before', outcome);
    expect(await run.boots()).toEqual(['0001-before']);
    await run.clearBoot('0002-after');
    expect(existsSync(run.bootFolder('0002-after'))).toBe(false);
  });

  test('contains no temporary file afterwards', async () => {
    await runFolder(folder).writeOutcome('0001-before', outcome);
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(files.map((entry) => entry.name)).toEqual(['outcome.json']);
  });

  test('reports which file and which key is damaged', async () => {
    const run = runFolder(folder);
    writeFileSync(path.join(folder, 'samples.json'), '{"schema": "bench/samples@1"');
    await expect(run.readSamples()).rejects.toThrow(/samples\.json is not valid JSON/);
    writeFileSync(path.join(folder, 'samples.json'), '{"schema": "bench/samples@2"}');
    await expect(run.readSamples()).rejects.toThrow(/samples\.json at schema: /);
    rmSync(path.join(folder, 'samples.json'));
    await expect(run.readSamples()).rejects.toThrow(/samples\.json: no such file/);
  });
});

describe('the journal', () => {
  test('reads back without a last line that a crash cut off', async () => {
    const run = runFolder(folder);
    const journal = await run.openJournal(() => '2026-01-01T00:00:00Z');
    await Promise.all([
      journal.append({ state: 'run-started' }),
      journal.append({ state: 'boot-starting', boot: '0001-before' }),
    ]);
    await journal.close();
    writeFileSync(run.file.journal, `${readFileSync(run.file.journal, 'utf8')}{"schema":"bench/jour`);
    expect((await run.readJournal()).map((entry) => entry.state)).toEqual(['run-started', 'boot-starting']);
    const again = await run.openJournal(() => '2026-01-01T00:00:01Z');
    await again.append({ state: 'run-ended' });
    await again.close();
    expect((await run.readJournal()).map((entry) => entry.state)).toEqual([
      'run-started',
      'boot-starting',
      'run-ended',
    ]);
  });

  test('has no entries if its file is missing; a damaged or unreadable file is an error', async () => {
    const run = runFolder(folder);
    expect(await run.readJournal()).toEqual([]);
    writeFileSync(
      run.file.journal,
      'garbage\n{"schema":"bench/journal@1","at":"2026-01-01T00:00:00Z","state":"run-started"}\n',
    );
    await expect(run.readJournal()).rejects.toThrow('journal.jsonl:1 is not a journal entry.');
    rmSync(run.file.journal);
    mkdirSync(run.file.journal);
    await expect(run.readJournal()).rejects.toThrow('it is a folder');
  });
});
