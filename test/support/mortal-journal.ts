import type { Journal } from '../../src/store/journal.ts';

/** The real journal, which kills its process right after `lines` lines; with 0 it does not. For processes that a test kills. */
export function mortal(journal: Journal, lines: number): Journal {
  let left = lines;
  return {
    ...journal,
    async append(entry) {
      await journal.append(entry);
      left -= 1;
      if (left === 0) process.kill(process.pid, 'SIGKILL');
    },
  };
}
