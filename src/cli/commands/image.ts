/** `bench image build`: the images of a scenario, built or found in the cache. */
import path from 'node:path';
import { usageError } from '../../model/errors.ts';
import { isQemu } from '../../model/scenario.ts';
import { prepareComputer } from '../../stages/prepare.ts';
import { type DesignOptions, loadDesign } from '../design.ts';
import { EXIT } from '../exit.ts';
import { progress } from '../progress.ts';
import { makeCacheFolder } from '../scratch.ts';
import type { Surroundings } from '../surroundings.ts';

export async function command(world: Surroundings, options: DesignOptions): Promise<number> {
  const { scenario, file } = await loadDesign(options, world);
  if (!isQemu(scenario))
    throw usageError(`${scenario.name} has no local images: its provider is ${scenario.provider.kind}.`);
  const { buildImages } = await import('../../providers/qemu/images.ts');
  const display = progress(world);
  const { environment, cacheFolder, signal, timer } = world;
  try {
    await prepareComputer(scenario, { environment, signal, say: display.line });
    await makeCacheFolder(world);
    const place = { cacheFolder, scenarioFolder: path.dirname(file) };
    const images = await buildImages(scenario, { ...place, environment, timer, progress: display.line, signal });
    for (const [name, image] of images) world.stdout.write(`${name}  ${image.disk}\n`);
    return EXIT.fine;
  } finally {
    display.end();
  }
}
