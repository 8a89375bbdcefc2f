/** The artifacts of a boot, below `raw/` in its folder, and their index: each request, how it ended, and the hash of the result. */
import path from 'node:path';
import { isBeneath } from '../files/beneath.ts';
import { readRegular } from '../files/regular.ts';
import type { ArtifactEntry, ArtifactIndex } from '../model/boot.ts';
import type { Artifact } from '../model/collector.ts';
import { usageError } from '../model/errors.ts';
import type { Warning } from '../model/timeline.ts';
import { withoutTokens } from '../model/tokens.ts';
import { sha256, writeFileWhole, writeJson } from './files.ts';
import { filesBeneath } from './listing.ts';

export const INDEX = 'index.json';

const replaced = (name: string, secrets: number): Warning => ({
  code: 'secrets-replaced',
  message: `raw/${name}: ${secrets} ${secrets === 1 ? 'token was' : 'tokens were'} replaced by *** before storing (--keep-secrets keeps them)`,
});

/** The place of a boot's file, relative to the run's folder. */
export const placeOf = (id: string, ...names: string[]): string => ['boots', onePart(id), ...names].join('/');

/** `folder`: the run's folder. */
export function rawFiles(folder: string) {
  const at = (id: string, ...names: string[]) => path.join(folder, placeOf(id, 'raw', ...names));
  return {
    /** Replaces tokens in them before it stores them, unless the user keeps secrets; resolves with warnings about that. */
    async writeRaw(id: string, artifacts: readonly Artifact[], keepSecrets = false): Promise<Warning[]> {
      const entries: ArtifactEntry[] = [];
      const warnings: Warning[] = [];
      for (const artifact of artifacts) {
        const { path: name, collector, command, exitCode, truncated } = artifact;
        const { bytes, secrets } = keepSecrets ? { ...artifact, secrets: 0 } : withoutTokens(artifact.bytes);
        if (secrets > 0) warnings.push(replaced(name, secrets));
        const file = at(id, artifactName(name));
        // A command that failed without output asked for something absent: no file, but a line in the index.
        if (bytes.length > 0 || exitCode === 0) await writeFileWhole(file, bytes, folder);
        const size = { bytes: bytes.length, sha256: sha256(bytes), truncated };
        entries.push({ path: name, collector, command, exitCode, ...size, ...(secrets && { secrets }) });
      }
      entries.sort((a, b) => (a.path < b.path ? -1 : 1));
      const index = { schema: 'bench/artifacts@1', artifacts: entries } satisfies ArtifactIndex;
      await writeJson(at(id, INDEX), index, folder);
      return warnings;
    },
    /** Every boot whose machine answered has at least an index: without one, its artifacts were deleted, or never copied here. */
    async hasRaw(id: string): Promise<boolean> {
      return (await filesBeneath(folder, placeOf(id, 'raw'))).length > 0;
    },
    /** All artifacts of a boot by their path under `raw/`. */
    async readRaw(id: string): Promise<Map<string, Uint8Array>> {
      const raw = new Map<string, Uint8Array>();
      for (const name of await filesBeneath(folder, placeOf(id, 'raw'))) {
        if (name === INDEX) continue;
        raw.set(name, await readRegular(at(id, name), { links: 'refuse' }));
      }
      return raw;
    },
  };
}

/** The name of a boot is the name of its folder. */
function onePart(id: string): string {
  if (isBeneath(id) && !id.includes('/')) return id;
  throw usageError(
    `${JSON.stringify(id.slice(0, 300))} is not a valid boot id: it points outside the folder of the run.`,
  );
}

/** Artifact names come from our own collectors and, for folders, from a machine. */
function artifactName(name: string): string {
  if (isBeneath(name) && name !== INDEX) return name;
  throw usageError(`The artifact name ${JSON.stringify(name)} points outside the raw folder.`);
}
