/** A private folder for the time of one command, gone afterwards; what a killed command left is swept by the next one. */
import { mkdir, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { worldError } from '../model/errors.ts';
import { makePrivateFolder, sweepPrivateFolders } from '../providers/any/private-folder.ts';
import type { World } from './world.ts';

const PREFIX = 'bench-scratch';

export async function withScratch<T>(world: World, use: (folder: string) => Promise<T>): Promise<T> {
  await sweepPrivateFolders(world.temporaryFolder, PREFIX);
  const folder = await makePrivateFolder(world.temporaryFolder, PREFIX);
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A folder that stays when machines are left running in it. */
export async function withKeptFolder<T>(world: World, runId: string, use: (folder: string) => Promise<T>): Promise<T> {
  await makeCacheFolder(world);
  const folder = path.join(world.cacheFolder, 'kept', runId);
  await mkdir(folder, { recursive: true });
  try {
    return await use(folder);
  } finally {
    await rmdir(folder).catch(() => {});
  }
}

export async function makeCacheFolder(world: World): Promise<void> {
  await mkdir(world.cacheFolder, { recursive: true }).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw worldError(
      `The cache folder ${world.cacheFolder} cannot be made: ${reason}`,
      'Name another one in BENCH_CACHE.',
      cause,
    );
  });
}
