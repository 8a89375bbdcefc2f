/**
 * The files of the boots of a run, in a folder each. Their names come from run.json, and the names below `raw/` from machines and archives.
 * Bench keeps all of them beneath the run's folder, and follows no link in it.
 */
import { constants } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import { makeBeneath, removeBeneath } from '../files/beneath.ts';
import { BootRecord, Outcome } from '../model/boot.ts';
import { usageError } from '../model/errors.ts';
import { writeFailure } from '../model/system-error.ts';
import { readJson, writeJson } from './files.ts';
import { existsBeneath, filesBeneath, namesBeneath } from './listing.ts';
import { placeOf, rawFiles } from './raw-files.ts';

/** `folder`: the run's folder. */
export function bootFiles(folder: string) {
  const at = (id: string, ...names: string[]) => path.join(folder, placeOf(id, ...names));
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
    /** The last file that bench writes for a boot: a boot without it did not finish. */
    writeOutcome: (id: string, outcome: Outcome) => writeBootJson(id, 'outcome.json', outcome),
    readRecord: (id: string) => readJson(at(id, 'record.json'), BootRecord, folder),
    hasRecord: (id: string) => existsBeneath(folder, placeOf(id, 'record.json')),
    writeRecord: (id: string, record: BootRecord) => writeBootJson(id, 'record.json', record),
    /** Removes the rest of an interrupted boot, so that bench can boot it again. */
    clearBoot: (id: string) => removeBeneath(folder, placeOf(id)),
    /** Takes over a boot from another run folder, byte for byte, and replaces any existing one. */
    async adoptBoot(id: string, from: { readonly folder: string }): Promise<void> {
      await removeBeneath(folder, placeOf(id));
      try {
        await copyTree(from.folder, placeOf(id), folder);
      } catch (cause) {
        await removeBeneath(folder, placeOf(id)).catch(() => {});
        throw cause;
      }
    },
    ...rawFiles(folder),
  };
}

/** The outcome identifies a boot: a copied folder is the same boot once more. */
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
      `${path.join(folder, 'boots', moved.name)} contains the boot ${JSON.stringify(moved.of)}.`,
      'Rename the folder to the id of its boot, or remove it.',
    );
  return { boots, copies: others };
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
