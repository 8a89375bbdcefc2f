/**
 * A history in a folder: `history.jsonl`, to which every writer appends, and any other `*.jsonl` beside it, so that old years
 * can be set aside by hand.
 *
 * A line is written by one `write` to a file opened for appending: the kernel puts each at the end as it then is, so that
 * writers at the same time cannot overwrite one another and need no lock, which a killed one would leave behind. A line
 * torn by a full disk or a kill stays alone on its line: the next writer starts a new one.
 */
import { type FileHandle, readdir } from 'node:fs/promises';
import path from 'node:path';
import { openToAppend } from '../../files/append.ts';
import { makeBeneath } from '../../files/beneath.ts';
import { readRegular } from '../../files/regular.ts';
import { BenchError, worldError } from '../../model/errors.ts';
import type { History, HistoryContent } from '../../model/history.ts';
import { reasonOf } from '../../model/system-error.ts';
import { parseLines, printLine } from './lines.ts';

const FILE = 'history.jsonl';

export function folderHistory(folder: string): History {
  const file = path.join(folder, FILE);
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
          'Free some space, or name another --history.',
          cause,
        );
      }
    },
    read: (signal) => readFolder(folder, signal),
  };
}

async function appendWhole(file: string, text: string): Promise<void> {
  const handle = await openToAppend(file);
  try {
    const bytes = Buffer.from((await isTorn(handle)) ? `\n${text}` : text);
    const { bytesWritten } = await handle.write(bytes);
    if (bytesWritten < bytes.length) throw new Error('the disk took only a part of the line');
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
  const names = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return [];
    throw worldError(`Could not read the history ${folder}: ${cause.message}`, undefined, cause);
  });
  const files = names.filter((name) => name.endsWith('.jsonl')).sort();
  const contents: HistoryContent[] = [];
  for (const name of files) {
    signal.throwIfAborted();
    const file = path.join(folder, name);
    contents.push(parseLines((await readRegular(file, { links: 'refuse' })).toString('utf8'), file));
  }
  return { lines: contents.flatMap(({ lines }) => lines), damaged: contents.flatMap(({ damaged }) => damaged) };
}
