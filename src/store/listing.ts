/** The contents of a folder of bench's own, by paths beneath it; follows no link on the way. */
import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';
import { beneath } from '../files/beneath.ts';
import { kindOf } from '../files/regular.ts';
import { usageError } from '../model/errors.ts';
import { codeOf, readFailure } from '../model/system-error.ts';

/** Names in a folder, in order; none if it is absent. */
export async function namesBeneath(folder: string, place: string): Promise<string[]> {
  const at = await beneath(folder, place);
  const names = await readdir(at).catch((cause: unknown) => {
    if (codeOf(cause) === 'ENOENT') return [];
    throw readFailure(at, cause);
  });
  return names.sort();
}

/** Whether something exists there; a link in its place is an error. */
export async function existsBeneath(folder: string, place: string): Promise<boolean> {
  const file = await beneath(folder, place);
  return lstat(file).then(
    () => true,
    (cause: unknown) => {
      if (codeOf(cause) === 'ENOENT' || codeOf(cause) === 'ENOTDIR') return false;
      throw readFailure(file, cause);
    },
  );
}

/** Regular files below a place, by their paths from there, in order. Refuses anything else that stands there. */
export async function filesBeneath(folder: string, place: string): Promise<string[]> {
  const start = await beneath(folder, place);
  const entries = await readdir(start, { recursive: true, withFileTypes: true }).catch((cause: unknown) => {
    if (codeOf(cause) === 'ENOENT') return [];
    throw readFailure(start, cause);
  });
  const files: string[] = [];
  for (const entry of entries) {
    const file = path.join(entry.parentPath, entry.name);
    if (entry.isFile()) files.push(path.relative(start, file).split(path.sep).join('/'));
    else if (!entry.isDirectory())
      throw usageError(
        `${file} is ${kindOf(entry)}; the folder of a boot must contain only files and folders.`,
        'Remove it.',
      );
  }
  return files.sort();
}
