/** A private folder for the duration of one command, removed afterwards; the next command removes what a killed one left. */
import { mkdir, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { makeFolders } from '../../files/folders.ts';
import { worldError } from '../../model/errors.ts';
import { placedIn, reasonOf } from '../../model/system-error.ts';
import type { World } from '../../model/world.ts';
import { makePrivateFolder, sweepPrivateFolders } from '../../providers/any/private-folder.ts';

const PREFIX = 'bench-scratch';

export async function withScratch<T>(
  { temporaryFolder }: Pick<World, 'temporaryFolder'>,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  await sweepPrivateFolders(temporaryFolder, PREFIX);
  const folder = await makePrivateFolder(temporaryFolder, PREFIX);
  try {
    return await use(folder).catch(placedIn(folder));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A folder that stays if machines keep running in it. */
export async function withKeptFolder<T>(
  world: Pick<World, 'cacheFolder'>,
  runId: string,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  await makeCacheFolder(world);
  const folder = path.join(world.cacheFolder, 'kept', runId);
  await mkdir(folder, { recursive: true });
  try {
    return await use(folder);
  } finally {
    await rmdir(folder).catch(() => {});
  }
}

export async function makeCacheFolder({ cacheFolder }: Pick<World, 'cacheFolder'>): Promise<void> {
  await makeFolders(cacheFolder).catch((cause: unknown) => {
    throw worldError(
      `The cache folder ${cacheFolder} cannot be made: ${reasonOf(cause)}`,
      'Set BENCH_CACHE to another folder.',
      cause,
    );
  });
}
