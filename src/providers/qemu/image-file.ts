/**
 * Images that someone else made: a file, or a url that bench downloads once. bench checks their bytes and never changes them.
 * They boot with their own bootloader, on a fresh overlay.
 */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { kindOf } from '../../files/regular.ts';
import { BenchError, messageOf, usageError, worldError } from '../../model/errors.ts';
import { wholePercent } from '../../model/units.ts';
import { guardedFetch, shownAddress } from '../../net/guarded-fetch.ts';
import { type BootsBy, bootsBy, diskHead } from './boot-code.ts';
import type { BuildWorld } from './image-build.ts';
import { cached, cachedFolder, type ImageCache, isCached } from './image-cache.ts';
import { checkedFormat, type ImageFormat } from './image-format.ts';
import type { QemuImage } from './scenario.ts';

export interface DiskFile {
  readonly file: string;
  readonly sha256: string;
  readonly format: ImageFormat;
  readonly bootsBy: BootsBy;
  /** Time of the last change, seconds since 1970, UTC. */
  readonly changedAtS: number;
}

const DOWNLOAD_LIMIT = 32 * 2 ** 30;

/** Throws a usage error if a local file is missing or has another hash than the scenario says, a world error if a download fails. */
export async function diskFile(variant: string, image: QemuImage, world: BuildWorld): Promise<DiskFile> {
  if (image.url !== undefined && image.sha256 !== undefined)
    return describe(
      variant,
      await download(variant, { ...image, url: image.url, sha256: image.sha256 }, world),
      image.sha256,
      world,
    );
  const file = path.resolve(world.scenarioFolder, image.file ?? '');
  const facts = await stat(file).catch(() => undefined);
  if (facts && !facts.isFile()) throw usageError(`variant ${variant}: ${file} is ${kindOf(facts)}, not an image.`);
  if (facts === undefined)
    throw usageError(
      `variant ${variant}: the image ${file} does not exist.`,
      'Check image.file; its path is relative to the folder of the scenario.',
    );
  const found = await sha256Of(file, world.signal);
  if (image.sha256 !== undefined && found !== image.sha256)
    throw usageError(
      `variant ${variant}: ${file} has the sha256 ${found}, not ${image.sha256}.`,
      'The scenario expects a different file: download it again, or correct image.sha256.',
    );
  return describe(variant, file, found, world);
}

async function describe(variant: string, file: string, sha256: string, world: BuildWorld): Promise<DiskFile> {
  const format = await checkedFormat(file).catch((error: unknown) => {
    if (!(error instanceof BenchError)) throw error;
    throw usageError(`variant ${variant}: ${error.message}.`, error.hint);
  });
  const { mtimeMs } = await stat(file);
  const scratch = path.join(world.cacheFolder, `${sha256.slice(0, 16)}-${variant}-${process.pid}.head`);
  const head = await diskHead(file, format, scratch, world);
  return { file, sha256, format, bootsBy: bootsBy(head), changedAtS: Math.ceil(mtimeMs / 1000) };
}

async function sha256Of(file: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash, { signal });
  return hash.digest('hex');
}

interface Download {
  readonly url: string;
  readonly sha256: string;
  /** Hosts that the url may redirect to. */
  readonly redirects: readonly string[];
}

/** Stores the download under its hash; discards one with other bytes. */
async function download(variant: string, image: Download, world: BuildWorld): Promise<string> {
  const { sha256 } = image;
  const cache: ImageCache = { folder: path.join(world.cacheFolder, 'downloads'), timer: world.timer };
  if (!(await isCached(cache, sha256)))
    await cached(cache, sha256, (folder) => fetchInto(folder, variant, image, world), world.signal);
  return path.join(cachedFolder(cache, sha256), 'disk');
}

async function fetchInto(
  folder: string,
  variant: string,
  { url, sha256, redirects }: Download,
  world: BuildWorld,
): Promise<void> {
  // Outside the cache's own folders, so that a later attempt can continue an interrupted download.
  const part = path.join(world.cacheFolder, 'downloads', `${sha256}.part`);
  const lastModified = await receive(part, variant, { url, redirects }, world);
  const found = await sha256Of(part, world.signal);
  if (found !== sha256) {
    await rm(part, { force: true });
    throw worldError(
      `image ${variant}: ${shownAddress(url)} returned a file without the sha256 ${sha256}.`,
      'The image behind the url changed: check it and correct image.sha256.',
    );
  }
  const changed = Date.parse(lastModified ?? '');
  if (Number.isFinite(changed)) await utimes(part, changed / 1000, changed / 1000);
  await rename(part, path.join(folder, 'disk'));
}

/**
 * Continues after the bytes of an earlier attempt, if the server supports it (RFC 9110, 14.2). Resolves with the `last-modified`
 * header.
 */
async function receive(
  part: string,
  variant: string,
  image: Omit<Download, 'sha256'>,
  world: BuildWorld,
): Promise<string | null> {
  const { url, redirects } = image;
  const had = await stat(part).then(
    ({ size }) => size,
    () => 0,
  );
  const headers = { 'accept-encoding': 'identity', ...(had > 0 && { range: `bytes=${had}-` }) };
  const answer = await guardedFetch(url, {
    for: `image ${variant}`,
    hosts: redirects,
    init: { headers },
    environment: world.environment,
    signal: world.signal,
  });
  if (answer.status === 416 && had > 0) {
    await rm(part, { force: true });
    return receive(part, variant, image, world);
  }
  if (!answer.ok || answer.body === null)
    throw worldError(`image ${variant}: ${shownAddress(url)} answered ${answer.status}.`, 'Check the url.');
  const start = answer.status === 206 ? had : 0;
  const meter = measured(start, start + Number(answer.headers.get('content-length') ?? Number.NaN), (text) =>
    world.progress(`image ${variant}: downloading ${text}`),
  );
  const body = Readable.fromWeb(answer.body as ReadableStream<Uint8Array>);
  const file = createWriteStream(part, { flags: start > 0 ? 'a' : 'w' });
  await pipeline(body, meter, file, { signal: world.signal }).catch((cause: unknown) => {
    world.signal.throwIfAborted();
    // A disk error has its own hint.
    if (cause instanceof BenchError || (cause instanceof Error && 'errno' in cause)) throw cause;
    throw worldError(
      `image ${variant}: the download from ${shownAddress(url)} was cut off: ${reasonOf(cause)}.`,
      'Run it again to continue the download.',
      cause,
    );
  });
  return answer.headers.get('last-modified');
}

/** undici reports only "fetch failed" or "terminated"; the reason is in the cause. */
function reasonOf(cause: unknown): string {
  const beneath = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  return messageOf(beneath);
}

/** Counts bytes and reports progress after every tenth. Fails past the limit. */
function measured(start: number, expected: number, say: (text: string) => void): Transform {
  let bytes = start;
  let said = -1;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      const share = Number.isFinite(expected) && expected > 0 ? bytes / expected : 0;
      if (Math.floor(share * 10) > said) {
        said = Math.floor(share * 10);
        say(`${(bytes / 2 ** 20).toFixed(0)} MiB${share > 0 ? ` (${wholePercent(share)})` : ''}`);
      }
      if (bytes > DOWNLOAD_LIMIT) done(worldError(`the download exceeds ${DOWNLOAD_LIMIT / 2 ** 30} GiB.`));
      else done(null, chunk);
    },
  });
}
