/** Reads a tar archive from memory, gzipped or not, chunk by chunk, to stop one that grows out of proportion. */
import type { ReadEntry } from 'tar';
import { BenchError, messageOf, usageError } from '../../model/errors.ts';
import { type Budget, entryPath, ratioGuard, type Unpacked } from './budget.ts';
import { gunzipped } from './gzip.ts';

const CHUNK = 2 ** 20;

export async function readTar(name: string, bytes: Buffer, budget: Budget): Promise<Unpacked> {
  const { Parser } = await import('tar');
  const unpacked: Unpacked = { files: [], leftOut: [] };
  // The parser would report an error thrown in its callback as an error of the archive: hold it until the chunk is over.
  let refused: unknown;
  const parser = new Parser({
    strict: true,
    zstd: false,
    onReadEntry: (entry) => {
      try {
        take(entry, name, unpacked, budget);
      } catch (cause) {
        refused ??= cause;
        entry.resume();
      }
    },
  });
  parser.on('ignoredEntry', (entry: ReadEntry) => leaveOut(entry, unpacked));
  parser.on('error', (error: Error) => {
    refused ??= error;
  });
  const step = (act: () => void) => {
    act();
    if (refused !== undefined) throw refused;
  };
  const grow = ratioGuard(name, bytes.length);
  try {
    for await (const chunk of chunksOf(bytes)) {
      grow(unpacked.files.at(-1)?.path ?? 'its first entry', chunk.length);
      step(() => parser.write(chunk));
    }
    step(() => parser.end());
  } catch (cause) {
    if (cause instanceof BenchError) throw cause;
    throw usageError(`${name} is not a readable tar archive: ${messageOf(cause)}`);
  }
  return unpacked;
}

async function* chunksOf(bytes: Buffer): AsyncGenerator<Buffer> {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) yield* gunzipped(bytes);
  else for (let at = 0; at < bytes.length; at += CHUNK) yield bytes.subarray(at, at + CHUNK);
}

function take(entry: ReadEntry, name: string, unpacked: Unpacked, budget: Budget): void {
  const path = entryPath(entry.path);
  if (entry.type === 'Directory' || path === undefined) {
    entry.resume();
    return;
  }
  if (!FILES.has(entry.type)) {
    leaveOut(entry, unpacked);
    return;
  }
  budget.takeFile(`${name}/${path}`);
  budget.takeBytes(`${name}/${path}`, entry.size);
  const chunks: Buffer[] = [];
  entry.on('data', (chunk: Buffer) => chunks.push(chunk));
  entry.on('end', () => unpacked.files.push({ path, bytes: Buffer.concat(chunks) }));
}

const FILES: ReadonlySet<string> = new Set(['File', 'OldFile', 'ContiguousFile']);

const KINDS: Readonly<Record<string, string>> = {
  SymbolicLink: 'a symbolic link',
  Link: 'a link to another entry',
  CharacterDevice: 'a device',
  BlockDevice: 'a device',
  FIFO: 'a pipe',
};

function leaveOut(entry: ReadEntry, unpacked: Unpacked): void {
  const kind = Object.hasOwn(KINDS, entry.type) ? KINDS[entry.type] : undefined;
  unpacked.leftOut.push({ path: entryPath(entry.path) ?? entry.path, reason: kind ?? `not a file (${entry.type})` });
  entry.resume();
}
