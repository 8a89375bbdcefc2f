/** From a place, as named on the command line, to the history that lives there: a folder, a git branch, a blob container. */
import type { History } from '../model/history.ts';
import type { Timer } from '../model/provider.ts';
import { openHistory } from '../store/history/open.ts';
import { shelfHistory } from '../store/history/shelf.ts';

export interface HistoryWorld {
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly timer: Timer;
}

export async function historyAt(where: string, { cwd, environment, timer }: HistoryWorld): Promise<History> {
  if (!/^https?:\/\//.test(where)) return openHistory(where, cwd);
  const { openBlobShelf } = await import('../providers/azure/blob-shelf.ts');
  return shelfHistory(await openBlobShelf(where, environment, cwd), timer);
}
