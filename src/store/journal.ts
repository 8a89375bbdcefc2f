/**
 * The journal of a run: one line per state change of every boot, synced before the effect it announces. What it says
 * after a crash is what may exist in the world.
 */
import { mkdir, open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { worldError } from '../model/errors.ts';
import { JournalEntry } from '../model/run.ts';

export type JournalNote = Pick<JournalEntry, 'state' | 'boot' | 'note'>;

export interface Journal {
  append(entry: JournalNote): Promise<void>;
  close(): Promise<void>;
}

/** Opens a journal for appending; writes are put in a row, so that lines never mix. */
export async function openJournal(file: string, now: () => string): Promise<Journal> {
  await mkdir(path.dirname(file), { recursive: true });
  const handle = await open(file, 'a', 0o644);
  let last: Promise<void> = Promise.resolve();
  const write = async (entry: JournalNote) => {
    try {
      await handle.appendFile(`${JSON.stringify({ schema: 'bench/journal@1', at: now(), ...entry })}\n`);
      await handle.datasync();
    } catch (cause) {
      throw worldError(
        `Could not write ${file}: ${cause instanceof Error ? cause.message : String(cause)}`,
        'Free some space; then go on with --resume.',
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

/** Entries of a journal. A last line cut by a crash is left out; so is any line that is not an entry. */
export async function readJournal(file: string): Promise<JournalEntry[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    try {
      return [JournalEntry.parse(JSON.parse(line))];
    } catch {
      return [];
    }
  });
}
