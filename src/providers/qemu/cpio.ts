/**
 * Writes cpio archives in the `newc` form that Linux unpacks as its first root file system. The same entries give the same
 * bytes: owner is root, times are zero, inodes count up. Source: Documentation/driver-api/early-userspace/buffer-format.
 */

export type CpioEntry =
  | { readonly kind: 'file'; readonly path: string; readonly mode: number; readonly content: Uint8Array }
  | { readonly kind: 'folder'; readonly path: string; readonly mode: number }
  | { readonly kind: 'link'; readonly path: string; readonly target: string };

const TYPE = { file: 0o100000, folder: 0o040000, link: 0o120000 } as const;

/** Makes an archive. Callers may append it to another: the kernel unpacks them one after the other. Paths have no leading slash. */
export function cpio(entries: readonly CpioEntry[]): Buffer {
  const parts: Buffer[] = [];
  let inode = 1;
  for (const entry of [...withParents(entries)]) {
    const content =
      entry.kind === 'file' ? entry.content : Buffer.from(entry.kind === 'link' ? entry.target : '', 'utf8');
    const mode = TYPE[entry.kind] | (entry.kind === 'link' ? 0o777 : entry.mode);
    parts.push(header(inode, mode, entry.kind === 'folder' ? 2 : 1, content.length, entry.path), padded(content));
    inode += 1;
  }
  parts.push(header(0, 0, 1, 0, 'TRAILER!!!'));
  return Buffer.concat(parts);
}

/** The kernel does not create parent folders: each folder comes once, before its contents. */
function* withParents(entries: readonly CpioEntry[]): Generator<CpioEntry> {
  const seen = new Set(entries.filter((entry) => entry.kind === 'folder').map((entry) => entry.path));
  const sorted = [...entries].sort((a, b) => (a.path < b.path ? -1 : 1));
  for (const entry of sorted) {
    const names = entry.path.split('/');
    for (let depth = 1; depth < names.length; depth++) {
      const parent = names.slice(0, depth).join('/');
      if (seen.has(parent)) continue;
      seen.add(parent);
      yield { kind: 'folder', path: parent, mode: 0o755 };
    }
    yield entry;
  }
}

function header(inode: number, mode: number, links: number, size: number, path: string): Buffer {
  const name = Buffer.from(`${path}\0`, 'utf8');
  const fields = [inode, mode, 0, 0, links, 0, size, 0, 0, 0, 0, name.length, 0];
  const text = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`;
  return padded(Buffer.concat([Buffer.from(text, 'latin1'), name]));
}

function padded(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
}
