/** `bench image build`: the images of a scenario, built, downloaded or from the cache. */
import path from 'node:path';
import type { World } from '../model/world.ts';
import { makeCacheFolder } from './boot/scratch.ts';
import type { CommandWatcher } from './boot/watcher.ts';
import { type DesignOptions, loadDesign } from './design/load.ts';
import { imageBuilder, prepareComputer } from './provider.ts';

/** Disk by variant. */
export async function buildImages(
  options: DesignOptions,
  world: World,
  { line }: Pick<CommandWatcher, 'line'>,
): Promise<Readonly<Record<string, string>>> {
  const { environment, cacheFolder, signal, timer } = world;
  const { scenario, file } = await loadDesign(options, world);
  const build = imageBuilder(scenario);
  await prepareComputer(scenario, { environment, signal, say: line });
  await makeCacheFolder(world);
  const place = { cacheFolder, scenarioFolder: path.dirname(file) };
  return Object.fromEntries(await build({ ...place, environment, timer, progress: line, signal }));
}
