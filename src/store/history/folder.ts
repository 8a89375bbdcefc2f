/**
 * A history in a folder: `history.jsonl`, to which every writer appends, and any other `*.jsonl` beside it. So users can set old years
 * aside by hand.
 *
 * Each writer adds its line with one `write` to a file opened for appending. The kernel puts each line at the current end, so concurrent
 * writers never overwrite one another. They need no lock, which a killed writer would leave behind. A line cut off by a full disk or a kill
 * stays alone: the next writer starts a new one.
 */
import { randomUUID } from 'node:crypto';
import { type FileHandle, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openToAppend } from '../../files/append.ts';
import { makeBeneath } from '../../files/beneath.ts';
import { readRegular } from '../../files/regular.ts';
import { BenchError, worldError } from '../../model/errors.ts';
import type { History, HistoryContent, HistoryLine } from '../../model/history.ts';
import { reasonOf } from '../../model/system-error.ts';
import { writeFileWhole } from '../files.ts';
import { parseLines, printLine, withoutLines } from './lines.ts';

export const HISTORY_FILE = 'history.jsonl';

export function folderHistory(folder: string): History {
  const file = path.join(folder, HISTORY_FILE);
  return {
    async append(line, signal) {
      signal.throwIfAborted();
      try {
        await makeBeneath(folder, '');
        await appendWhole(file, printLine(line));
      } catch (cause) {
        if (cause instanceof BenchError) throw cause;
        throw worldError(
          `Could not add to ${file}: ${reasonOf(cause)}`,
          'Free some space, or choose another --history.',
          cause,
        );
      }
    },
    read: (signal) => readFolder(folder, signal),
    prune: (isKept, signal) => pruneFolder(folder, isKept, signal),
  };
}

/** Longer than a writer keeps the file open: it opens, writes one line, syncs and closes. */
const WRITERS_GONE_MS = 1_000;

/**
 * First renames the file, so that new writers begin another. Writers that have it open finish within a moment, and only then does bench
 * read it.
 */
async function pruneFolder(folder: string, isKept: (line: HistoryLine) => boolean, signal: AbortSignal): Promise<void> {
  const { lines } = await readFolder(folder, signal);
  if (lines.every(isKept)) return;
  const names = await linesFiles(folder);
  if (names.includes(HISTORY_FILE)) {
    // Sorts before the new one, as its lines are older.
    const aside = `history-${randomUUID()}.jsonl`;
    await rename(path.join(folder, HISTORY_FILE), path.join(folder, aside));
    await delay(WRITERS_GONE_MS);
    names.splice(names.indexOf(HISTORY_FILE), 1, aside);
  }
  for (const name of names) {
    signal.throwIfAborted();
    const file = path.join(folder, name);
    const kept = withoutLines(await readLines(file), isKept);
    if (kept === '') await rm(file);
    else await writeFileWhole(file, kept);
  }
}

async function appendWhole(file: string, text: string): Promise<void> {
  const handle = await openToAppend(file);
  try {
    const bytes = Buffer.from((await isTorn(handle)) ? `\n${text}` : text);
    const { bytesWritten } = await handle.write(bytes);
    if (bytesWritten < bytes.length) throw new Error('the disk accepted only part of the line');
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function isTorn(handle: FileHandle): Promise<boolean> {
  const { size } = await handle.stat();
  if (size === 0) return false;
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] !== 0x0a;
}

export async function readFolder(folder: string, signal: AbortSignal): Promise<HistoryContent> {
  const contents: HistoryContent[] = [];
  for (const name of await linesFiles(folder)) {
    signal.throwIfAborted();
    const file = path.join(folder, name);
    contents.push(parseLines(await readLines(file), file));
  }
  return { lines: contents.flatMap(({ lines }) => lines), damaged: contents.flatMap(({ damaged }) => damaged) };
}

async function linesFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return [];
    throw worldError(`Could not read the history ${folder}: ${cause.message}`, undefined, cause);
  });
  return names.filter((name) => name.endsWith('.jsonl')).sort();
}

const readLines = async (file: string): Promise<string> =>
  (await readRegular(file, { links: 'refuse' })).toString('utf8');
