import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Archive, type ArchiveLimits, readArchive, readArchiveBytes } from '../../src/guest/archive.ts';
import { GuestFailure } from '../../src/guest/failure.ts';
import { TAR_END, tarEntry } from '../support/tar-stream.ts';

const caps: Readonly<Record<string, number>> = { a: 2000, b: 100, c: 3000 };
const limits: ArchiveLimits = {
  totalBytes: 4000,
  entries: 3,
  entryBytes: (name) => caps[name],
  otherwise: 'refuse',
};

async function* inChunks(bytes: Uint8Array, sizes: readonly number[] = []) {
  let from = 0;
  for (const size of sizes) {
    yield bytes.subarray(from, from + size);
    from += size;
  }
  yield bytes.subarray(from);
}

const archive = Buffer.concat([
  tarEntry({ path: 'a' }, 'x'.repeat(1500)),
  tarEntry({ path: 'b' }, ''),
  tarEntry({ path: 'c' }, 'z'.repeat(700)),
  TAR_END,
]);

const sizes = ({ entries }: Archive) => entries.map(({ name, bytes, cut }) => [name, bytes.length, cut]);
const whole = [
  ['a', 1500, false],
  ['b', 0, false],
  ['c', 700, false],
];

describe('an archive', () => {
  test('reads alike however the stream is cut into chunks, gzipped or not', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.boolean(),
        fc.array(fc.integer({ min: 0, max: 900 }), { maxLength: 20 }),
        async (zipped, cuts) => {
          expect(sizes(await readArchive(inChunks(zipped ? gzipSync(archive) : archive, cuts), limits))).toEqual(whole);
        },
      ),
      { seed: 1 },
    );
  });

  test('with damaged bytes anywhere stays within its caps or throws a GuestFailure, never anything else', async () => {
    const damage = fc.array(fc.tuple(fc.nat(archive.length - 1), fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 12,
    });
    // Half of the damage goes where it hurts most: into the headers.
    const header = fc.array(
      fc.tuple(
        fc.constantFrom(0, 2048, 2560).chain((at) => fc.integer({ min: at, max: at + 511 })),
        fc.integer({ min: 0, max: 255 }),
      ),
      { minLength: 1, maxLength: 4 },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(damage, header),
        fc.boolean(),
        fc.boolean(),
        fc.constantFrom('refuse', 'pass-over'),
        async (bytes, mend, zipped, otherwise) => {
          const damaged = Buffer.from(archive);
          for (const [at, byte] of bytes) damaged[at] = byte;
          if (mend) mendChecksums(damaged);
          await holds(
            readArchive(inChunks(zipped ? gzipSync(damaged) : damaged, [600, 600]), { ...limits, otherwise }),
          );
        },
      ),
      { seed: 2, numRuns: 600 },
    );
  });

  test('that is only noise, or ends early, or has damage in its compression, does no more harm', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 3000 }),
        fc.nat(archive.length),
        fc.nat(200),
        async (noise, length, at) => {
          await holds(readArchive(inChunks(noise), limits));
          await holds(readArchive(inChunks(archive.subarray(0, length)), limits));
          const zipped = gzipSync(archive);
          zipped[at % zipped.length] = noise[0] ?? 0;
          await holds(readArchive(inChunks(zipped), limits));
        },
      ),
      { seed: 3, numRuns: 200 },
    );
  });

  test('with two levels of compression leads to a refusal', async () => {
    await expect(readArchive(inChunks(gzipSync(gzipSync(archive))), limits)).rejects.toThrow(/compressed unexpectedly/);
  });

  test('passes errors of its source on unchanged', async () => {
    async function* breaks(bytes: Uint8Array) {
      yield bytes.subarray(0, 100);
      throw new RangeError('the source broke');
    }
    for (const bytes of [archive, gzipSync(archive)]) {
      await expect(readArchive(breaks(bytes), limits)).rejects.toThrow(RangeError);
    }
  });

  test('may exceed its total by the size of its frame, and no more', async () => {
    const three = [tarEntry({ path: 'a' }, 'x'.repeat(2000)), tarEntry({ path: 'c' }, 'x'.repeat(2000))];
    expect(sizes(await readArchive(inChunks(Buffer.concat([...three, TAR_END])), limits))).toHaveLength(2);
    const more = Buffer.concat([...three, tarEntry({ path: 'b' }, 'x'), TAR_END]);
    await expect(readArchive(inChunks(more), limits)).rejects.toMatchObject({ code: 'artifact-limit' });
  });
});

describe('the archive of a folder', () => {
  const folder: ArchiveLimits = { totalBytes: 1e6, entries: 2, entryBytes: () => 1e6, otherwise: 'pass-over' };

  test('keeps what exists when its cap cut it, and marks the file that it cut', async () => {
    expect(await readArchiveBytes(archive.subarray(0, 512 + 1000), folder)).toMatchObject({
      entries: [{ name: 'a', cut: true, bytes: { length: 1000 } }],
    });
    expect(sizes(await readArchiveBytes(archive.subarray(0, 2048), folder))).toEqual([['a', 1500, false]]);
    expect(sizes(await readArchiveBytes(new Uint8Array(), folder))).toEqual([]);
  });

  test('counts the files that it leaves out', async () => {
    const links = [
      tarEntry({ path: 'l', type: 'SymbolicLink', linkpath: '/etc/shadow' }),
      tarEntry({ path: 'd', type: 'Directory' }),
    ];
    const { entries, passedOver } = await readArchiveBytes(Buffer.concat([...links, archive]), folder);
    expect(entries.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(passedOver).toBe(3);
  });
});

/** Either within all caps or with a refusal. */
async function holds(reading: Promise<Archive>): Promise<void> {
  try {
    const { entries } = await reading;
    expect(entries.length).toBeLessThanOrEqual(limits.entries);
    for (const { name, bytes } of entries) expect(bytes.length).toBeLessThanOrEqual(caps[name] ?? -1);
    expect(entries.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBeLessThanOrEqual(limits.totalBytes);
  } catch (cause) {
    if (!(cause instanceof GuestFailure)) throw cause;
    expect(['collect-failed', 'artifact-limit']).toContain(cause.code);
  }
}

/** Makes damaged headers pass the first check, so that the test reaches the code behind it too. */
function mendChecksums(bytes: Buffer): void {
  for (const at of [0, 2048, 2560]) {
    bytes.fill(' ', at + 148, at + 156);
    const sum = bytes.subarray(at, at + 512).reduce((total, byte) => total + byte, 0);
    bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, at + 148, 'latin1');
  }
}
