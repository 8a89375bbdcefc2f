/** The caches of known boots and of built images, for users who list, shrink or share them. */
import { usageError } from '../model/errors.ts';
import type { CacheOutput, JsonOutput } from '../model/json-output.ts';
import { providerKinds } from '../providers/registry.ts';
import { type BootCachePlace, bootCache, bootCacheFolder } from '../store/boot-cache.ts';

export interface CacheRequest {
  readonly place: BootCachePlace;
  readonly action: string | undefined;
  /** Bytes of boots and of images that `prune` leaves. */
  readonly maxBytes: number;
  readonly maxImageBytes: number;
  readonly now: () => string;
}

export async function useCache(request: CacheRequest): Promise<JsonOutput<typeof CacheOutput>> {
  const { place, action, maxBytes, maxImageBytes, now } = request;
  const cache = bootCache(bootCacheFolder(place), now);
  const kinds = await Promise.all(providerKinds().map(({ localImages }) => localImages?.kept(place.cacheFolder) ?? []));
  const images = kinds.flat();
  const removed = await act();
  const sizes = await Promise.all(images.map(async (kept) => ({ folder: kept.folder, ...(await kept.size()) })));
  return { folder: cache.folder, ...(await cache.size()), images: sizes, removed };

  async function act(): Promise<string[]> {
    if (action === undefined) return [];
    if (action === 'prune') {
      const gone = await Promise.all(images.map((kept) => kept.prune(maxImageBytes)));
      return [...(await cache.prune(maxBytes)), ...gone.flat().map((name) => `image ${name}`)];
    }
    if (action === 'verify') return cache.verify();
    throw usageError(`bench cache ${action}: unknown action.`, 'Use prune or verify.');
  }
}
