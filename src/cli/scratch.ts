/** A private folder for the time of one command, gone afterwards. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { worldError } from '../model/errors.ts';
import type { Surroundings } from './surroundings.ts';

export async function withScratch<T>(world: Surroundings, use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(world.temporaryFolder, 'bench-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export async function makeCacheFolder(world: Surroundings): Promise<void> {
  await mkdir(world.cacheFolder, { recursive: true }).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw worldError(
      `The cache folder ${world.cacheFolder} cannot be made: ${reason}`,
      'Name another one in BENCH_CACHE.',
      cause,
    );
  });
}
