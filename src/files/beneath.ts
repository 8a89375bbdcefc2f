/**
 * Paths beneath a given folder. Names in them come from files, archives and machines. No name may climb out, and no symbolic
 * link may lead out, whatever program made it.
 */
import { lstat, mkdir, realpath, rm } from 'node:fs/promises';
import path from 'node:path';
import { usageError } from '../model/errors.ts';
import { codeOf, readFailure, writeFailure } from '../model/system-error.ts';
import { makeFolders } from './folders.ts';
import { kindOf } from './regular.ts';

/** File systems allow names of 255 bytes. */
const NAME_BYTES = 255;

/** Whether a relative path stays beneath its root: `a/b` does; `..`, `/a`, `a//b` or a path with a NUL does not. */
export const isBeneath = (relative: string): boolean =>
  relative
    .split('/')
    .every(
      (part) =>
        part !== '' && part !== '.' && part !== '..' && !/[\0\\]/.test(part) && Buffer.byteLength(part) <= NAME_BYTES,
    );

function partsOf(relative: string): readonly string[] {
  if (isBeneath(relative)) return relative.split('/');
  throw usageError(`The name ${JSON.stringify(relative.slice(0, 300))} is not a relative path inside the folder.`);
}

/** The path of `relative` beneath `root`. The root may be a link, because a user named it; nothing below it may. */
export async function beneath(root: string, relative: string): Promise<string> {
  let at = root;
  for (const part of partsOf(relative)) {
    at = path.join(at, part);
    const facts = await lstat(at).catch((cause: unknown) => {
      if (codeOf(cause) === 'ENOENT') return undefined;
      throw readFailure(at, cause);
    });
    if (facts?.isSymbolicLink()) throw linked(at);
    if (facts === undefined) break;
  }
  return path.join(root, relative);
}

const linked = (file: string) =>
  usageError(
    `${file} is a symbolic link; bench does not follow links inside the folders of a run.`,
    'Replace it with the file or folder itself.',
  );

/** Makes the folders of `relative` beneath `root`, and `root` itself. */
export async function makeBeneath(root: string, relative: string): Promise<string> {
  try {
    await makeFolders(root);
  } catch (cause) {
    throw writeFailure(root, cause);
  }
  let at = root;
  for (const part of relative === '' ? [] : partsOf(relative)) {
    at = path.join(at, part);
    await mkdir(at).catch(async (cause: unknown) => {
      if (codeOf(cause) !== 'EEXIST') throw writeFailure(at, cause);
      const facts = await lstat(at);
      if (facts.isSymbolicLink()) throw linked(at);
      if (!facts.isDirectory())
        throw usageError(`${at} is ${facts.isFile() ? 'a file' : kindOf(facts)}, not a folder.`);
    });
  }
  return at;
}

/** Removes the file or folder at `relative`, with its contents. Removes a link itself, not its target. */
export async function removeBeneath(root: string, relative: string): Promise<void> {
  const parts = partsOf(relative);
  const folder = parts.length === 1 ? root : await beneath(root, parts.slice(0, -1).join('/'));
  const file = path.join(folder, parts.at(-1) ?? '');
  await rm(file, { recursive: true, force: true }).catch((cause: unknown) => {
    throw writeFailure(file, cause);
  });
}

/** Whether `file` really lies in one of these folders after following all links. For a missing file its path decides. */
export async function liesIn(file: string, folders: readonly string[]): Promise<boolean> {
  const real = await realOf(file);
  const roots = await Promise.all(folders.map(realOf));
  return roots.some((root) => real === root || real.startsWith(root === '/' ? root : `${root}${path.sep}`));
}

const realOf = (file: string): Promise<string> => realpath(file).catch(() => path.resolve(file));
