/**
 * Shards of one run, booted on separate runners, put together: the same files, to the byte, as one runner would have
 * given from the same boots. Blocks are never split, so nothing has to be reconciled.
 */
import { usageError } from '../model/errors.ts';
import type { Run } from '../model/run.ts';
import type { RunFolder } from '../store/run-folder.ts';

export async function mergeShards(shards: readonly RunFolder[], into: RunFolder): Promise<Run> {
  const runs = await Promise.all(shards.map((shard) => shard.readRun()));
  const first = runs[0];
  if (!first) throw usageError('Which runs? Name the folders of all shards.');
  for (const [index, run] of runs.entries()) refuseAnotherRun(first, run, shards[index]?.folder ?? '');
  const owners = await ownersOf(shards);
  const planned = first.blocks.flatMap((block) => block.boots.map((boot) => boot.id));
  const missing = planned.filter((id) => !owners.has(id));
  if (missing.length > 0) {
    throw usageError(
      `${missing.length} of ${planned.length} planned boots are in none of the shards, ${missing[0]} first.`,
      'Name the missing shard too, or finish it with --resume.',
    );
  }
  if (await into.hasRun()) throw usageError(`${into.folder} holds a run already.`, 'Name another folder with --out.');
  await into.writeRun(first);
  for (const [id, shard] of owners) await into.adoptBoot(id, shard);
  await into.adoptJournals(shards);
  return first;
}

/** Keys of run.json that differ between the shards of one run only if they are not of one run. */
const SHARED = ['scenarioSha256', 'seed', 'tool', 'blocks', 'facts'] as const;

function refuseAnotherRun(first: Run, run: Run, folder: string): void {
  const differing = SHARED.find((key) => JSON.stringify(first[key]) !== JSON.stringify(run[key]));
  if (differing)
    throw usageError(
      `${folder} is no shard of the same run: its ${differing} differs.`,
      'Shards need the same scenario, --seed, images and version of bench.',
    );
}

async function ownersOf(shards: readonly RunFolder[]): Promise<Map<string, RunFolder>> {
  const owners = new Map<string, RunFolder>();
  for (const shard of shards) {
    for (const id of await shard.boots()) {
      const other = owners.get(id);
      if (other)
        throw usageError(`The boot ${id} is in both ${other.folder} and ${shard.folder}.`, 'Name each shard once.');
      owners.set(id, shard);
    }
  }
  return new Map([...owners].sort(([a], [b]) => (a < b ? -1 : 1)));
}
