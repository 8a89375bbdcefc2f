/**
 * Files that bootstrap data writes on a machine: by the `write_files` of a cloud-config, by a boothook or script that redirects into
 * them, by Ignition, and by the provisioning command. Custom data is base64 of text, often gzipped, often of several parts (MIME), each
 * of which may be encoded again. Only names are taken; nothing is executed, and nothing of the content is kept.
 */
import { gunzipSync } from 'node:zlib';

/** Azure takes 64 KiB of custom data; scripts within it, unpacked, are some hundreds. */
const UNPACKED_LIMIT = 16 * 2 ** 20;
/** Parts within parts: a MIME part whose scripts write a script that writes. */
const DEEPEST = 4;

/** `path:` of write_files, also within an inline `{...}`; Ignition writes the same key in JSON. */
const NAMED = /(?:^|[\s{,-])["']?path["']?\s*:\s*["']?(\/[^\s"',}\]]{1,200})/g;
/** `> file`, `>> file`, `tee [-a] file`, `-o file` and the last word of cp, mv and install. */
const REDIRECTED =
  /(?:>{1,2}\s*|\btee\s+(?:-a\s+)?|\s-o\s+|\b(?:cp|mv|install)\s[^\n;|&]{0,300}?\s)["']?(\/[\w./@+-]{1,200})/g;
/** Base64 that a script or a part holds: long enough to be a file. */
const ENCODED = /(?:(?:[A-Za-z0-9+/]{60,76}\r?\n)+[A-Za-z0-9+/]{1,76}|[A-Za-z0-9+/]{64,})={0,2}/g;
const PART = /^content-transfer-encoding:\s*base64\s*$/im;

/** Sorted, each once. `customData` is base64, `command` a shell command. */
export function writtenFiles({
  customData,
  command,
}: {
  readonly customData?: string;
  readonly command?: string;
}): string[] {
  const found = new Set<string>();
  if (customData !== undefined) add(unpacked(Buffer.from(customData, 'base64')), found, DEEPEST);
  if (command !== undefined) add(command, found, DEEPEST);
  return [...found].sort();
}

function add(text: string, found: Set<string>, depth: number): void {
  if (text.includes('\0')) return;
  for (const [, file = ''] of text.matchAll(NAMED)) found.add(file);
  for (const [, file = ''] of text.matchAll(REDIRECTED)) found.add(file);
  if (depth === 0) return;
  // What a cloud-config writes is its own business; what a script or a part unpacks may itself be a script that writes.
  if (PART.test(text) || /\bbase64\s+(?:-d|--decode)/.test(text))
    for (const [encoded] of text.matchAll(ENCODED)) add(unpacked(Buffer.from(encoded, 'base64')), found, depth - 1);
}

/** Text of bytes, gunzipped where they are gzip; empty where they are damaged or too large. */
function unpacked(bytes: Buffer): string {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes.toString('utf8');
  try {
    return gunzipSync(bytes, { maxOutputLength: UNPACKED_LIMIT }).toString('utf8');
  } catch {
    return '';
  }
}
