/** Reads all inputs of an image and hashes them: the hash is the image's key in the cache. Builds nothing. */
import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { readRegular } from '../../files/regular.ts';
import { messageOf, usageError } from '../../model/errors.ts';
import { BUILD_SCRIPT, DEFAULT_KERNEL, IMAGE_EPOCH, REQUIRED_PACKAGES } from './build-script.ts';
import { cacheKey } from './image-cache.ts';
import { imageInitrd, ROOT_MODULES } from './initrd.ts';
import type { ImageBuild } from './scenario.ts';

/** A build whose inputs bench has read, before it builds anything. */
export interface PlannedBuild {
  readonly name: string;
  readonly key: string;
  readonly spec: ImageBuild;
  readonly base: PlannedBuild | undefined;
  readonly result: 'tree' | 'disk';
  readonly files: readonly ImageFile[];
  readonly scripts: readonly { readonly name: string; readonly content: Buffer }[];
}

interface ImageFile {
  readonly target: string;
  readonly mode: number;
  readonly content: Buffer;
}

/** Raise this when code outside the script and the initrd's own text changes what an image holds. */
const BUILDER_VERSION = 1;
const NVDIMM_ALIGNMENT = 128 * 2 ** 20;
/** No image needs this much: more means a mistake, such as a whole home folder. */
const FILES_LIMIT = 2 * 2 ** 30;

/** Reads the inputs of a build. Throws usage errors for missing ones. */
export async function planBuild(
  name: string,
  spec: ImageBuild,
  result: 'tree' | 'disk',
  images: Readonly<Record<string, ImageBuild>>,
  scenarioFolder: string,
  above: readonly string[] = [],
): Promise<PlannedBuild> {
  if (spec.from !== undefined && above.includes(spec.from))
    throw usageError(`The images ${[...above, spec.from].join(' -> ')} form a cycle.`);
  const baseSpec = spec.from === undefined ? undefined : ownImage(images, spec.from);
  if (spec.from !== undefined && baseSpec === undefined) throw unknownBase(name, spec.from, Object.keys(images));
  const base =
    spec.from !== undefined && baseSpec
      ? await planBuild(spec.from, baseSpec, 'tree', images, scenarioFolder, [...above, spec.from])
      : undefined;
  const files = await readFiles(name, spec.files, scenarioFolder);
  const scripts = await Promise.all(
    spec.scripts.map(async (script) => ({
      name: path.basename(script),
      content: await readSource(name, path.resolve(scenarioFolder, script)),
    })),
  );
  const key = cacheKey([
    ['builder', BUILDER_VERSION, IMAGE_EPOCH, BUILD_SCRIPT],
    ['base', base?.key ?? spec.debian],
    ['packages', packagesOf(spec)],
    [
      'result',
      result,
      result === 'disk' ? [sizeOf(spec), ROOT_MODULES, imageInitrd(Buffer.alloc(0), []).toString('hex')] : 0,
    ],
    ['files', files.map(({ target, mode, content }) => [target, mode, sha256(content)])],
    ['scripts', scripts.map(({ content }) => sha256(content))],
  ]);
  return { name, key, spec, base, result, files, scripts };
}

export function packagesOf(spec: ImageBuild): readonly string[] {
  if (spec.from !== undefined) return [...new Set(spec.packages)].sort();
  const kernel = spec.packages.some((name) => name.startsWith('linux-image-')) ? [] : [DEFAULT_KERNEL];
  return [...new Set([...REQUIRED_PACKAGES, ...kernel, ...spec.packages])].sort();
}

/** The kernel maps an nvdimm in large sections, so the disk's size is a multiple of one. */
export const sizeOf = (spec: ImageBuild): number => Math.ceil(spec.size / NVDIMM_ALIGNMENT) * NVDIMM_ALIGNMENT;

async function readFiles(
  image: string,
  files: Readonly<Record<string, string>>,
  scenarioFolder: string,
): Promise<readonly ImageFile[]> {
  const found: ImageFile[] = [];
  let total = 0;
  const add = async (target: string, source: string): Promise<void> => {
    const facts = await stat(source).catch(() => undefined);
    if (facts?.isDirectory()) {
      for (const name of (await readdir(source)).sort()) await add(path.join(target, name), path.join(source, name));
      return;
    }
    const content = await readSource(image, source);
    total += content.length;
    if (total > FILES_LIMIT) throw usageError(`image ${image}: its files exceed ${FILES_LIMIT / 2 ** 30} GiB.`);
    // A checkout keeps only this bit of a mode; the rest follows the umask of the user who made it.
    found.push({ target, mode: ((facts?.mode ?? 0) & 0o100) !== 0 ? 0o755 : 0o644, content });
  };
  for (const target of Object.keys(files).sort()) await add(target, path.resolve(scenarioFolder, files[target] ?? ''));
  return found;
}

async function readSource(image: string, source: string): Promise<Buffer> {
  const exists = (await stat(source).catch(() => undefined)) !== undefined;
  return readRegular(source).catch((cause: unknown) => {
    throw usageError(
      `image ${image}: ${exists ? messageOf(cause) : `could not read ${source}: no such file`}`,
      'Paths of files and scripts are relative to the folder of the scenario.',
    );
  });
}

/** A name that every object has, such as `constructor`, is not an image. */
const ownImage = (images: Readonly<Record<string, ImageBuild>>, name: string): ImageBuild | undefined =>
  Object.hasOwn(images, name) ? images[name] : undefined;

function unknownBase(image: string, from: string, known: readonly string[]) {
  const names = known.length === 0 ? 'there is none' : `there are ${known.join(', ')}`;
  return usageError(`image ${image} is built on "${from}", which provider.images does not define (${names}).`);
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
