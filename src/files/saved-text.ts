/** A text that a user saved with a shell: Windows PowerShell writes UTF-16, and others put a byte-order mark before UTF-8. */
import { readRegular } from './regular.ts';

/** A cluster with a hundred pools is half a megabyte. */
const LIMIT_BYTES = 16 * 2 ** 20;

export async function readSavedText(file: string): Promise<string> {
  const bytes = await readRegular(file, { limitBytes: LIMIT_BYTES });
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  return new TextDecoder('utf-8').decode(bytes);
}
