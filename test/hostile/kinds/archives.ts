/** Archives: bench extracts their contents only below a folder, within limits, and never drops any silently. */
import { crc32, deflateRawSync, gzipSync } from 'node:zlib';
import { type Attack, check, refused } from '../lab.ts';

const kind = 'archives';

const TIME = 'Startup finished in 1.000s (kernel) + 2.000s (userspace) = 3.000s\n';

interface Entry {
  readonly name: string;
  readonly content: Uint8Array | string;
  readonly type?: string;
  readonly link?: string;
  /** The size that the archive states, where it is false. */
  readonly claims?: number;
}

/** A POSIX tar, with sizes that may be false. */
export function tar(entries: readonly Entry[]): Buffer {
  const blocks = entries.flatMap(({ name, content, type = '0', link = '', claims }) => {
    const body = Buffer.from(content);
    const header = Buffer.alloc(512);
    header.write(name, 0, 100);
    header.write('0000644\0', 100);
    header.write(`${(claims ?? body.length).toString(8).padStart(11, '0')}\0`, 124);
    header.write('        ', 148);
    header.write(type, 156);
    header.write(link, 157, 100);
    header.write('ustar\x0000', 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    return [header, body, Buffer.alloc((512 - (body.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

/** A zip; `times` repeats the directory's entries, so that several names share one body. */
export function zip(entries: readonly (Entry & { readonly mode?: number; readonly flag?: number })[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content, claims, mode = 0o100644, flag = 0 } of entries) {
    const body = Buffer.from(content);
    const packed = deflateRawSync(body);
    const file = Buffer.from(name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(flag, 2);
    common.writeUInt16LE(8, 4);
    common.writeUInt32LE(crc32(body), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(claims ?? body.length, 18);
    common.writeUInt16LE(file.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, file, packed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE((mode << 16) >>> 0, 6);
    tail.writeUInt32LE(offset, 10);
    directory.push(Buffer.from('PK\x01\x02', 'latin1'), Buffer.from([20, 3]), common, tail, file);
    parts.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(entries.length, 4);
  end.writeUInt16LE(entries.length, 6);
  end.writeUInt32LE(central.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...parts, central, Buffer.from('PK\x05\x06', 'latin1'), end]);
}

const time = (name: string, more: Partial<Entry> = {}): Entry => ({ name, content: TIME, ...more });

/** A record of an extended header (POSIX.1-2001, pax): its length counts itself. */
function pax(key: string, value: string): string {
  const body = ` ${key}=${value}\n`;
  let length = body.length + 1;
  while (String(length).length + body.length !== length) length = String(length).length + body.length;
  return `${length}${body}`;
}

const extended = (key: string, value: string): Entry => ({ name: 'pax', type: 'x', content: pax(key, value) });

const imports = (name: string, file: string, content: () => Buffer, ...left: readonly (string | RegExp)[]): Attack => ({
  kind,
  name,
  async run(lab) {
    lab.write(file, content());
    const { status, stderr } = await lab.bench(['import', file, '--out', 'out']);
    check(status === 0, `exit ${status}: ${stderr}`);
    for (const word of left)
      check(typeof word === 'string' ? stderr.includes(word) : word.test(stderr), `no ${word} in: ${stderr}`);
  },
});

const refuses = (
  name: string,
  file: string,
  content: () => Buffer,
  ...words: readonly (string | RegExp)[]
): Attack => ({
  kind,
  name,
  async run(lab) {
    lab.write(file, content());
    refused(await lab.bench(['import', file, '--out', 'out']), ...words);
  },
});

const zeros = (megabytes: number): Uint8Array => new Uint8Array(megabytes * 2 ** 20);

export const archives: readonly Attack[] = [
  imports('a tar that climbs', 'a.tar', () => tar([time('../../../outside/time.txt'), time('/etc/time.txt')])),
  imports('a zip that climbs', 'a.zip', () => zip([time('../../../outside/time.txt'), time('..\\..\\time.txt')])),
  imports(
    'a tar with links',
    'a.tar',
    () =>
      tar([
        time('node/time.txt'),
        { name: 'node/blame.txt', content: '', type: '2', link: '/etc/passwd' },
        { name: 'node/hard.txt', content: '', type: '1', link: '/etc/passwd' },
        { name: 'node/device', content: '', type: '3' },
        { name: 'node/pipe', content: '', type: '6' },
      ]),
    'blame.txt: a symbolic link',
    'hard.txt: a link',
    'device: a device',
    'pipe: a pipe',
  ),
  imports(
    'a zip with a link',
    'a.zip',
    () => zip([time('node/time.txt'), { name: 'node/blame.txt', content: '/etc/passwd', mode: 0o120777 } as Entry]),
    'blame.txt: a symbolic link',
  ),
  imports(
    'a zip with a name twice',
    'a.zip',
    () => zip([time('node/time.txt'), time('node/time.txt')]),
    'more than once',
  ),
  imports(
    'a tar with a name twice',
    'a.tar',
    () => tar([time('node/time.txt'), time('./node//time.txt')]),
    'more than once',
  ),
  imports(
    'an encrypted entry',
    'a.zip',
    () => zip([time('n/time.txt'), { ...time('n/blame.txt'), flag: 1 } as Entry]),
    'encrypted',
  ),
  imports(
    'a zip entry longer than it says',
    'a.zip',
    () => zip([time('n/time.txt'), time('n/blame.txt', { claims: 5 })]),
    'blame.txt',
  ),
  imports(
    'a zip entry shorter than it says',
    'a.zip',
    () => zip([time('n/time.txt'), time('n/blame.txt', { claims: 4e9 })]),
    'blame.txt',
  ),
  refuses(
    'a tar entry longer than its archive',
    'a.tar',
    () => tar([time('n/time.txt', { claims: 8 * 2 ** 30 - 1 })]),
    'a.tar',
  ),
  refuses('a tar cut short', 'a.tgz', () => gzipSync(tar([time('n/time.txt')])).subarray(0, 60), 'a.tgz'),
  refuses('a zip bomb', 'a.zip', () => zip([{ name: 'n/time.txt', content: zeros(300) }]), '200 times', 'a.zip'),
  refuses(
    'a tar bomb',
    'a.tgz',
    () => gzipSync(tar([{ name: 'n/time.txt', content: zeros(300) }])),
    '200 times',
    'a.tgz',
  ),
  refuses(
    'a zip whose entries share one body',
    'a.zip',
    () => zip(Array.from({ length: 40 }, (_, n) => ({ name: `n/${n}.txt`, content: zeros(8) }))),
    '200 times',
  ),
  imports('a long name that climbs, as POSIX has it', 'a.tar', () =>
    tar([extended('path', '../../../../outside/time.txt'), time('n/x.txt')]),
  ),
  imports('a long name that climbs, as GNU has it', 'a.tar', () =>
    tar([{ name: '././@LongLink', type: 'L', content: '../../../outside/time.txt\0' }, time('n/x.txt')]),
  ),
  imports(
    'a name that no file could have',
    'a.zip',
    () => zip([time('n/time.txt'), time(`${'x'.repeat(60_000)}.txt`), time(`${'a/'.repeat(20_000)}time.txt`)]),
    /skipped .{0,150}: its name is too long/,
  ),
  imports('a link, and then a file through it', 'a.tar', () =>
    tar([{ name: 'n', content: '', type: '2', link: '/tmp' }, time('n/time.txt')]),
  ),
  imports('a sparse file', 'a.tar', () => tar([time('n/time.txt'), time('n/x.txt', { type: 'S' })]), 'SparseFile'),
  imports(
    'names of another system',
    'a.zip',
    () => zip([time('C:\\n\\time.txt'), time('C:/n/time.txt'), time('\\\\host\\share\\time.txt')]),
    'more than once',
  ),
  imports(
    'a bomb in an archive in an archive',
    'a.zip',
    () => zip([{ name: 'n/b.zip', content: zip([{ name: 'x', content: zeros(300) }]) }, time('n/time.txt')]),
    '200 times',
  ),
  refuses(
    'a size of an extended header that lies',
    'a.tar',
    () => tar([extended('size', '9'.repeat(11)), time('n/x.txt')]),
    'GiB',
  ),
  refuses('nothing but links', 'a.tgz', () =>
    gzipSync(tar(Array.from({ length: 100_000 }, (_, n) => ({ name: `l${n}`, content: '', type: '2', link: '/' })))),
  ),
  refuses('no zip', 'a.zip', () => Buffer.from('PK no'), 'not a readable zip'),
  refuses('no tar', 'a.tgz', () => Buffer.from('no'), 'not a readable tar'),
  imports('a zip with names of the prototype', 'a.zip', () =>
    zip([time('__proto__/time.txt'), time('constructor/time.txt'), time('toString'), time('__proto__')]),
  ),
  {
    kind,
    name: '60,000 entries',
    long: true,
    async run(lab) {
      lab.write(
        'a.zip',
        zip(
          Array.from({ length: 60_000 }, (_, n) => ({ name: `noise/${n}.bin`, content: '\0' })).concat([
            time('n/time.txt') as never,
          ]),
        ),
      );
      const { status, stderr, seconds } = await lab.bench(['import', 'a.zip', '--out', 'out']);
      check(status === 0 && seconds < 60, `exit ${status} after ${seconds} s: ${stderr}`);
      check(/skipped 5\d,?\d{3} more files/.test(stderr), 'the others are not counted');
    },
  },
  {
    kind,
    name: '100,001 entries: behind the limit, and named',
    long: true,
    async run(lab) {
      lab.write('a.zip', zip(Array.from({ length: 65_535 }, (_, n) => ({ name: `a/${n}.bin`, content: '\0' }))));
      lab.write('b.zip', zip(Array.from({ length: 65_535 }, (_, n) => ({ name: `b/${n}.bin`, content: '\0' }))));
      refused(await lab.bench(['import', 'a.zip', 'b.zip', '--out', 'out']), '100000 files', 'b.zip/b/');
    },
  },
];
