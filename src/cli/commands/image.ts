/** `bench image build`: the images of a scenario, built or found in the cache. */
import path from 'node:path';
import type { ImageOutput, JsonOutput } from '../../model/json-output.ts';
import { prepareComputer } from '../../stages/prepare.ts';
import { imageBuilder } from '../../stages/provider.ts';
import { type DesignOptions, loadDesign } from '../design.ts';
import { EXIT } from '../exit.ts';
import { progress } from '../progress.ts';
import { makeCacheFolder } from '../scratch.ts';
import { json } from '../text.ts';
import type { World } from '../world.ts';

export async function command(world: World, options: DesignOptions & { readonly json?: boolean }): Promise<number> {
  const { scenario, file } = await loadDesign(options, world);
  const builder = imageBuilder(scenario);
  const display = progress(world);
  const { environment, cacheFolder, signal, timer } = world;
  try {
    await prepareComputer(scenario, { environment, signal, say: display.line });
    await makeCacheFolder(world);
    const place = { cacheFolder, scenarioFolder: path.dirname(file) };
    const images = await builder({ ...place, environment, timer, progress: display.line, signal });
    const disks = Object.fromEntries(images);
    if (options.json) world.stdout.write(json<JsonOutput<typeof ImageOutput>>(disks));
    else for (const [name, disk] of Object.entries(disks)) world.stdout.write(`${name}  ${disk}\n`);
    return EXIT.fine;
  } finally {
    display.end();
  }
}
