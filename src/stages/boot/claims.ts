/** The resources that a run created to hold its machines, under the names in its journal. */
import type { Claims } from '../../model/provider.ts';
import type { RunFolder } from '../../store/run-folder.ts';

export async function claimsIn(folder: RunFolder, now: () => string): Promise<Claims> {
  const entries = await folder.readJournal();
  return {
    made: entries.flatMap(({ state, note }) => (state === 'group-claimed' && note !== undefined ? [note] : [])),
    async add(name) {
      const journal = await folder.openJournal(now);
      try {
        await journal.append({ state: 'group-claimed', note: name });
      } finally {
        await journal.close();
      }
    },
  };
}
