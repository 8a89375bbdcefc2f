/** `bench image build`: the images of a scenario, built, downloaded or from the cache. */
import type { ImageOutput, JsonOutput } from '../../model/json-output.ts';
import type { DesignOptions } from '../../stages/design/load.ts';
import { buildImages } from '../../stages/image.ts';
import { EXIT } from '../exit.ts';
import { progress } from '../progress/progress.ts';
import { json } from '../text.ts';
import type { CliWorld } from '../world.ts';

export async function command(world: CliWorld, options: DesignOptions & { readonly json?: boolean }): Promise<number> {
  const display = progress(world);
  const disks = await buildImages(options, world, display).finally(display.end);
  if (options.json) world.stdout.write(json<JsonOutput<typeof ImageOutput>>(disks));
  else for (const [name, disk] of Object.entries(disks)) world.stdout.write(`${name}  ${disk}\n`);
  return EXIT.fine;
}
