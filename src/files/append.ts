/** Opens a file to append lines, without following a link, and only if no other name refers to the file. */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { usageError } from '../model/errors.ts';
import { writeFailure } from '../model/system-error.ts';
import { kindOf } from './regular.ts';

const FLAGS = constants.O_RDWR | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** The caller closes it. Refuses a file with a second name (a hard link), because a write would change that one too. */
export async function openToAppend(file: string): Promise<FileHandle> {
  const handle = await open(file, FLAGS, 0o644).catch((cause: unknown) => {
    throw writeFailure(file, cause);
  });
  const facts = await handle.stat();
  if (facts.isFile() && facts.nlink <= 1) return handle;
  await handle.close();
  throw usageError(
    `Could not write ${file}: it is ${facts.isFile() ? 'a file with several hard links' : kindOf(facts)}`,
    'Replace it with a copy of the file.',
  );
}
