/** `bench trend`: the nights of a history, and what changed in them. */
import path from 'node:path';
import type { Trend } from '../../model/trend.ts';
import { renderTrend } from '../../render/trend/page.ts';
import { renderTrendText } from '../../render/trend/terminal.ts';
import { relinked, trendOf } from '../../stages/history/trend.ts';
import { writeFileWhole } from '../../store/files.ts';
import { historyFolder } from '../../store/history/open.ts';
import { openInBrowser } from '../browser.ts';
import { EXIT } from '../exit.ts';
import { readHistory } from '../history.ts';
import { useColor, type World } from '../world.ts';

interface TrendOptions {
  readonly out?: string;
  readonly json?: boolean;
  readonly open?: boolean;
}

const PAGE = 'trend.html';

export async function command(world: World, where: string, options: TrendOptions): Promise<number> {
  const trend = trendOf(await readHistory(where, world));
  const home = historyFolder(where, world.cwd) ?? world.cwd;
  const file = options.out === undefined ? path.join(home, PAGE) : path.resolve(world.cwd, options.out);
  await writeFileWhole(file, await renderTrend(relinked(trend, home, path.dirname(file))));
  if (options.json) world.stdout.write(`${JSON.stringify(trend satisfies Trend, null, 2)}\n`);
  else {
    world.stdout.write(renderTrendText(trend, { color: useColor(world.stdout, world.environment) }));
    world.stdout.write(`\npage  ${path.relative(world.cwd, file)}\n`);
  }
  if (options.open) openInBrowser(file, world);
  return EXIT.fine;
}
