/**
 * Writes a small ISO 9660 image with Joliet names: one folder of files, such as cloud-init's NoCloud seed. The same files
 * give the same bytes. Joliet allows lower-case names with dashes. Source: ECMA-119; Joliet Specification (1995).
 *
 *   sector 16 primary descriptor | 17 Joliet descriptor | 18 end | 19, 20 path tables | 21, 22 Joliet's | 23 root folder
 *   24 Joliet root folder | 25... contents
 */

const SECTOR = 2048;
const ROOT = 23;
const JOLIET_ROOT = 24;
const FIRST_CONTENT = 25;

export interface IsoFile {
  /** At most 64 characters of a-z, 0-9, dash and dot. */
  readonly name: string;
  readonly content: Uint8Array;
}

/** At most about thirty files: the folder's records must fit into one sector. */
export function iso9660(label: string, files: readonly IsoFile[]): Buffer {
  let next = FIRST_CONTENT;
  const placed = [...files]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((file) => {
      const at = { ...file, sector: next };
      next += Math.ceil(file.content.length / SECTOR);
      return at;
    });
  const image = Buffer.alloc(next * SECTOR);
  descriptor(label, next, 'primary').copy(image, 16 * SECTOR);
  descriptor(label, next, 'joliet').copy(image, 17 * SECTOR);
  Buffer.from('\xffCD001\x01', 'latin1').copy(image, 18 * SECTOR);
  for (const [index, root] of [ROOT, JOLIET_ROOT].entries()) {
    pathTable(root, 'little').copy(image, (19 + 2 * index) * SECTOR);
    pathTable(root, 'big').copy(image, (20 + 2 * index) * SECTOR);
  }
  const primary = placed.map((file, index) => ({ ...file, id: Buffer.from(`FILE${index}.;1`, 'latin1') }));
  const joliet = placed.map((file) => ({ ...file, id: utf16be(file.name) }));
  folder(ROOT, primary).copy(image, ROOT * SECTOR);
  folder(JOLIET_ROOT, joliet).copy(image, JOLIET_ROOT * SECTOR);
  for (const { content, sector } of placed) Buffer.from(content).copy(image, sector * SECTOR);
  return image;
}

function descriptor(label: string, sectors: number, kind: 'primary' | 'joliet'): Buffer {
  const joliet = kind === 'joliet';
  const text = (value: string, length: number): Buffer => {
    const padded = Buffer.alloc(length, joliet ? utf16be(' ') : ' ');
    (joliet ? utf16be(value) : Buffer.from(value, 'latin1')).copy(padded);
    return padded;
  };
  const out = Buffer.alloc(SECTOR);
  Buffer.from(`${joliet ? '\x02' : '\x01'}CD001\x01`, 'latin1').copy(out, 0);
  text('', 32).copy(out, 8);
  text(label, 32).copy(out, 40);
  both32(sectors).copy(out, 80);
  // Joliet level 3: names of up to 64 characters.
  if (joliet) Buffer.from('%/E', 'latin1').copy(out, 88);
  both16(1).copy(out, 120);
  both16(1).copy(out, 124);
  both16(SECTOR).copy(out, 128);
  both32(PATH_TABLE_BYTES).copy(out, 132);
  out.writeUInt32LE(joliet ? 21 : 19, 140);
  out.writeUInt32BE(joliet ? 22 : 20, 148);
  record(joliet ? JOLIET_ROOT : ROOT, SECTOR, Buffer.from([0]), true).copy(out, 156);
  for (const [start, length] of TEXT_FIELDS) text('', length).copy(out, start);
  for (const start of [813, 830, 847, 864]) Buffer.from(`${'0'.repeat(16)}\0`, 'latin1').copy(out, start);
  out[881] = 1;
  return out;
}

/** Volume set, publisher, preparer, application, and three file names. */
const TEXT_FIELDS: readonly (readonly [number, number])[] = [
  [190, 128],
  [318, 128],
  [446, 128],
  [574, 128],
  [702, 37],
  [739, 37],
  [776, 37],
];

const PATH_TABLE_BYTES = 10;

function pathTable(root: number, order: 'little' | 'big'): Buffer {
  const out = Buffer.from([1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  if (order === 'little') out.writeUInt32LE(root, 2);
  else out.writeUInt32BE(root, 2);
  if (order === 'little') out.writeUInt16LE(1, 6);
  else out.writeUInt16BE(1, 6);
  return out;
}

function folder(
  self: number,
  files: readonly { readonly id: Buffer; readonly sector: number; readonly content: Uint8Array }[],
): Buffer {
  const entries = [
    record(self, SECTOR, Buffer.from([0]), true),
    record(self, SECTOR, Buffer.from([1]), true),
    ...files.map(({ id, sector, content }) => record(sector, content.length, id, false)),
  ];
  const bytes = Buffer.concat(entries);
  if (bytes.length > SECTOR) throw new Error('too many files for one sector of names');
  return Buffer.concat([bytes, Buffer.alloc(SECTOR - bytes.length)]);
}

/** Every entry has the time 2025-01-01, because our images have no younger files. */
function record(sector: number, size: number, id: Buffer, isFolder: boolean): Buffer {
  const length = 33 + id.length + ((33 + id.length) % 2);
  const out = Buffer.alloc(length);
  out[0] = length;
  both32(sector).copy(out, 2);
  both32(size).copy(out, 10);
  Buffer.from([125, 1, 1, 0, 0, 0, 0]).copy(out, 18);
  out[25] = isFolder ? 2 : 0;
  both16(1).copy(out, 28);
  out[32] = id.length;
  id.copy(out, 33);
  return out;
}

const utf16be = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();

function both32(value: number): Buffer {
  const out = Buffer.alloc(8);
  out.writeUInt32LE(value, 0);
  out.writeUInt32BE(value, 4);
  return out;
}

function both16(value: number): Buffer {
  const out = Buffer.alloc(4);
  out.writeUInt16LE(value, 0);
  out.writeUInt16BE(value, 2);
  return out;
}
