/**
 * Writes files whole or not at all: creates a new file under an unpredictable temporary name, syncs it, renames it, then syncs
 * the folder, so that the name lasts as well. A reader never sees half a file, and a crash leaves the old one.
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { usageError } from '../model/errors.ts';
import { withoutSecrets } from '../model/secrets.ts';
import { writeFailure } from '../model/system-error.ts';
import { makeBeneath } from './beneath.ts';
import { kindOf } from './regular.ts';

/**
 * Removes known secrets from text. `root`: the folder that the caller names, if the file lies deeper; makes folders below it,
 * refuses links below it.
 */
export async function writeWhole(file: string, content: string | Uint8Array, root = path.dirname(file)): Promise<void> {
  const folder = await makeBeneath(root, path.relative(root, path.dirname(file)).split(path.sep).join('/'));
  await refuseUnlessRegular(file);
  const temporary = path.join(folder, `.${randomBytes(12).toString('hex')}.tmp`);
  try {
    await writeNew(temporary, typeof content === 'string' ? withoutSecrets(content) : content);
    await rename(temporary, file);
    await syncFolder(folder);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => {});
    throw writeFailure(file, cause);
  }
}

const NEW = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

async function writeNew(file: string, content: string | Uint8Array): Promise<void> {
  const handle = await open(file, NEW, 0o644);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A rename would silently replace a pipe or a device with a file, and replace a link instead of following it. */
async function refuseUnlessRegular(file: string): Promise<void> {
  const facts = await lstat(file).catch(() => undefined);
  if (facts && !facts.isFile() && !facts.isSymbolicLink())
    throw usageError(`Could not write ${file}: it is ${kindOf(facts)}`, 'Remove it, or choose another file.');
}

/** Makes changes of names in a folder durable. Some file systems cannot sync folders; then durability is up to them. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY).catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close();
}
