/** `bench trend`: the nights of a history, and what changed in them. */
import type { Trend } from '../../model/trend.ts';
import { showTrend } from '../../stages/trend.ts';
import { openInBrowser } from '../browser.ts';
import { EXIT } from '../exit.ts';
import { json, shownPath } from '../text.ts';
import { type CliWorld, screenOf } from '../world.ts';

interface TrendOptions {
  readonly out?: string;
  readonly json?: boolean;
  readonly open?: boolean;
}

export async function command(world: CliWorld, where: string, options: TrendOptions): Promise<number> {
  const { trend, page, text } = await showTrend(where, options.out, world);
  world.stdout.write(options.json ? json<Trend>(trend) : `${text(screenOf(world))}\npage  ${shownPath(world, page)}\n`);
  if (options.open) openInBrowser(page, world);
  return EXIT.fine;
}
