/**
 * The files of the boots of a run, in a folder each. Their names come from run.json, and the names below `raw/` from machines and archives: all are
 * held beneath the run's folder, and no link in it is followed.
 */
import { constants } from 'node:fs';
import { copyFile, lstat, readdir } from 'node:fs/promises';
import path from 'node:path';
import { beneath, isBeneath, makeBeneath, removeBeneath } from '../files/beneath.ts';
import { kindOf, readRegular } from '../files/regular.ts';
import { type ArtifactEntry, type ArtifactIndex, BootRecord, Outcome } from '../model/boot.ts';
import { usageError } from '../model/errors.ts';
import { codeOf, readFailure, writeFailure } from '../model/system-error.ts';
import type { Warning } from '../model/timeline.ts';
import { withoutTokens } from '../model/tokens.ts';
import { readJson, sha256, writeFileWhole, writeJson } from './files.ts';

export interface StoredArtifact {
  readonly path: string;
  readonly collector: string;
  readonly command: string;
  readonly exitCode: number | null;
  readonly truncated: boolean;
  readonly bytes: Uint8Array;
}

export const INDEX = 'index.json';

const replaced = (name: string, secrets: number): Warning => ({
  code: 'secrets-replaced',
  message: `raw/${name}: ${secrets} ${secrets === 1 ? 'token was' : 'tokens were'} replaced by *** before it was stored (--keep-secrets stores them)`,
});

/** `folder`: that of the run. */
export function bootFiles(folder: string) {
  /** The place of a boot's file, in the words of the run's folder. */
  const place = (id: string, ...names: string[]) => ['boots', onePart(id), ...names].join('/');
  const at = (id: string, ...names: string[]) => path.join(folder, place(id, ...names));
  const writeBootJson = (id: string, name: string, value: unknown) => writeJson(at(id, name), value, folder);
  return {
    bootFolder: (id: string) => at(id),
    /** Boots that have an outcome, in order. */
    boots: async () => (await settledBoots(folder)).boots,
    /** Folders that are copies of a boot's, by their names: each boot counts once, under its own name. */
    copies: async () => (await settledBoots(folder)).copies,
    async readOutcomes(): Promise<Outcome[]> {
      const { boots } = await settledBoots(folder);
      return Promise.all(boots.map((id) => readJson(at(id, 'outcome.json'), Outcome, folder)));
    },
    readOutcome: (id: string) => readJson(at(id, 'outcome.json'), Outcome, folder),
    /** The last file of a boot to be written: a boot without it never came to an end. */
    writeOutcome: (id: string, outcome: Outcome) => writeBootJson(id, 'outcome.json', outcome),
    readRecord: (id: string) => readJson(at(id, 'record.json'), BootRecord, folder),
    hasRecord: (id: string) => existsBeneath(folder, place(id, 'record.json')),
    writeRecord: (id: string, record: BootRecord) => writeBootJson(id, 'record.json', record),
    /** Removes what an interrupted boot left, so that it can be booted again. */
    clearBoot: (id: string) => removeBeneath(folder, place(id)),
    /** Takes over a boot from another run folder, byte for byte, in place of what is there. */
    async adoptBoot(id: string, from: { readonly folder: string }): Promise<void> {
      await removeBeneath(folder, place(id));
      try {
        await copyTree(from.folder, place(id), folder);
      } catch (cause) {
        await removeBeneath(folder, place(id)).catch(() => {});
        throw cause;
      }
    },

    /** Tokens in them are replaced before they are stored, unless they are to be kept; resolves with what is to be said of that. */
    async writeRaw(id: string, artifacts: readonly StoredArtifact[], keepSecrets = false): Promise<Warning[]> {
      const entries: ArtifactEntry[] = [];
      const warnings: Warning[] = [];
      for (const artifact of artifacts) {
        const { path: name, collector, command, exitCode, truncated } = artifact;
        const { bytes, secrets } = keepSecrets ? { ...artifact, secrets: 0 } : withoutTokens(artifact.bytes);
        if (secrets > 0) warnings.push(replaced(name, secrets));
        const file = at(id, 'raw', artifactName(name));
        // A command that failed and said nothing asked for something that is not there: no file, but a line in the index.
        if (bytes.length > 0 || exitCode === 0) await writeFileWhole(file, bytes, folder);
        const size = { bytes: bytes.length, sha256: sha256(bytes), truncated };
        entries.push({ path: name, collector, command, exitCode, ...size, ...(secrets && { secrets }) });
      }
      entries.sort((a, b) => (a.path < b.path ? -1 : 1));
      const index = { schema: 'bench/artifacts@1', artifacts: entries } satisfies ArtifactIndex;
      await writeBootJson(id, `raw/${INDEX}`, index);
      return warnings;
    },
    /** All artifacts of a boot by their path under `raw/`. */
    async readRaw(id: string): Promise<Map<string, Uint8Array>> {
      const raw = new Map<string, Uint8Array>();
      for (const name of await filesBeneath(folder, place(id, 'raw'))) {
        if (name === INDEX) continue;
        raw.set(name, await readRegular(at(id, 'raw', name), { links: 'refuse' }));
      }
      return raw;
    },
  };
}

