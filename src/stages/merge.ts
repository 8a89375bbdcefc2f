/**
 * `bench merge`: combines shards of one run, booted on separate runners. The files are the same, to the byte, as from one runner with the
 * same boots, in whatever order the user names the shards. Nothing needs reconciling, because a block is never split.
 */
import path from 'node:path';
import type { MachineFacts } from '../model/boot.ts';
import type { Comparison } from '../model/comparison.ts';
import { usageError } from '../model/errors.ts';
import type { JournalEntry, Run } from '../model/run.ts';
import type { World } from '../model/world.ts';
import { type RunFolder, runFolder } from '../store/run-folder.ts';
import { machineMinutes } from './boot/machine-minutes.ts';
import { deriveFromRaw, writeFindings } from './derive/findings.ts';
import { inShard, shardName, wholeId } from './design/shard.ts';
import { namedRun } from './named-run.ts';

interface ShardFolder {
  readonly folder: RunFolder;
  readonly run: Run;
  readonly boots: readonly string[];
  readonly journal: readonly JournalEntry[];
}

/** Combines them in the folder `out`, and compares. */
export async function merge(
  names: readonly string[],
  out: string,
  world: World,
): Promise<{ readonly comparison: Comparison; readonly folder: string }> {
  const into = runFolder(path.resolve(world.cwd, out));
  await mergeShards(
    names.map((name) => namedRun(name, world)),
    into,
  );
  const findings = await deriveFromRaw(into);
  await writeFindings(into, findings);
  return { comparison: findings.comparison, folder: into.folder };
}

