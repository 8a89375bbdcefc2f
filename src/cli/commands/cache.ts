/** `bench cache`: the boots that need not be made again. */
import { usageError } from '../../model/errors.ts';
import { parseSize } from '../../model/units.ts';
import { useCache } from '../../stages/cache.ts';
import { EXIT } from '../exit.ts';
import { json, printable } from '../text.ts';
import type { CliWorld } from '../world.ts';

interface CacheOptions {
  readonly maxSize: string;
  readonly all?: boolean;
  readonly json?: boolean;
}

export async function command(world: CliWorld, action: string | undefined, options: CacheOptions): Promise<number> {
  const maxBytes = options.all ? 0 : parseSize(options.maxSize);
  if (maxBytes === undefined) throw usageError(`--max-size ${options.maxSize}: a size with its unit, e.g. 500M`);
  const found = await useCache({ place: world, action, maxBytes, now: world.now });
  if (options.json) world.stdout.write(json(found));
  else {
    const removed = found.removed.map((line) => `  removed ${line}\n`).join('');
    const size = `${(found.bytes / 2 ** 20).toFixed(1)} MiB`;
    world.stdout.write(printable(`${found.boots} boots, ${size}, in ${found.folder}\n${removed}`, true));
  }
  return EXIT.fine;
}
