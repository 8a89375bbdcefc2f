import { appendFile, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openHistory } from '../../../src/store/history/open.ts';
import { nightsFrom, runLine } from '../../support/history-lines.ts';
import { realTimer } from '../../support/timer.ts';

const { signal } = new AbortController();
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'bench-history-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('a missing history is empty', async () => {
  expect(await openHistory('nightly', { cwd: folder, temporaryFolder: folder, timer: realTimer }).read(signal)).toEqual(
    {
      lines: [],
      damaged: [],
    },
  );
});

test('concurrent writers never lose a line', async () => {
  const nights = nightsFrom('2026-01-01', 60);
  const writers = nights.map((night) =>
    openHistory('nightly', { cwd: folder, temporaryFolder: folder, timer: realTimer }).append(runLine(night), signal),
  );
  await Promise.all(writers);
  const { lines, damaged } = await openHistory('nightly', {
    cwd: folder,
    temporaryFolder: folder,
    timer: realTimer,
  }).read(signal);
  expect(lines.map(({ id }) => id).sort()).toEqual(nights.map((night) => `nightly-${night}`));
  expect(damaged).toEqual([]);
});

test('a killed writer damages no line but its last', async () => {
  const history = openHistory('nightly', { cwd: folder, temporaryFolder: folder, timer: realTimer });
  await history.append(runLine('2026-01-01'), signal);
  await appendFile(path.join(folder, 'nightly/history.jsonl'), '{"schema":"bench/hist');
  await history.append(runLine('2026-01-02'), signal);
  const { lines, damaged } = await history.read(signal);
  expect(lines.map(({ id }) => id)).toEqual(['nightly-2026-01-01', 'nightly-2026-01-02']);
  expect(damaged).toMatchObject([{ file: path.join(folder, 'nightly/history.jsonl'), line: 2 }]);
});

test('reads archived years too, in the order of their names', async () => {
  const history = openHistory('nightly', { cwd: folder, temporaryFolder: folder, timer: realTimer });
  await history.append(runLine('2025-12-31'), signal);
  await rename(path.join(folder, 'nightly/history.jsonl'), path.join(folder, 'nightly/history-2025.jsonl'));
  await history.append(runLine('2026-01-01'), signal);
  const { lines } = await history.read(signal);
  expect(lines.map(({ id }) => id)).toEqual(['nightly-2025-12-31', 'nightly-2026-01-01']);
});
