/**
 * The journal of a run: one line per state change of every boot, synced before the effect it announces. After a crash, its entries show
 * what may exist in the world.
 */
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { openToAppend } from '../files/append.ts';
import { makeBeneath } from '../files/beneath.ts';
import { readRegular } from '../files/regular.ts';
import { syncFolder } from '../files/whole.ts';
import { usageError, worldError } from '../model/errors.ts';
import { jsonOrUndefined } from '../model/json.ts';
import { JournalEntry } from '../model/run.ts';
import { withoutSecrets } from '../model/secrets.ts';
import { isMissing, reasonOf } from '../model/system-error.ts';

export type JournalNote = Pick<JournalEntry, 'state' | 'boot' | 'note'>;

export interface Journal {
  append(entry: JournalNote): Promise<void>;
  close(): Promise<void>;
}

/** Opens a journal for appending; queues writes, so that lines never mix. */
export async function openJournal(file: string, now: () => string): Promise<Journal> {
  await makeBeneath(path.dirname(file), '');
  const handle = await openToAppend(file);
  await dropCutLine(handle, await readIfThere(file));
  await syncFolder(path.dirname(file));
  let last: Promise<void> = Promise.resolve();
  const write = async (entry: JournalNote) => {
    try {
      const line = JSON.stringify({ schema: 'bench/journal@1', at: now(), ...entry });
      await handle.appendFile(`${withoutSecrets(line)}\n`);
      await handle.datasync();
    } catch (cause) {
      throw worldError(
        `Could not write ${file}: ${reasonOf(cause)}`,
        'Free some space, then continue with --resume.',
        cause,
      );
    }
  };
  return {
    append(entry) {
      last = last.catch(() => {}).then(() => write(entry));
      return last;
    },
    async close() {
      await last.catch(() => {});
      await handle.close();
    },
  };
}

/** A last line that a crash cut off announced nothing: it was never synced. The next entry has to begin on its own line. */
async function dropCutLine(handle: FileHandle, text: string): Promise<void> {
  if (text === '' || text.endsWith('\n')) return;
  await handle.truncate(Buffer.byteLength(text.slice(0, text.lastIndexOf('\n') + 1)));
}

/**
 * Entries of a journal; none without a journal. Only the last line may be cut, by a crash during its writing. Any other invalid line is an
 * error, and so is an unreadable file: a run that continued without its journal could boot a machine twice that may still be running.
 */
export async function readJournal(file: string): Promise<JournalEntry[]> {
  const lines = (await readIfThere(file)).split('\n');
  const last = lines.length - 1;
  return lines.flatMap((line, index) => {
    const entry = parseEntry(line);
    if (entry) return [entry];
    if (index === last) return [];
    throw usageError(
      `${file}:${index + 1} is not a journal entry.`,
      'Restore the file, or start a new run: without it, bench cannot know which machines exist.',
    );
  });
}

const readIfThere = (file: string): Promise<string> =>
  readRegular(file, { links: 'refuse' }).then(
    (bytes) => bytes.toString('utf8'),
    (cause: unknown) => {
      if (isMissing(cause)) return '';
      throw cause;
    },
  );

function parseEntry(line: string): JournalEntry | undefined {
  const value = jsonOrUndefined(line);
  return value === undefined ? undefined : JournalEntry.safeParse(value).data;
}
