/**
 * Files written whole or not at all: to a temporary name, synced, renamed, and the folder synced too, without which a rename does
 * not outlive a power cut. A reader never sees half a file, and a crash leaves the old one.
 */
import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { z } from 'zod';
import { messageOf, usageError, worldError } from '../model/errors.ts';
import { toJson } from '../model/json.ts';

export const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export async function writeFileWhole(file: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    await mkdir(path.dirname(file), { recursive: true });
    const handle = await open(temporary, 'w', 0o644);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
    await syncFolder(path.dirname(file));
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => {});
    throw worldError(`Could not write ${file}: ${reasonOf(cause)}`, writeHint(file, cause), cause);
  }
}

/** False where there is one of that name already. Folders above it are made as well. */
export async function makeFolder(folder: string): Promise<boolean> {
  try {
    await mkdir(path.dirname(folder), { recursive: true });
    await mkdir(folder);
    return true;
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST' && (await isFolder(folder))) return false;
    throw worldError(
      `Could not make the folder ${folder}: ${reasonOf(cause)}`,
      'Name another place with --out.',
      cause,
    );
  }
}

const isFolder = (file: string): Promise<boolean> =>
  stat(file).then(
    (found) => found.isDirectory(),
    () => false,
  );

/** Makes what happened to the names in a folder last. Some file systems know no such thing, and say so. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } catch (cause) {
    if (!UNSYNCED.has(codeOf(cause))) throw cause;
  } finally {
    await handle.close();
  }
}

const UNSYNCED: ReadonlySet<string> = new Set(['EINVAL', 'ENOTSUP', 'EPERM', 'EISDIR']);

export const writeJson = (file: string, value: unknown): Promise<void> => writeFileWhole(file, toJson(value));

/** Reads a JSON file of the given shape. Throws a usage error that names the file and the first thing wrong with it. */
export async function readJson<T extends z.ZodType>(file: string, schema: T): Promise<z.output<T>> {
  return parseAs(file, schema, await readValue(file));
}

/** The same, but keys that the schema does not know are left out and named: other programs may write more than is asked for. */
export async function readJsonLoosely<T extends z.ZodType>(
  file: string,
  schema: T,
): Promise<{ value: z.output<T>; unknownKeys: readonly string[] }> {
  const value = await readValue(file);
  const issues = schema.safeParse(value).error?.issues ?? [];
  const unknown = issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [],
  );
  for (const at of unknown) remove(value, at);
  const names = unknown.map((at) => at.filter((part) => typeof part === 'string').join('.'));
  return { value: parseAs(file, schema, value), unknownKeys: [...new Set(names)] };
}

function remove(value: unknown, [key = '', ...rest]: readonly PropertyKey[]): void {
  if (typeof value !== 'object' || value === null) return;
  if (rest.length === 0) Reflect.deleteProperty(value, key);
  else remove(Reflect.get(value, key), rest);
}

async function readValue(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readText(file));
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw usageError(
      `${file} is not valid JSON: ${reasonOf(cause)}`,
      'Restore it, or delete it if it is a derived file.',
    );
  }
}

function parseAs<T extends z.ZodType>(file: string, schema: T, value: unknown): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const where = issue?.path.length ? ` at ${issue.path.join('.')}` : '';
  throw usageError(
    `${file}${where}: ${issue?.message ?? 'unexpected content'}`,
    'See the JSON Schemas shipped with bench.',
  );
}

export const exists = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    () => false,
  );

export async function readText(file: string): Promise<string> {
  return (await readBytes(file)).toString('utf8');
}

export async function readBytes(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw usageError(`Could not read ${file}: ${reasonOf(cause)}`);
  }
}

export const codeOf = (cause: unknown): string =>
  cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : '';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is not a folder',
  ENOSPC: 'the disk is full',
  EROFS: 'the file system is read-only',
};

export const reasonOf = (cause: unknown): string => REASONS[codeOf(cause)] ?? messageOf(cause);

/** What a caller can do who has no option to name another place. */
const writeHint = (file: string, cause: unknown): string =>
  codeOf(cause) === 'ENOSPC' ? 'Free some space.' : `Make ${path.dirname(file)} a folder that can be written to.`;
