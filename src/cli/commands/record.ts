/** `bench record`: reads the raw artifacts of one boot, or of all boots of a run, again. */
import path from 'node:path';
import type { BootRecord } from '../../model/boot.ts';
import { usageError } from '../../model/errors.ts';
import type { JsonOutput, RecordOutput } from '../../model/json-output.ts';
import { explain } from '../../stages/derive/explain.ts';
import { deriveRecord, scenarioOf } from '../../stages/derive/findings.ts';
import { type RunFolder, runFolder } from '../../store/run-folder.ts';
import { EXIT } from '../exit.ts';
import { json, printable } from '../text.ts';
import type { World } from '../world.ts';

type RecordOptions = { readonly json?: boolean; readonly explain?: string };

export async function command(world: World, name: string, options: RecordOptions): Promise<number> {
  const { folder, boots, single } = await find(path.resolve(world.cwd, name));
  const run = await folder.readRun();
  const scenario = scenarioOf(run);
  const records: BootRecord[] = [];
  for (const id of boots) {
    const record = await deriveRecord(folder, id, run, scenario);
    records.push(record);
    if (options.explain !== undefined) {
      world.stdout.write(`${printable(explain(options.explain, record, await folder.readRaw(id)), true)}\n`);
    } else if (!options.json) {
      world.stdout.write(`${printable(summary(record))}\n`);
    }
  }
  const [only] = records;
  if (options.json) world.stdout.write(json<JsonOutput<typeof RecordOutput>>(single && only ? only : records));
  return EXIT.fine;
}

/** `<run>`, or `<run>/boots/<boot>`. */
async function find(place: string): Promise<{ folder: RunFolder; boots: string[]; single: boolean }> {
  if (path.basename(path.dirname(place)) === 'boots') {
    return { folder: runFolder(path.dirname(path.dirname(place))), boots: [path.basename(place)], single: true };
  }
  const folder = runFolder(place);
  const boots = await folder.boots();
  if (boots.length === 0)
    throw usageError(`${place} holds no boots.`, 'Name a run folder, or the folder of one boot under its boots/.');
  return { folder, boots, single: false };
}

function summary(record: BootRecord): string {
  const { boot, outcome, failure, events, spans, warnings, broken } = record;
  if (outcome === 'failed') return `${boot.id}  failed at ${failure?.stage}: ${failure?.message}`;
  const state = broken.length > 0 ? `broken: ${broken.join('; ')}` : 'booted';
  return `${boot.id}  ${state}; ${events.length} events, ${spans.length} spans, ${warnings.length} warnings`;
}
