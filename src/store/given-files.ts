/**
 * Files that a user hands over: loose ones, gzipped or not, folders, .zip, .tar, .tgz and .tar.xz archives, read into memory with bounds.
 * Drops nothing in silence: it names everything that is no file or that it cannot read, with the reason.
 */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { kindOf, readRegular } from '../files/regular.ts';
import { BenchError, usageError } from '../model/errors.ts';
import { readFailure } from '../model/system-error.ts';
import { Budget, onceEach, type Unpacked } from './archives/budget.ts';
import { unpackGzip } from './archives/gzip.ts';
import { readTar } from './archives/tar.ts';
import { unpackXz } from './archives/xz.ts';
import { readZip } from './archives/zip.ts';

/** Bench reads an archive whole; its contents have their own bounds. */
const ARCHIVE_LIMIT = 1024 * 2 ** 20;

/** Every file under the given paths, in the order of their names; opens archives in place. Leaves out symbolic links. */
export async function readGiven(paths: readonly string[], cwd: string): Promise<Unpacked> {
  const all: Unpacked = { files: [], leftOut: [] };
  const budget = new Budget();
  for (const given of paths) {
    const start = path.resolve(cwd, given);
    const below = await filesBelow(start);
    for (const { file, reason } of below) {
      const name = path.relative(path.dirname(start), file).split(path.sep).join('/');
      const { files, leftOut } =
        reason === undefined ? await open(name, file, budget) : { files: [], leftOut: [{ path: name, reason }] };
      for (const found of files) all.files.push(found);
      for (const left of leftOut) all.leftOut.push(left);
    }
  }
  all.files.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  return onceEach('the input', all);
}

/** `reason`: why bench cannot take it. */
async function filesBelow(start: string): Promise<readonly { readonly file: string; readonly reason?: string }[]> {
  const status = await stat(start).catch(() => undefined);
  if (!status) throw usageError(`The file or folder ${start} does not exist.`);
  if (!status.isDirectory()) return [{ file: start }];
  const entries = await readdir(start, { recursive: true, withFileTypes: true }).catch((cause: unknown) => {
    throw readFailure(start, cause);
  });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => {
      const file = path.join(entry.parentPath, entry.name);
      return entry.isFile() ? { file } : { file, reason: `${kindOf(entry)}, not a file` };
    })
    .sort((a, b) => (a.file < b.file ? -1 : 1));
}

/** `syslog.2.gz` is an older part of a log. */
const ROTATED = /[.-]\d{1,8}\.gz$/;

/** One file that a user compressed to attach it: `journal.json.gz`. */
async function openSingle(name: string, file: string, budget: Budget): Promise<Unpacked> {
  const packed = await readRegular(file, { limitBytes: ARCHIVE_LIMIT });
  const bytes = await unpackGzip(name, packed);
  budget.takeFile(name);
  budget.takeBytes(name, bytes.length);
  return { files: [{ path: name, bytes }], leftOut: [] };
}

async function open(name: string, file: string, budget: Budget): Promise<Unpacked> {
  const single = /^(.*)\.gz$/is.exec(name);
  if (single !== null && !/\.tar\.gz$/i.test(name) && !ROTATED.test(name))
    return openSingle(single[1] ?? name, file, budget);
  if (!ARCHIVE.test(name)) {
    const bytes = await readRegular(file);
    budget.takeFile(name);
    budget.takeBytes(name, bytes.length);
    return { files: [{ path: name, bytes }], leftOut: [] };
  }
  return unpack(name, await readRegular(file, { limitBytes: ARCHIVE_LIMIT }), budget, 0);
}

const ARCHIVE = /^(.*)\.(zip|tgz|tar|tar\.gz|txz|tar\.xz)$/is;
/** Bundles of nodes in the archive of a case; leaves out deeper archives. */
const DEEPEST = 2;

/** Leaves out an inner archive that it cannot read; the rest remains. */
async function unpackInner(name: string, packed: Buffer, budget: Budget, depth: number): Promise<Unpacked> {
  try {
    return await unpack(name, packed, budget, depth);
  } catch (cause) {
    if (!(cause instanceof BenchError)) throw cause;
    return { files: [], leftOut: [{ path: name, reason: cause.message }] };
  }
}

async function unpack(name: string, packed: Buffer, budget: Budget, depth: number): Promise<Unpacked> {
  const [, folder = '', kind = ''] = ARCHIVE.exec(name) ?? [];
  const bytes = /xz$/i.test(kind) ? await unpackXz(name, packed) : packed;
  const { files, leftOut } = onceEach(
    name,
    await (kind.toLowerCase() === 'zip' ? readZip : readTar)(name, bytes, budget),
  );
  const all: Unpacked = { files: [], leftOut: leftOut.map((left) => ({ ...left, path: `${folder}/${left.path}` })) };
  for (const { path: entry, bytes: content } of files) {
    const inner = `${folder}/${entry}`;
    if (depth + 1 >= DEEPEST || !ARCHIVE.test(inner)) all.files.push({ path: inner, bytes: content });
    else {
      const unpacked = await unpackInner(inner, Buffer.from(content), budget, depth + 1);
      for (const file of unpacked.files) all.files.push(file);
      for (const left of unpacked.leftOut) all.leftOut.push(left);
    }
  }
  return all;
}