/** A boot is found by what its outcome says of it: a folder that was copied is the same boot once more. */
async function settledBoots(folder: string): Promise<{ boots: string[]; copies: { name: string; of: string }[] }> {
  const boots: string[] = [];
  const others: { name: string; of: string }[] = [];
  for (const name of await namesBeneath(folder, 'boots')) {
    if (!(await existsBeneath(folder, `boots/${name}/outcome.json`))) continue;
    const { boot } = await readJson(path.join(folder, 'boots', name, 'outcome.json'), Outcome, folder);
    if (boot.id === name) boots.push(name);
    else others.push({ name, of: boot.id });
  }
  const moved = others.find(({ of }) => !boots.includes(of));
  if (moved)
    throw usageError(
      `${path.join(folder, 'boots', moved.name)} holds the boot ${JSON.stringify(moved.of)}.`,
      'Give the folder the name of its boot, or remove it.',
    );
  return { boots, copies: others };
}

async function namesBeneath(folder: string, place: string): Promise<string[]> {
  const at = await beneath(folder, place);
  const names = await readdir(at).catch((cause: unknown) => {
    if (codeOf(cause) === 'ENOENT') return [];
    throw readFailure(at, cause);
  });
  return names.sort();
}

/** Whether there is something; a link in its place is an error. */
export async function existsBeneath(folder: string, place: string): Promise<boolean> {
  const file = await beneath(folder, place);
  return lstat(file).then(
    () => true,
    (cause: unknown) => {
      if (codeOf(cause) === 'ENOENT' || codeOf(cause) === 'ENOTDIR') return false;
      throw readFailure(file, cause);
    },
  );
}

/** Regular files below a place, by their paths from there, in order. Anything else that stands there is refused. */
async function filesBeneath(folder: string, place: string): Promise<string[]> {
  const start = await beneath(folder, place);
  const entries = await readdir(start, { recursive: true, withFileTypes: true }).catch((cause: unknown) => {
    if (codeOf(cause) === 'ENOENT') return [];
    throw readFailure(start, cause);
  });
  const files: string[] = [];
  for (const entry of entries) {
    const file = path.join(entry.parentPath, entry.name);
    if (entry.isFile()) files.push(path.relative(start, file).split(path.sep).join('/'));
    else if (!entry.isDirectory())
      throw usageError(`${file} is ${kindOf(entry)}: the folder of a boot holds files and folders.`, 'Remove it.');
  }
  return files.sort();
}

async function copyTree(from: string, place: string, to: string): Promise<void> {
  for (const name of await filesBeneath(from, place)) {
    const file = path.posix.join(place, name);
    await makeBeneath(to, path.posix.dirname(file));
    const [source, target] = [path.join(from, file), path.join(to, file)];
    await copyFile(source, target, constants.COPYFILE_EXCL).catch((cause: unknown) => {
      throw writeFailure(target, cause);
    });
  }
}

/** The name of a boot is the name of its folder. */
function onePart(id: string): string {
  if (isBeneath(id) && !id.includes('/')) return id;
  throw usageError(`${JSON.stringify(id.slice(0, 300))} is no name of a boot: it leaves the folder of the run.`);
}

/** Artifact names come from our own collectors and, for folders, from a machine. */
function artifactName(name: string): string {
  if (isBeneath(name) && name !== INDEX) return name;
  throw usageError(`The artifact name ${JSON.stringify(name)} leaves the raw folder.`);
}
