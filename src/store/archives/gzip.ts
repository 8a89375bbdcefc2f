/** Unpacks one gzipped file, chunk by chunk, to stop one that grows out of proportion. */
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { BenchError, messageOf, usageError } from '../../model/errors.ts';
import { ratioGuard } from './budget.ts';

const CHUNK = 2 ** 20;

export const gunzipped = (bytes: Buffer): AsyncIterable<Buffer> =>
  Readable.from([bytes]).pipe(createGunzip({ chunkSize: CHUNK }));

export async function unpackGzip(name: string, bytes: Buffer): Promise<Buffer> {
  const grow = ratioGuard(name, bytes.length);
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of gunzipped(bytes)) {
      grow('its only entry', chunk.length);
      chunks.push(chunk);
    }
  } catch (cause) {
    if (cause instanceof BenchError) throw cause;
    throw usageError(`${name}.gz is not a readable .gz file: ${messageOf(cause)}`);
  }
  return Buffer.concat(chunks);
}
