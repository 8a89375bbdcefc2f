/** `bench cache`: the boots that bench need not make again, and the built images. */
import { usageError } from '../../model/errors.ts';
import { parseSize } from '../../model/units.ts';
import { useCache } from '../../stages/cache.ts';
import { EXIT } from '../exit.ts';
import { json, printable } from '../text.ts';
import { type CliWorld, columnsOf } from '../world.ts';
import { wrapLines } from '../wrap.ts';

interface CacheOptions {
  readonly maxSize?: string;
  readonly maxImageSize?: string;
  readonly all?: boolean;
  readonly json?: boolean;
}

export async function command(world: CliWorld, action: string | undefined, options: CacheOptions): Promise<number> {
  checkOptions(action, options);
  const found = await useCache({ place: world, action, ...limitsOf(options), now: world.now });
  if (options.json) world.stdout.write(json(found));
  else {
    const removed = found.removed.map((line) => `  removed ${line}\n`).join('');
    const images = found.images.map(
      ({ count, bytes, folder }) => `${counted(count, 'image')}, ${mebibytes(bytes)}, in ${folder}\n`,
    );
    const boots = `${counted(found.boots, 'boot')}, ${mebibytes(found.bytes)}, in ${found.folder}\n`;
    const text = printable(`${boots}${images.join('')}${removed}`, true);
    world.stdout.write(wrapLines(text, columnsOf(world)));
  }
  return EXIT.fine;
}

/** Without `prune`, bench deletes nothing, and refuses an option that limits what may stay. */
function checkOptions(action: string | undefined, { all, maxSize, maxImageSize }: CacheOptions): void {
  const given = [
    ...(all ? ['--all'] : []),
    ...(maxSize === undefined ? [] : [`--max-size ${maxSize}`]),
    ...(maxImageSize === undefined ? [] : [`--max-image-size ${maxImageSize}`]),
  ];
  if (action === 'prune' || given.length === 0) return;
  throw usageError(`${given.join(' ')}: only prune deletes by size.`, `Type: bench cache prune ${given.join(' ')}`);
}

function limitsOf({ all, maxSize, maxImageSize }: CacheOptions) {
  // A limit asks for something to stay; `--all` deletes everything.
  if (all && (maxSize ?? maxImageSize) !== undefined)
    throw usageError(
      `--all deletes every boot and every image, so ${maxSize === undefined ? '--max-image-size' : '--max-size'} has no effect.`,
      'Omit one of them.',
    );
  return {
    maxBytes: all ? 0 : sizeOf('--max-size', maxSize ?? '1G'),
    maxImageBytes: all ? 0 : sizeOf('--max-image-size', maxImageSize ?? '20G'),
  };
}

function sizeOf(flag: string, text: string): number {
  const bytes = parseSize(text);
  if (bytes === undefined) throw usageError(`${flag} ${text}: give a size with its unit, e.g. 500M`);
  return bytes;
}

const counted = (count: number, thing: string): string => `${count} ${thing}${count === 1 ? '' : 's'}`;
const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
