/**
 * Files that somebody else gathered: loose ones, folders, .zip, .tar and .tgz archives, read into memory with bounds. What
 * an archive says of names and sizes is not believed.
 */
import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';
import { unzip } from 'fflate';
import { Parser } from 'tar';
import { usageError } from '../model/errors.ts';
import { readBytes } from './files.ts';

export type GatheredFile = { readonly path: string; readonly bytes: Uint8Array };

/** Logs of a hundred machines fit; an archive bomb does not. */
const MAXIMUM_BYTES = 2 * 2 ** 30;
const MAXIMUM_FILES = 100_000;

/** Every file under the given paths, in the order of their names; archives are opened in place. Symbolic links are left out. */
export async function readGathered(paths: readonly string[], cwd: string): Promise<GatheredFile[]> {
  const files: GatheredFile[] = [];
  let bytes = 0;
  const add = (file: GatheredFile) => {
    bytes += file.bytes.length;
    if (bytes > MAXIMUM_BYTES || files.length >= MAXIMUM_FILES) {
      throw usageError(
        `${paths.join(', ')}: more than ${MAXIMUM_BYTES / 2 ** 30} GiB or ${MAXIMUM_FILES} files.`,
        'Import fewer machines at a time.',
      );
    }
    files.push(file);
  };
  for (const given of paths) {
    const start = path.resolve(cwd, given);
    for (const file of await filesBelow(start)) {
      const name = path.relative(path.dirname(start), file).split(path.sep).join('/');
      for (const found of await open(name, await readBytes(file))) add(found);
    }
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

async function filesBelow(start: string): Promise<string[]> {
  const status = await lstat(start).catch(() => undefined);
  if (!status) throw usageError(`There is no file or folder ${start}.`);
  if (status.isFile()) return [start];
  const entries = await readdir(start, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}

async function open(name: string, bytes: Uint8Array): Promise<GatheredFile[]> {
  const archive = /^(.*)\.(zip|tgz|tar|tar\.gz)$/i.exec(name);
  if (!archive) return [{ path: name, bytes }];
  const [, folder = '', kind = ''] = archive;
  const entries = await (kind.toLowerCase() === 'zip' ? readZip(name, bytes) : readTar(name, bytes));
  return entries.flatMap((entry) => {
    const inside = path.posix.normalize(`/${entry.path}`).slice(1);
    return inside === '' || inside.endsWith('/') ? [] : [{ path: `${folder}/${inside}`, bytes: entry.bytes }];
  });
}

function readZip(name: string, bytes: Uint8Array): Promise<GatheredFile[]> {
  let total = 0;
  const filter = (file: { originalSize: number }) => {
    total += file.originalSize;
    return total <= MAXIMUM_BYTES;
  };
  return new Promise((resolve, reject) => {
    unzip(bytes, { filter }, (error, entries) => {
      if (error) reject(usageError(`${name} is not a readable zip archive: ${error.message}`));
      else resolve(Object.entries(entries).map(([entry, content]) => ({ path: entry, bytes: content })));
    });
  });
}

function readTar(name: string, bytes: Uint8Array): Promise<GatheredFile[]> {
  const files: GatheredFile[] = [];
  let total = 0;
  return new Promise((resolve, reject) => {
    const refuse = (why: string) => reject(usageError(`${name} is not a readable tar archive: ${why}`));
    const parser = new Parser({
      strict: true,
      onReadEntry(entry) {
        if (entry.type !== 'File') {
          entry.resume();
          return;
        }
        const chunks: Buffer[] = [];
        entry.on('data', (chunk: Buffer) => {
          total += chunk.length;
          if (total > MAXIMUM_BYTES) refuse(`it unpacks to more than ${MAXIMUM_BYTES / 2 ** 30} GiB`);
          else chunks.push(chunk);
        });
        entry.on('end', () => files.push({ path: entry.path, bytes: Buffer.concat(chunks) }));
      },
    });
    parser.on('end', () => resolve(files));
    parser.on('error', (error: Error) => refuse(error.message));
    parser.end(Buffer.from(bytes));
  });
}
