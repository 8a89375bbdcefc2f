import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { World } from '../../../src/model/world.ts';
import { pruneHistory } from '../../../src/stages/history.ts';
import { folderHistory } from '../../../src/store/history/folder.ts';
import { changeIn, confirmation, steppedHistory } from '../../support/stepped-history.ts';
import { realTimer } from '../../support/timer.ts';

const nights = steppedHistory();
const [first] = nights;
const last = nights.at(-1);
if (first?.kind !== 'run' || last?.kind !== 'run') throw new Error('no runs');
const { signal } = new AbortController();

let folder: string;
beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'prune-'));
  for (const line of [...nights, confirmation(changeIn(nights), 'confirmed')])
    await folderHistory(folder).append(line, signal);
});
afterEach(() => rmSync(folder, { recursive: true }));

const world = (): World => ({
  cwd: folder,
  environment: {},
  version: '0.0.0',
  nodeVersion: process.versions.node,
  cacheFolder: folder,
  temporaryFolder: tmpdir(),
  scenarioFolders: [],
  timer: realTimer,
  now: () => `${last.night}T03:00:00Z`,
  signal,
});

const prune = (keepDays: number, yes: boolean) => pruneHistory({ history: folder, keepDays, yes }, world());
const read = async () => (await folderHistory(folder).read(signal)).lines;

test('counts nights that are too old, and deletes nothing without --yes', async () => {
  const { lines, old, before } = await prune(10, false);
  expect([lines, before < last.night, old > 0, old < lines]).toEqual([nights.length + 1, true, true, true]);
  expect(await read()).toHaveLength(lines);
});

test('deletes them with --yes: later nights, and unreadable lines, stay to the byte', async () => {
  appendFileSync(path.join(folder, 'history.jsonl'), 'torn {\n');
  const { old, before } = await prune(10, true);
  const kept = await read();
  expect(kept).toHaveLength(nights.length + 1 - old);
  expect(kept.every((line) => line.kind !== 'run' || line.night >= before)).toBe(true);
  const text = readdirSync(folder)
    .map((name) => readFileSync(path.join(folder, name), 'utf8'))
    .join('');
  expect(text).toContain('torn {\n');
  expect(text).toContain(`${JSON.stringify(last)}\n`);
});

test('a line that another process adds meanwhile survives', async () => {
  const pruning = prune(1, true);
  const added = { ...last, id: 'added-meanwhile' };
  for (let i = 0; i < 20; i++) await folderHistory(folder).append({ ...added, id: `${added.id}-${i}` }, signal);
  await pruning;
  expect((await read()).filter(({ id }) => id.startsWith('added-meanwhile'))).toHaveLength(20);
});
