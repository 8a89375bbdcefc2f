/** `bench trend`: the nights of a history, what changed in them, and the page that shows both. */
import path from 'node:path';
import type { Trend } from '../model/trend.ts';
import type { Screen, World } from '../model/world.ts';
import { renderTrend } from '../render/trend/page.ts';
import { renderTrendText } from '../render/trend/terminal.ts';
import { writeFileWhole } from '../store/files.ts';
import { historyFolder } from '../store/history/open.ts';
import { readKnownHistory } from './history/open.ts';
import { relinked, trendOf } from './history/trend.ts';

export interface ShownTrend {
  readonly trend: Trend;
  /** The written page. */
  readonly page: string;
  readonly text: (screen: Pick<Screen, 'color'>) => string;
}

const PAGE = 'trend.html';

/** Writes the page to `out`, else beside the history if that is a folder, else into the caller's own. */
export async function showTrend(where: string, out: string | undefined, world: World): Promise<ShownTrend> {
  const trend = trendOf(await readKnownHistory(where, world));
  const home = historyFolder(where, world.cwd) ?? world.cwd;
  const page = out === undefined ? path.join(home, PAGE) : path.resolve(world.cwd, out);
  await writeFileWhole(page, await renderTrend(relinked(trend, home, path.dirname(page))));
  return { trend, page, text: (screen) => renderTrendText(trend, screen) };
}
