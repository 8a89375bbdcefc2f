/**
 * Reads a zip archive from memory. Its directory lists the entries; only unpacking shows their real length. Leaves out by name an entry
 * that differs from the directory, and refuses an archive without a directory.
 */
import { crc32, inflateRawSync } from 'node:zlib';
import type { Entry, ZipFile } from 'yauzl';
import { BenchError, messageOf, usageError } from '../../model/errors.ts';
import { type Budget, entryPath, ratioGuard, type Unpacked } from './budget.ts';

export async function readZip(name: string, bytes: Buffer, budget: Budget): Promise<Unpacked> {
  const { fromBufferPromise, getFileNameLowLevel } = (await import('yauzl')).default;
  const unpacked: Unpacked = { files: [], leftOut: [] };
  const grow = ratioGuard(name, bytes.length);
  try {
    // Takes names as bytes: yauzl would stop at the first name that climbs out of the folder.
    const zip = await fromBufferPromise(bytes, { decodeStrings: false, validateEntrySizes: false });
    for await (const entry of zip.eachEntry()) {
      const { generalPurposeBitFlag, fileNameRaw, extraFields } = entry;
      const given = getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, false);
      const path = entryPath(given);
      if (path === undefined) continue;
      budget.takeFile(`${name}/${path}`);
      const content = await contentOf(zip, entry, bytes, budget.left);
      if (typeof content === 'string') unpacked.leftOut.push({ path, reason: content });
      else {
        grow(path, content.length);
        budget.takeBytes(`${name}/${path}`, content.length);
        unpacked.files.push({ path, bytes: content });
      }
    }
  } catch (cause) {
    if (cause instanceof BenchError) throw cause;
    throw usageError(`${name} is not a readable zip archive: ${messageOf(cause)}`);
  }
  return unpacked;
}

const UNIX = 3;
const FILE_TYPE = 0o170000;
const LINK = 0o120000;
const ENCRYPTED = 1;
const STORED = 0;
const DEFLATED = 8;

/** The bytes of an entry, or the reason why there are none. */
async function contentOf(zip: ZipFile, entry: Entry, bytes: Buffer, left: number): Promise<Buffer | string> {
  const { compressedSize, uncompressedSize, compressionMethod } = entry;
  const mode = entry.versionMadeBy >>> 8 === UNIX ? entry.externalFileAttributes >>> 16 : 0;
  if ((mode & FILE_TYPE) === LINK) return 'a symbolic link';
  if ((entry.generalPurposeBitFlag & ENCRYPTED) !== 0) return 'encrypted';
  if (compressionMethod !== STORED && compressionMethod !== DEFLATED) return 'compressed with an unsupported method';
  const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
  const packed = bytes.subarray(fileDataStart, fileDataStart + compressedSize);
  const content = compressionMethod === STORED ? packed : inflated(packed, Math.min(uncompressedSize, left));
  if (content === undefined || content.length !== uncompressedSize)
    return `its size differs from the ${uncompressedSize} bytes in the archive index`;
  return crc32(content) === entry.crc32 ? content : 'damaged (its checksum differs)';
}

/** Undefined if it is longer than announced, or not deflated data. Stops a longer one at the announced size: that is how bombs end. */
function inflated(packed: Buffer, most: number): Buffer | undefined {
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(1, most) });
  } catch {
    return undefined;
  }
}
