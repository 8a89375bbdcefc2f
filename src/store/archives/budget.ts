/**
 * Limits of unpacking an archive. It does not believe the sizes that an archive states, and counts bytes as they come. If an archive
 * exceeds a limit, it refuses the whole archive and names the entry.
 */
import path from 'node:path';
import { usageError } from '../../model/errors.ts';

export interface ArchivedFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

export interface LeftOut {
  readonly path: string;
  readonly reason: string;
}

/** The contents of an archive or a folder: every entry is in one list or the other. */
export interface Unpacked {
  readonly files: ArchivedFile[];
  readonly leftOut: LeftOut[];
}

/** Logs of a hundred machines fit; an archive bomb does not. */
const MAXIMUM_BYTES = 2 * 2 ** 30;
const MAXIMUM_FILES = 100_000;
/** Logs shrink to a fiftieth at best; deflate itself can do 1032. Small archives may exceed the ratio: they do no harm. */
const MAXIMUM_RATIO = 200;
const RATIO_FROM_BYTES = 64 * 2 ** 20;

/** Counts over everything that one import opens. */
export class Budget {
  #bytes = 0;
  #files = 0;

  /** Bytes that are still allowed. */
  get left(): number {
    return MAXIMUM_BYTES - this.#bytes;
  }

  takeFile(name: string): void {
    this.#files += 1;
    if (this.#files > MAXIMUM_FILES)
      throw usageError(`${name} exceeds the limit of ${MAXIMUM_FILES} files.`, 'Import fewer machines at a time.');
  }

  takeBytes(name: string, count: number): void {
    this.#bytes += count;
    if (this.#bytes > MAXIMUM_BYTES)
      throw usageError(
        `${name} exceeds the limit of ${MAXIMUM_BYTES / 2 ** 30} GiB for all files.`,
        'Import fewer machines at a time.',
      );
  }
}

/** Refuses an archive that grows out of proportion. */
export function ratioGuard(archive: string, packedBytes: number): (entry: string, count: number) => void {
  const limit = Math.max(RATIO_FROM_BYTES, packedBytes * MAXIMUM_RATIO);
  let unpacked = 0;
  return (entry, count) => {
    unpacked += count;
    if (unpacked > limit)
      throw usageError(
        `${archive} unpacks to more than ${MAXIMUM_RATIO} times its size (at ${entry}).`,
        'Logs do not compress that well, so bench does not unpack it. If it does contain logs, unpack it and import the folder.',
      );
  };
}

/** An entry's path beneath its archive, whatever it calls itself; undefined for a folder. */
export function entryPath(name: string): string | undefined {
  const plain = name.replaceAll('\\', '/');
  const inside = path.posix.normalize(`/${plain}`).slice(1);
  return inside === '' || inside.endsWith('/') ? undefined : inside;
}

/** Longest path, and longest part of one, that a file system takes. */
const PATH_BYTES = 4096;
const PART_BYTES = 255;

const isTooLong = (path: string): boolean =>
  Buffer.byteLength(path) > PATH_BYTES || path.split('/').some((part) => Buffer.byteLength(part) > PART_BYTES);

/** Takes each path once: of entries with one name, the first counts. Leaves out names that no file could have. */
export function onceEach(archive: string, { files, leftOut }: Unpacked): Unpacked {
  const seen = new Set<string>();
  const once: Unpacked = { files: [], leftOut: [...leftOut] };
  for (const file of files) {
    if (isTooLong(file.path))
      once.leftOut.push({ path: `${file.path.slice(0, 100)}...`, reason: 'its name is too long' });
    else if (seen.has(file.path))
      once.leftOut.push({ path: file.path, reason: `${archive} contains it more than once` });
    else once.files.push(file);
    seen.add(file.path);
  }
  return once;
}
