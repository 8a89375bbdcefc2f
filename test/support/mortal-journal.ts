import type { Journal } from '../../src/store/journal.ts';

/** The real journal, and death right after so many lines; with 0 it lives. For processes that are to be killed. */
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
