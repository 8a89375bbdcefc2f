/**
 * One process at a time in a run's folder: a file that names its owner, present from the first write to the last. It appears with its
 * content or not at all (a link to a complete file). The start time shows that a killed owner is gone, and the next process takes its
 * place.
 */
import { link, rename, rm, writeFile } from 'node:fs/promises';
import { readRegular } from '../files/regular.ts';
import { usageError, worldError } from '../model/errors.ts';
import { codeOf, reasonOf } from '../model/system-error.ts';

/** How to tell processes apart. */
export interface Processes {
  /** A name of this process that no other has, or had. */
  thisProcess(): Promise<string>;
  isAlive(owner: string): Promise<boolean>;
}

/** The name of a process is two numbers. */
const OWNER_BYTES = 100;

/** Several processes may replace a dead owner at the same moment; one of them succeeds in each try. */
const MOST_TRIES = 10;

/** Resolves with a function that unlocks it. `named`: the locked thing, for the message. */
export async function lockFile(file: string, named: string, processes: Processes): Promise<() => Promise<void>> {
  const own = await processes.thisProcess();
  const mine = `${file}.${own}`;
  try {
    await rm(mine, { force: true });
    await writeFile(mine, own, { flag: 'wx' }).catch((cause: unknown) => {
      throw worldError(`Could not write ${mine}: ${reasonOf(cause)}`, 'Make the folder writable.', cause);
    });
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      if (await linked(mine, file)) return () => unlock(file, own);
      const owner = await ownerOf(file);
      if (owner !== undefined && (await processes.isAlive(owner))) throw held(named, owner);
      if (owner !== undefined) await removeDead(file, owner, mine);
    }
    throw held(named, 'unknown');
  } finally {
    await rm(mine, { force: true });
  }
}

const held = (named: string, owner: string) =>
  usageError(
    `Another process (pid ${owner.split('-')[0]}) is using ${named}.`,
    'Wait for it or stop it, then continue with --resume.',
  );

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') return false;
    throw cause;
  }
}

const ownerOf = (file: string): Promise<string | undefined> =>
  readRegular(file, { links: 'refuse', limitBytes: OWNER_BYTES }).then(
    (bytes) => bytes.toString('utf8'),
    () => undefined,
  );

/** Between the check and the removal, a living process may have come: puts its lock back. */
async function removeDead(file: string, dead: string, mine: string): Promise<void> {
  const aside = `${mine}.old`;
  await rename(file, aside).catch(() => {});
  if ((await ownerOf(aside)) !== dead) await link(aside, file).catch(() => {});
  await rm(aside, { force: true });
}

async function unlock(file: string, own: string): Promise<void> {
  if ((await ownerOf(file)) === own) await rm(file, { force: true });
}
