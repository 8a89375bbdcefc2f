/** The files of the boots of a run, in a folder each. */
import { cp, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { type ArtifactEntry, type ArtifactIndex, BootRecord, Outcome } from '../model/boot.ts';
import { usageError } from '../model/errors.ts';
import { exists, readJson, sha256, writeFileWhole, writeJson } from './files.ts';

export interface StoredArtifact {
  readonly path: string;
  readonly collector: string;
  readonly command: string;
  readonly exitCode: number | null;
  readonly truncated: boolean;
  readonly bytes: Uint8Array;
}

/** `boots`: the folder that holds them. */
export function bootFiles(boots: string) {
  const at = (id: string, ...names: string[]) => path.join(boots, id, ...names);
  /** Boots that have an outcome, in order. */
  const settled = async (): Promise<string[]> => {
    const names = (await exists(boots)) ? await readdir(boots) : [];
    const isSettled = await Promise.all(names.map((name) => exists(at(name, 'outcome.json'))));
    return names.filter((_, index) => isSettled[index]).sort();
  };
  const readOutcome = (id: string): Promise<Outcome> => readJson(at(id, 'outcome.json'), Outcome);
  return {
    bootFolder: (id: string) => at(id),
    boots: settled,
    readOutcomes: async (): Promise<Outcome[]> => Promise.all((await settled()).map(readOutcome)),
    readOutcome,
    /** The last file of a boot to be written: a boot without it never came to an end. */
    writeOutcome: (id: string, outcome: Outcome) => writeJson(at(id, 'outcome.json'), outcome),
    readRecord: (id: string) => readJson(at(id, 'record.json'), BootRecord),
    hasRecord: (id: string) => exists(at(id, 'record.json')),
    writeRecord: (id: string, record: BootRecord) => writeJson(at(id, 'record.json'), record),
    /** Removes what an interrupted boot left, so that it can be booted again. */
    clearBoot: (id: string) => rm(at(id), { recursive: true, force: true }),
    /** Takes over a boot from another run folder, byte for byte, in place of what is there. */
    async adoptBoot(id: string, from: { bootFolder(id: string): string }): Promise<void> {
      await rm(at(id), { recursive: true, force: true });
      await cp(from.bootFolder(id), at(id), { recursive: true });
    },

    writeRaw: (id: string, artifacts: readonly StoredArtifact[]) => writeRaw(at(id, 'raw'), artifacts),
    /** All artifacts of a boot by their path under `raw/`. */
    readRaw: (id: string) => readRaw(at(id, 'raw')),
  };
}

async function writeRaw(folder: string, artifacts: readonly StoredArtifact[]): Promise<void> {
  const entries: ArtifactEntry[] = [];
  for (const { bytes, ...artifact } of artifacts) {
    const file = path.join(folder, safeRelative(artifact.path));
    // A command that failed and said nothing asked for something that is not there: no file, but a line in the index.
    if (bytes.length > 0 || artifact.exitCode === 0) await writeFileWhole(file, bytes);
    entries.push(entryOf(artifact, bytes));
  }
  entries.sort((a, b) => (a.path < b.path ? -1 : 1));
  const index: ArtifactIndex = { schema: 'bench/artifacts@1', artifacts: entries };
  await writeJson(path.join(folder, 'index.json'), index);
}

const entryOf = (
  { path: name, collector, command, exitCode, truncated }: Omit<StoredArtifact, 'bytes'>,
  bytes: Uint8Array,
): ArtifactEntry => ({
  path: name,
  collector,
  command,
  exitCode,
  bytes: bytes.length,
  sha256: sha256(bytes),
  truncated,
});

async function readRaw(folder: string): Promise<Map<string, Uint8Array>> {
  await mkdir(folder, { recursive: true });
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));
  const named = files.filter((name) => name !== 'index.json').sort();
  return new Map(
    await Promise.all(named.map(async (name) => [name, await readFile(path.join(folder, name))] as const)),
  );
}

/** Artifact names come from our own collectors and, for folders, from a machine: nothing may leave `raw/`. */
function safeRelative(name: string): string {
  const normal = path.posix.normalize(name);
  if (path.posix.isAbsolute(normal) || normal.startsWith('..') || normal.includes('\0') || normal === 'index.json') {
    throw usageError(`The artifact name ${JSON.stringify(name)} leaves the raw folder.`);
  }
  return normal;
}
