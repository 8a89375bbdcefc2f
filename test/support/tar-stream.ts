import { Header, type HeaderData } from 'tar';

/** A tar entry with arbitrary headers: `claims` may give a size, type or path that contradicts the body. */
export function tarEntry(claims: HeaderData, body: Uint8Array | string = ''): Buffer {
  const bytes = Buffer.from(body);
  const header = new Header({
    mode: 0o600,
    uid: 0,
    gid: 0,
    mtime: new Date(0),
    type: 'File',
    size: bytes.length,
    ...claims,
  });
  header.encode();
  const padding = Buffer.alloc((512 - (bytes.length % 512)) % 512);
  return Buffer.concat([header.block ?? Buffer.alloc(0), bytes, padding]);
}

export const TAR_END = Buffer.alloc(1024);

/** The answer of an honest script to requests that print these texts. */
export const honestAnswer = (...texts: readonly string[]): Buffer =>
  Buffer.concat([
    ...texts.map((text, number) => tarEntry({ path: String(number) }, text)),
    tarEntry({ path: 'status' }, texts.map((_, number) => `${number} 0\n`).join('')),
    TAR_END,
  ]);
