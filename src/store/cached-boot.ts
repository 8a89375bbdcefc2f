/**
 * One entry of the cache of boots. Caches are shared, so bench reads an entry as if a stranger had written it. It is bounded, with no link
 * and no pipe. Its inputs and artifacts must match their hashes, and every artifact's name must stay beneath its folder. The hashes show
 * that it is whole, not who wrote it: audits check that.
 */
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import * as z from 'zod';
import { isBeneath } from '../files/beneath.ts';
import { readRegular } from '../files/regular.ts';
import { MachineFacts } from '../model/boot.ts';
import type { Artifact } from '../model/collector.ts';
import { messageOf } from '../model/errors.ts';
import type { BootInputs } from '../model/provider.ts';
import { BootEvent, Warning } from '../model/timeline.ts';
import { withoutTokens } from '../model/tokens.ts';
import { sha256 } from './files.ts';
import { INDEX } from './raw-files.ts';

const Stored = z.strictObject({
  path: z.string(),
  collector: z.string(),
  command: z.string(),
  exitCode: z.int().nullable(),
  truncated: z.boolean(),
  sha256: z.string(),
  base64: z.string(),
});

const CachedBoot = z.strictObject({
  schema: z.literal('bench/cached-boot@1'),
  /** All that decided the boot, by name; its hash is the key. */
  inputs: z.record(z.string(), z.string()),
  run: z.string(),
  boot: z.string(),
  at: z.string(),
  facts: MachineFacts,
  marks: z.array(BootEvent),
  warnings: z.array(Warning),
  harness: z.record(z.string(), z.number()),
  artifacts: z.array(Stored),
});

/** A boot as made, with its origin. */
export interface CachedBoot extends Omit<z.output<typeof CachedBoot>, 'schema' | 'artifacts'> {
  readonly artifacts: readonly Artifact[];
}

/** Packed; a boot of the local scenarios takes 60 KB. */
const PACKED_LIMIT = 256 * 2 ** 20;
/** Unpacked: a machine may send 256 MiB, and base64 adds a third. */
const ENTRY_LIMIT = 512 * 2 ** 20;

export const keyOfInputs = (inputs: BootInputs): string =>
  sha256(JSON.stringify(Object.entries(inputs).sort(([a], [b]) => (a < b ? -1 : 1))));

/** The bytes of an entry. Caches are shared, so no entry holds a token. */
export async function entryOf(boot: CachedBoot): Promise<Uint8Array> {
  const artifacts = boot.artifacts.map(({ bytes: raw, ...rest }) => {
    const { bytes } = withoutTokens(raw);
    return { ...rest, sha256: sha256(bytes), base64: Buffer.from(bytes).toString('base64') };
  });
  const entry = CachedBoot.parse({ schema: 'bench/cached-boot@1', ...boot, artifacts });
  return promisify(gzip)(JSON.stringify(entry));
}

/** The entry, or the problem with it. */
export async function readEntry(file: string, key: string): Promise<CachedBoot | string> {
  try {
    const packed = await readRegular(file, { limitBytes: PACKED_LIMIT, links: 'refuse' });
    const text = await promisify(gunzip)(packed, { maxOutputLength: ENTRY_LIMIT });
    const parsed = CachedBoot.safeParse(JSON.parse(text.toString('utf8')));
    if (!parsed.success) return `not an entry of this version (${parsed.error.issues[0]?.path.join('.') ?? ''})`;
    const { schema: _, artifacts, ...boot } = parsed.data;
    if (keyOfInputs(boot.inputs) !== key) return 'its inputs have another hash';
    const misplaced = misplacedOf(artifacts.map(({ path }) => path));
    if (misplaced !== undefined)
      return `${JSON.stringify(misplaced.slice(0, 100))} is not a valid name for an artifact of it`;
    const unpacked = artifacts.map(({ base64, sha256: sum, ...rest }) => {
      const bytes = Buffer.from(base64, 'base64');
      return { ...rest, bytes, whole: sha256(bytes) === sum };
    });
    const bad = unpacked.find(({ whole }) => !whole);
    if (bad) return `${bad.path} has another hash`;
    return { ...boot, artifacts: unpacked.map(({ whole: _whole, ...artifact }) => artifact) };
  } catch (cause) {
    return messageOf(cause);
  }
}

/** A name that leaves the folder of a boot, comes twice, or is the folder of another. */
function misplacedOf(names: readonly string[]): string | undefined {
  const taken = new Set<string>();
  const folders = new Set(
    names.flatMap((name) => name.split('/').map((_, depth, parts) => parts.slice(0, depth).join('/'))),
  );
  return names.find((name) => {
    const bad = !isBeneath(name) || name === INDEX || taken.has(name) || folders.has(name);
    taken.add(name);
    return bad;
  });
}
