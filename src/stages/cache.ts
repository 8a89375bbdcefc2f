/** The cache of known boots, for those who want to see, shrink or share it. */
import { usageError } from '../model/errors.ts';
import type { CacheOutput, JsonOutput } from '../model/json-output.ts';
import { type BootCachePlace, bootCache, bootCacheFolder } from '../store/boot-cache.ts';

export interface CacheRequest {
  readonly place: BootCachePlace;
  readonly action: string | undefined;
  /** What `prune` leaves. */
  readonly maxBytes: number;
  readonly now: () => string;
}

export async function useCache(request: CacheRequest): Promise<JsonOutput<typeof CacheOutput>> {
  const { place, action, maxBytes, now } = request;
  const cache = bootCache(bootCacheFolder(place), now);
  const removed = await act();
  return { folder: cache.folder, ...(await cache.size()), removed };

  async function act(): Promise<string[]> {
    if (action === undefined) return [];
    if (action === 'prune') return cache.prune(maxBytes);
    if (action === 'verify') return cache.verify();
    throw usageError(`bench cache ${action}: there is no such action.`, 'Known are prune and verify.');
  }
}
