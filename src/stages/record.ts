/** `bench record`: reads the raw artifacts of one boot, or of all boots of a run, again. */
import path from 'node:path';
import type { BootRecord } from '../model/boot.ts';
import { usageError } from '../model/errors.ts';
import type { World } from '../model/world.ts';
import { type RunFolder, runFolder } from '../store/run-folder.ts';
import { explain } from './derive/explain.ts';
import { deriveRecord, scenarioOf } from './derive/findings.ts';

export interface Recorded {
  readonly record: BootRecord;
  /** The origin of the requested metric; hostile text. */
  readonly explained: string | undefined;
}

/** `single`: the user named one boot. */
export interface Records {
  readonly single: boolean;
  readonly boots: AsyncIterable<Recorded>;
}

export async function record(name: string, metric: string | undefined, { cwd }: Pick<World, 'cwd'>): Promise<Records> {
  const { folder, boots, single } = await find(path.resolve(cwd, name));
  return { single, boots: recordEach(folder, boots, metric) };
}

async function* recordEach(
  folder: RunFolder,
  boots: readonly string[],
  metric: string | undefined,
): AsyncGenerator<Recorded> {
  const run = await folder.readRun();
  const scenario = scenarioOf(run);
  for (const id of boots) {
    const read = await deriveRecord(folder, id, run, scenario);
    yield {
      record: read,
      explained: metric === undefined ? undefined : explain(metric, read, await folder.readRaw(id)),
    };
  }
}

/** `<run>`, or `<run>/boots/<boot>`. */
async function find(place: string): Promise<{ folder: RunFolder; boots: string[]; single: boolean }> {
  if (path.basename(path.dirname(place)) === 'boots') {
    return { folder: runFolder(path.dirname(path.dirname(place))), boots: [path.basename(place)], single: true };
  }
  const folder = runFolder(place);
  const boots = await folder.boots();
  if (boots.length === 0)
    throw usageError(`${place} has no boots.`, 'Name a run folder, or the folder of one boot under its boots/.');
  return { folder, boots, single: false };
}
