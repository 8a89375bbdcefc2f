/** Puts file errors of the operating system into words, and says whose fault they are. */
import { BenchError, messageOf, worldError } from './errors.ts';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EISDIR: 'it is a folder',
  ENOTDIR: 'part of its path is not a folder',
  EEXIST: 'it already exists',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of this disk is exhausted',
  EFBIG: 'the file size limit is reached (ulimit -f)',
  EROFS: 'the file system is read-only',
  EMFILE: 'this process has too many open files (ulimit -n)',
  ENFILE: 'this computer has too many open files',
  ELOOP: 'it is a symbolic link',
  ENAMETOOLONG: 'its name is too long',
  EIO: 'the disk has an error',
  ENXIO: 'it is a device or pipe that nothing is connected to',
  ENOMEM: 'out of memory',
  EINVAL: 'its name or type does not allow it',
};

/** The cause is a full disk or a limit of this computer, not the file in the message. */
const OF_THE_WORLD = new Set(['ENOSPC', 'EDQUOT', 'EFBIG', 'EROFS', 'EMFILE', 'ENFILE', 'EIO', 'ENOMEM']);

const HINTS: Readonly<Record<string, string>> = {
  ENOSPC: 'Free some space.',
  EDQUOT: 'Free some space.',
  EFBIG: 'Raise the limit with ulimit -f.',
  EMFILE: 'Raise the limit with ulimit -n.',
  ENFILE: 'Close other programs, or raise fs.file-max.',
};

export const codeOf = (cause: unknown): string =>
  cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : '';

export const reasonOf = (cause: unknown): string => REASONS[codeOf(cause)] ?? messageOf(cause);

/** Bench could not read a file: a wrong name is the caller's fault, a full table of open files is not. */
export const readFailure = (file: string, cause: unknown): BenchError =>
  OF_THE_WORLD.has(codeOf(cause))
    ? worldError(`Could not read ${file}: ${reasonOf(cause)}`, HINTS[codeOf(cause)], cause)
    : new BenchError('usage', `Could not read ${file}: ${reasonOf(cause)}`, undefined, cause);

/** If a link or a pipe stands in place of the file, the caller put it there; any other failure is this computer's. */
export const writeFailure = (file: string, cause: unknown): BenchError =>
  new BenchError(
    ['ELOOP', 'ENXIO'].includes(codeOf(cause)) ? 'usage' : 'world',
    `Could not write ${file}: ${reasonOf(cause)}`,
    HINTS[codeOf(cause)] ?? `Make ${file.slice(0, file.lastIndexOf('/')) || '/'} writable.`,
    cause,
  );

/** Whether the file that bench could not read does not exist. */
export const isMissing = (error: unknown): boolean => error instanceof BenchError && codeOf(error.cause) === 'ENOENT';

/** Whether the operating system refused something, as opposed to a bug of ours. */
export const isSystemError = (cause: unknown): cause is NodeJS.ErrnoException =>
  cause instanceof Error && 'syscall' in cause && codeOf(cause) in REASONS;

/** For a `catch` around work in a folder. A failed write to an open file names no path, so the message names the folder. */
export const placedIn =
  (folder: string) =>
  (cause: unknown): never => {
    throw isSystemError(cause) && cause.path === undefined ? writeFailure(folder, cause) : cause;
  };

/** An operating-system error that reached the end of the program without a message of ours. */
export const systemFailure = (cause: NodeJS.ErrnoException): BenchError =>
  worldError(
    `${cause.path === undefined ? (cause.syscall ?? 'a file') : cause.path}: ${reasonOf(cause)}`,
    HINTS[codeOf(cause)],
    cause,
  );
