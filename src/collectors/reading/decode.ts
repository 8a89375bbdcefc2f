/** Bytes of a user's file -> its text: UTF-8 or UTF-16, with or without a byte-order mark. */

const UTF16_LE = [0xff, 0xfe];
const UTF16_BE = [0xfe, 0xff];

/** Size of the sample that shows the encoding if there is no byte-order mark. */
const SAMPLE_BYTES = 4096;

/** The encoding of a text; undefined if the bytes are not text. */
export function encodingOf(bytes: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' | undefined {
  if (bytes[0] === UTF16_LE[0] && bytes[1] === UTF16_LE[1]) return 'utf-16le';
  if (bytes[0] === UTF16_BE[0] && bytes[1] === UTF16_BE[1]) return 'utf-16be';
  const sample = bytes.subarray(0, SAMPLE_BYTES & ~1);
  const zeros = [0, 0];
  for (const [index, byte] of sample.entries()) if (byte === 0) zeros[index & 1] = (zeros[index & 1] ?? 0) + 1;
  const [even = 0, odd = 0] = zeros;
  if (even + odd === 0) return 'utf-8';
  // In UTF-16, every second byte of Latin text is zero.
  const most = (sample.length / 2) * 0.8;
  if (odd >= most && even === 0) return 'utf-16le';
  if (even >= most && odd === 0) return 'utf-16be';
  // A serial console's log may contain one or two zeros.
  return even + odd <= sample.length / 100 ? 'utf-8' : undefined;
}

/** The text without its byte-order mark; broken sequences become replacement characters. Undefined if the bytes are not text. */
export function decoded(bytes: Uint8Array): string | undefined {
  const encoding = encodingOf(bytes);
  if (encoding === undefined) return undefined;
  if (encoding !== 'utf-16be') return new TextDecoder(encoding).decode(bytes);
  // Not every build of Node supports big-endian UTF-16.
  const swapped = new Uint8Array(bytes.length & ~1);
  for (let at = 0; at < swapped.length; at += 2) {
    swapped[at] = bytes[at + 1] ?? 0;
    swapped[at + 1] = bytes[at] ?? 0;
  }
  return new TextDecoder('utf-16le').decode(swapped);
}
