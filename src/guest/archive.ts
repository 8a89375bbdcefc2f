/**
 * Reads a tar stream that a machine sent, gzipped or not, into memory. The stream is hostile: the reader caps every size before
 * it keeps anything, and accepts only plain files under requested names. It writes no file.
 */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { ReadEntry } from 'tar';
import { firstLine } from '../model/printable.ts';
import { collectFailure, GuestFailure } from './failure.ts';

export interface ArchiveLimits {
  /** Sum of all entries. */
  readonly totalBytes: number;
  readonly entries: number;
  /** The cap of an entry by its name; undefined for a name outside the request. */
  readonly entryBytes: (name: string) => number | undefined;
  /**
   * `refuse`: the first entry that breaks a rule, or a stream that ends too early, is a failure.
   * `pass-over`: counts and omits such entries, and keeps what came of a stream cut at its cap.
   */
  readonly otherwise: 'refuse' | 'pass-over';
}

export interface ArchiveEntry {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** The stream ended inside it. */
  readonly cut: boolean;
}

export interface Archive {
  readonly entries: readonly ArchiveEntry[];
  readonly passedOver: number;
}

/** Reads until the stream ends. Throws a GuestFailure as soon as something is wrong with it; errors of `source` pass through. */
export async function readArchive(source: AsyncIterable<Uint8Array>, limits: ArchiveLimits): Promise<Archive> {
  // Listen at once: if a child process ends before anyone listens, its output is lost.
  const [reader, { head, whole }] = await Promise.all([archiveReader(limits), peek(source)]);
  const takeAll = async (chunks: AsyncIterable<Uint8Array>) => {
    for await (const chunk of chunks) reader.write(chunk);
  };
  if (isGzip(head)) {
    const gunzip = createGunzip();
    // An error of the source reaches the reader through `gunzip`; leaving the reader ends the source.
    pipeline(Readable.from(whole), gunzip).catch(() => undefined);
    try {
      await takeAll(gunzip);
    } catch (cause) {
      throw isZlibError(cause) ? damaged('its compression is damaged') : cause;
    }
  } else {
    await takeAll(whole);
  }
  return reader.end();
}

/** Reads an archive that is in memory and not compressed. */
export async function readArchiveBytes(bytes: Uint8Array, limits: ArchiveLimits): Promise<Archive> {
  const reader = await archiveReader(limits);
  if (bytes.length > 0) reader.write(bytes);
  return reader.end();
}

const damaged = (what: string): GuestFailure =>
  collectFailure(
    'collect-failed',
    `The machine did not return the requested archive: ${what}.`,
    'Check what its login shell prints and whether its key has a forced command.',
  );

const over = (what: string): GuestFailure =>
  collectFailure(
    'artifact-limit',
    `The archive of the machine exceeds its limit: ${what}.`,
    'Collect less, or raise the cap if you trust the machine.',
  );

/** A long name or an extended header may be this long. */
const MAX_META_BYTES = 16 * 1024;

/** Headers and padding: three blocks an entry with its long name, and the block of nulls that ends an archive. */
const framingBytes = (entries: number): number => 32 * 1024 + entries * 8 * 512;

interface ArchiveReader {
  write(chunk: Uint8Array): void;
  end(): Archive;
}

async function archiveReader(limits: ArchiveLimits): Promise<ArchiveReader> {
  const { Parser } = await import('tar');
  const taken = entryTaker(limits);
  const parser = new Parser({
    zstd: false,
    maxMetaEntrySize: MAX_META_BYTES,
    onReadEntry: taken.take,
    onwarn: (_code, message) => {
      if (limits.otherwise === 'refuse') taken.refuse(damaged(firstLine(String(message))));
    },
  });
  parser.on('ignoredEntry', (entry: ReadEntry) => taken.refuse(damaged(`it contains ${described(entry)}`)));

  /** The parser throws on some malformed headers; the bytes are hostile, so any such error is their fault. */
  const feed = (step: () => void) => {
    try {
      step();
    } catch (cause) {
      throw cause instanceof GuestFailure ? cause : damaged(firstLine(String(cause)));
    }
    const failure = taken.failure();
    if (failure) throw failure;
  };

  let received = 0;
  return {
    write(chunk) {
      if (received === 0 && isGzip(chunk)) throw damaged('it is compressed unexpectedly');
      received += chunk.length;
      if (received > limits.totalBytes + framingBytes(limits.entries))
        throw over(`more than ${limits.totalBytes} bytes in total`);
      feed(() => parser.write(chunk));
    },
    end() {
      feed(() => parser.end());
      return taken.archive();
    },
  };
}

/** Keeps the entries that the limits allow. */
function entryTaker(limits: ArchiveLimits) {
  const kept = new Map<string, Omit<ArchiveEntry, 'name'>>();
  let failure: GuestFailure | undefined;
  let claimed = 0;
  let passedOver = 0;
  const refuse = (problem: GuestFailure) => {
    if (limits.otherwise === 'pass-over') passedOver += 1;
    else failure ??= problem;
  };
  const take = (entry: ReadEntry) => {
    const problem = failure ?? refusal(entry, limits, kept, claimed);
    if (problem) {
      refuse(problem);
      entry.resume();
      return;
    }
    claimed += entry.size;
    const chunks: Uint8Array[] = [];
    kept.set(entry.path, { bytes: new Uint8Array(), cut: true });
    entry.on('data', (chunk: Uint8Array) => chunks.push(chunk));
    entry.on('end', () => {
      const bytes = Buffer.concat(chunks);
      kept.set(entry.path, { bytes, cut: bytes.length < entry.size });
    });
  };
  return {
    take,
    refuse,
    failure: () => failure,
    archive: (): Archive => ({ entries: [...kept].map(([name, entry]) => ({ name, ...entry })), passedOver }),
  };
}

function refusal(
  entry: ReadEntry,
  limits: ArchiveLimits,
  kept: ReadonlyMap<string, unknown>,
  claimed: number,
): GuestFailure | undefined {
  const cap = limits.entryBytes(entry.path);
  if (entry.type !== 'File' && entry.type !== 'OldFile') return damaged(`it contains ${described(entry)}`);
  if (cap === undefined) return damaged(`it contains ${described(entry)}, which was not requested`);
  if (kept.has(entry.path)) return damaged(`it contains ${described(entry)} twice`);
  if (kept.size >= limits.entries) return over(`more than ${limits.entries} files`);
  if (entry.size > cap) return over(`${described(entry)} has ${entry.size} bytes of at most ${cap}`);
  if (claimed + entry.size > limits.totalBytes) return over(`more than ${limits.totalBytes} bytes in total`);
  return undefined;
}

const described = (entry: ReadEntry): string => `a ${entry.type} named ${JSON.stringify(firstLine(entry.path, 60))}`;

const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

const isZlibError = (cause: unknown): boolean =>
  cause instanceof Error && 'code' in cause && /^Z_|^ERR_ZLIB|^ERR_STREAM_PREMATURE/.test(String(cause.code));

/** The first two bytes, which show the format, and the whole stream including them. */
async function peek(
  source: AsyncIterable<Uint8Array>,
): Promise<{ head: Uint8Array; whole: AsyncIterable<Uint8Array> }> {
  const iterator = source[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  while (head.length < 2) {
    const next = await iterator.next();
    if (next.done) break;
    head = Buffer.concat([head, next.value]);
  }
  async function* whole() {
    try {
      if (head.length > 0) yield head;
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  }
  return { head, whole: whole() };
}
