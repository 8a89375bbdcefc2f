/**
 * Opens all inputs: only regular files of a bounded size. A FIFO would block for ever, a device never ends, and no input of ours
 * has 3 GiB. We read the type from the open file, so that no other file can replace it in between.
 */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { BenchError, usageError } from '../model/errors.ts';
import { readFailure } from '../model/system-error.ts';

/** Files that bench reads whole are far smaller: a samples.json of 100,000 boots has 120 MB. Longer ones fit in no string. */
export const INPUT_LIMIT = 256 * 2 ** 20;

interface OpenOptions {
  readonly limitBytes?: number;
  /** Use `refuse` beneath a run folder, which contains no symbolic links; a path that a user typed may be a link. */
  readonly links?: 'follow' | 'refuse';
}

/** Runs `use` with the open file. If the file is not regular, or too large, throws a usage error that names it. */
export async function withRegularFile<T>(
  file: string,
  { limitBytes = INPUT_LIMIT, links = 'follow' }: OpenOptions,
  use: (handle: FileHandle, size: number) => Promise<T>,
): Promise<T> {
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
  const handle = await open(file, links === 'refuse' ? flags | constants.O_NOFOLLOW : flags).catch((cause: unknown) => {
    throw readFailure(file, cause);
  });
  try {
    const facts = await handle.stat();
    if (!facts.isFile()) throw usageError(`Could not read ${file}: it is ${kindOf(facts)}`, 'Name a regular file.');
    if (facts.size > limitBytes) throw tooLarge(file, limitBytes);
    return await use(handle, facts.size);
  } catch (cause) {
    throw cause instanceof BenchError || !(cause instanceof Error && 'syscall' in cause)
      ? cause
      : readFailure(file, cause);
  } finally {
    await handle.close();
  }
}

/** The bytes of a file. Reads a growing file only up to the limit. */
export const readRegular = (file: string, options: OpenOptions = {}): Promise<Buffer> =>
  withRegularFile(file, options, async (handle, size) => {
    const { limitBytes = INPUT_LIMIT } = options;
    const chunks: Buffer[] = [];
    // One byte more than the size finds the end. A chunk of 1 MB for each of ten thousand small files would burden the garbage collector.
    const chunkBytes = Math.min(2 ** 20, Math.max(2 ** 12, size + 1));
    for (let bytes = 0; ; ) {
      const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(chunkBytes), 0, chunkBytes, null);
      if (bytesRead === 0) break;
      bytes += bytesRead;
      if (bytes > limitBytes) throw tooLarge(file, limitBytes);
      chunks.push(buffer.subarray(0, bytesRead));
    }
    return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
  });

export const readText = async (file: string, options: OpenOptions = {}): Promise<string> =>
  (await readRegular(file, options)).toString('utf8');

/** Keys, certificates, settings: no larger than a user would write by hand. */
const SMALL_LIMIT = 4 * 2 ** 20;

export const readSmallText = (file: string): Promise<string> => readText(file, { limitBytes: SMALL_LIMIT });

const tooLarge = (file: string, limitBytes: number): BenchError =>
  usageError(`Could not read ${file}: it is larger than ${amount(limitBytes)}`, 'Check that it is the right file.');

const amount = (bytes: number): string =>
  bytes >= 2 ** 20 ? `${Math.round(bytes / 2 ** 20)} MiB` : `${Math.round(bytes / 1024)} KiB`;

interface Kinds {
  isDirectory(): boolean;
  isFIFO(): boolean;
  isSocket(): boolean;
  isSymbolicLink(): boolean;
}

/** The kind of file that is in place of a regular file. */
export function kindOf(facts: Kinds): string {
  if (facts.isDirectory()) return 'a folder';
  if (facts.isFIFO()) return 'a pipe';
  if (facts.isSocket()) return 'a socket';
  if (facts.isSymbolicLink()) return 'a symbolic link';
  return 'a device';
}
