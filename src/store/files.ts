/** JSON and text of the files that bench reads and writes: `files/` opens them. */
import { createHash } from 'node:crypto';
import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { z } from 'zod';
import { beneath } from '../files/beneath.ts';
import { makeFolders } from '../files/folders.ts';
import { readRegular } from '../files/regular.ts';
import { writeWhole } from '../files/whole.ts';
import { usageError, worldError } from '../model/errors.ts';
import { toJson } from '../model/json.ts';
import { codeOf, reasonOf } from '../model/system-error.ts';

export const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** `root`: the named folder that contains the file. */
export const writeFileWhole = writeWhole;

export const writeJson = (file: string, value: unknown, root?: string): Promise<void> =>
  writeWhole(file, toJson(value), root);

/** False if the name is taken. Creates the folders above it as well. */
export async function makeFolder(folder: string): Promise<boolean> {
  try {
    await makeFolders(path.dirname(folder));
    await mkdir(folder);
    return true;
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST' && (await isFolder(folder))) return false;
    throw worldError(
      `Could not make the folder ${folder}: ${reasonOf(cause)}`,
      'Choose another folder with --out.',
      cause,
    );
  }
}

const isFolder = (file: string): Promise<boolean> =>
  stat(file).then(
    (found) => found.isDirectory(),
    () => false,
  );

/** Reads a JSON file of the given shape. Throws a usage error that names the file and the first thing wrong with it. */
export async function readJson<T extends z.ZodType>(file: string, schema: T, root?: string): Promise<z.output<T>> {
  return parseAs(file, schema, await readValue(file, root));
}

/** The same, but leaves out and names keys that the schema does not know: other programs may write more than bench requests. */
export async function readJsonLoosely<T extends z.ZodType>(
  file: string,
  schema: T,
  root?: string,
): Promise<{ value: z.output<T>; unknownKeys: readonly string[] }> {
  const value = await readValue(file, root);
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

async function readValue(file: string, root?: string): Promise<unknown> {
  try {
    return JSON.parse((await readBytes(file, root)).toString('utf8'));
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw usageError(
      `${file} is not valid JSON: ${cause.message}`,
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
    'Compare it with the JSON Schemas shipped with bench.',
  );
}

export const exists = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    () => false,
  );

export const readText = async (file: string): Promise<string> => (await readBytes(file)).toString('utf8');

/** A regular file, of a bounded size. With a `root`, it follows no link beneath it. */
export async function readBytes(file: string, root?: string): Promise<Buffer> {
  if (root === undefined) return readRegular(file);
  return readRegular(await beneath(root, path.relative(root, file).split(path.sep).join('/')), { links: 'refuse' });
}
