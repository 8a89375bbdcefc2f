/**
 * The one opener of inputs: a regular file of a bounded size, and nothing else. A FIFO would wait for ever, a device never
 * ends, a file of 3 GiB is no input of ours. The type is read from the open file, so that nothing can take its place.
 */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { BenchError, usageError } from '../model/errors.ts';
import { readFailure } from '../model/system-error.ts';

/** No file that bench reads whole comes near: a samples.json of 100,000 boots has 120 MB. Longer ones fit in no string. */
export const INPUT_LIMIT = 256 * 2 ** 20;

interface OpenOptions {
  readonly limitBytes?: number;
  /** Beneath a run folder a symbolic link has no business; a path that a user typed may be one. */
  readonly links?: 'follow' | 'refuse';
}

/** Runs `use` with the open file. Throws a usage error that names it when it is no regular file, or too large. */
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

/** The bytes of a file. One that grows while it is read is not followed beyond the limit. */
export const readRegular = (file: string, options: OpenOptions = {}): Promise<Buffer> =>
  withRegularFile(file, options, async (handle, size) => {
    const { limitBytes = INPUT_LIMIT } = options;
    const chunks: Buffer[] = [];
    // One more than there is finds the end. A chunk of a megabyte for each of ten thousand small files is work for the garbage collector.
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

/** Keys, certificates, settings: no more than a user would write by hand. */
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

/** What stands where a regular file should. */
export function kindOf(facts: Kinds): string {
  if (facts.isDirectory()) return 'a folder';
  if (facts.isFIFO()) return 'a pipe';
  if (facts.isSocket()) return 'a socket';
  if (facts.isSymbolicLink()) return 'a symbolic link';
  return 'a device';
}
