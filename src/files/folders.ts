/** Makes folders with their parents. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { codeOf } from '../model/system-error.ts';

/** Throws the operating system's error: on a read-only file system, Node's own `recursive` reports "no such file" instead. */
export async function makeFolders(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (cause) {
    if (codeOf(cause) !== 'ENOENT') throw cause;
    await makeOneByOne(folder);
  }
}

async function makeOneByOne(folder: string): Promise<void> {
  const above = path.dirname(folder);
  try {
    await mkdir(folder);
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') return;
    if (codeOf(cause) !== 'ENOENT' || above === folder) throw cause;
    await makeOneByOne(above);
    await mkdir(folder);
  }
}