export async function mergeShards(folders: readonly RunFolder[], into: RunFolder): Promise<Run> {
  const shards = await Promise.all(folders.map(readShard));
  // The runner that began first names the run.
  const [first] = [...shards].sort((a, b) => order(a.run.createdAt, b.run.createdAt) || order(a.run.id, b.run.id));
  if (!first) throw usageError('No runs given. Name the folders of all shards.');
  const profile = shards.find(({ run }) => run.profile !== undefined);
  if (profile)
    throw usageError(
      `${profile.folder.folder} is a profile, which has no shards.`,
      'Read it with bench profile <run>.',
    );
  for (const shard of shards) refuseAnotherRun(first, shard);
  refuseIncomplete(first.run, shards);
  const owners = ownersOf(shards);
  refuseUnbooted(first.run, shards, owners);
  if (await into.hasRun())
    throw usageError(`${into.folder} already contains a run.`, 'Give another folder with --out.');
  for (const [id, { folder }] of owners) await into.adoptBoot(id, folder);
  await into.writeJournal(mergedJournal(shards));
  const { shard: _, ...part } = first.run;
  const whole = { ...part, id: wholeId(first.run) };
  const spent = machineMinutes(shards.flatMap(({ journal }) => journal));
  const run = { ...whole, facts: mergedFacts(shards), ...(whole.spent && { spent }) };
  // Last: a folder without run.json is no run yet, so a user can repeat an interrupted merge.
  await into.writeRun(run);
  return run;
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const readShard = async (folder: RunFolder): Promise<ShardFolder> => ({
  folder,
  run: await folder.readRun(),
  boots: await folder.boots(),
  journal: await folder.readJournal(),
});

/** Keys of run.json that shards of one run share: if they differ, the shards are not of one run. */
const SHARED = ['scenarioSha256', 'seed', 'tool', 'blocks', 'schedule', 'aa'] as const;

/** Facts that may differ from runner to runner: a block boots on one runner, so they touch both variants alike. */
const OF_THE_RUNNER = new Set(['hostCpu', 'acceleratorReason']);

function refuseAnotherRun(first: ShardFolder, { run, folder }: ShardFolder): void {
  const facts = Object.keys({ ...first.run.facts, ...run.facts }).filter((key) => !OF_THE_RUNNER.has(key));
  const differing =
    SHARED.find((key) => JSON.stringify(first.run[key]) !== JSON.stringify(run[key])) ??
    facts.find((key) => first.run.facts[key] !== run.facts[key]);
  if (differing)
    throw usageError(
      `${folder.folder} and ${first.folder.folder} are not shards of one run: their ${differing} differs.`,
      'Shards need the same scenario, --seed, images and version of bench.',
    );
}

/** Requires every shard once. For folders that do not name their shard, only the boots count. */
function refuseIncomplete({ shard: any }: Run, shards: readonly ShardFolder[]): void {
  if (any === undefined) return;
  const holders = new Map<number, string>();
  for (const { run, folder } of shards) {
    const { index, count } = run.shard ?? { index: 1, count: 1 };
    if (count !== any.count)
      throw usageError(
        `${folder.folder} is shard ${index}/${count}, not one of ${any.count}.`,
        'Give the shards of one run.',
      );
    const other = holders.get(index);
    if (other !== undefined)
      throw usageError(`Shard ${index}/${count} was given twice: ${other}, ${folder.folder}.`, 'Name each shard once.');
    holders.set(index, folder.folder);
  }
  const missing = Array.from({ length: any.count }, (_, i) => i + 1).filter((index) => !holders.has(index));
  if (missing.length > 0)
    throw usageError(
      `Missing: shard ${missing.map((index) => shardName({ index, count: any.count })).join(', shard ')}.`,
      'Name its folder too: the verdict needs all blocks.',
    );
}

function ownersOf(shards: readonly ShardFolder[]): Map<string, ShardFolder> {
  const owners = new Map<string, ShardFolder>();
  for (const shard of shards) {
    for (const id of shard.boots) {
      const other = owners.get(id);
      if (other)
        throw usageError(
          `The boot ${id} is in both ${other.folder.folder} and ${shard.folder.folder}.`,
          'Name each shard once.',
        );
      owners.set(id, shard);
    }
  }
  return new Map([...owners].sort(([a], [b]) => order(a, b)));
}

function refuseUnbooted({ blocks }: Run, shards: readonly ShardFolder[], owners: ReadonlyMap<string, unknown>): void {
  const planned = blocks.flatMap((block) => block.boots.map(({ id }) => ({ id, block })));
  const [first, ...others] = planned.filter(({ id }) => !owners.has(id));
  if (!first) return;
  const owner = shards.find(({ run }) => run.shard !== undefined && inShard(first.block, run.shard));
  const more = others.length === 0 ? '' : ` (and ${others.length} more of ${planned.length})`;
  throw usageError(
    owner?.run.shard
      ? `${owner.folder.folder} (shard ${shardName(owner.run.shard)}) lacks the boot ${first.id}${more}.`
      : `The boot ${first.id} is in none of the shards${more}.`,
    'Finish the shard with --resume, or name the missing one.',
  );
}

/** One beginning, one end, and the entries between them in order of time, as one runner would have written them. */
function mergedJournal(shards: readonly ShardFolder[]): JournalEntry[] {
  const entries = shards.flatMap(({ journal }) => journal).sort((a, b) => order(a.at, b.at));
  const first = entries.findIndex(({ state }) => state === 'run-started');
  const last = entries.findLastIndex(({ state }) => state === 'run-ended');
  const isFrame = ({ state }: JournalEntry) => state === 'run-started' || state === 'run-ended';
  return entries.filter((entry, index) => !isFrame(entry) || index === first || index === last);
}

/** Keeps all values of facts that differ between the runners. */
function mergedFacts(shards: readonly ShardFolder[]): MachineFacts {
  const facts: MachineFacts = {};
  for (const key of new Set(shards.flatMap(({ run }) => Object.keys(run.facts)))) {
    const values = [...new Set(shards.flatMap(({ run }) => run.facts[key] ?? []))];
    const [only] = values;
    if (only !== undefined) facts[key] = values.length === 1 ? only : values.map(String).sort().join(', ');
  }
  return facts;
}
