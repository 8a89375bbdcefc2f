/** From a place, as named on the command line, to the history that lives there: a folder, a git branch, a blob container. */
import { usageError } from '../../model/errors.ts';
import type { History } from '../../model/history.ts';
import type { Timer } from '../../model/provider.ts';
import { providerKinds } from '../../providers/registry.ts';
import { type HistoryPlace, isAddress, openHistory } from '../../store/history/open.ts';
import { shelfHistory } from '../../store/history/shelf.ts';

export interface HistoryWorld extends HistoryPlace {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly timer: Timer;
}

/** `https://<account>.blob.core.windows.net/<container>[/<folder>]`, or what `openHistory` takes. */
export async function historyAt(where: string, world: HistoryWorld): Promise<History> {
  if (!isAddress(where)) return openHistory(where, world);
  const { cwd, environment, timer } = world;
  const shelf = providerKinds().find((kind) => kind.shelf)?.shelf;
  if (shelf === undefined) throw usageError(`${where}: no provider keeps histories at an address.`);
  return shelfHistory(await shelf(where, environment, cwd), timer);
}
