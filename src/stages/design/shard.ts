/** One runner's part of a run. */
import { usageError } from '../../model/errors.ts';
import type { PlannedBlock, Run, Shard } from '../../model/run.ts';

export const inShard = (block: PlannedBlock, shard: Shard | undefined): boolean =>
  shard === undefined || (block.block - 1) % shard.count === shard.index - 1;

export const shardName = ({ index, count }: Shard): string => `${index}/${count}`;

/** Reads `2/5`. */
export function parseShard(text: string): Shard {
  const match = /^(\d+)\/(\d+)$/.exec(text);
  const [index, count] = [Number(match?.[1]), Number(match?.[2])];
  if (!match || index < 1 || index > count) throw usageError(`--shard ${text}: give two numbers, e.g. 2/5`);
  return { index, count };
}

/** The blocks that a run boots: its whole design, or its shard. */
export const blocksOf = ({ blocks, shard }: Pick<Run, 'blocks' | 'shard'>): readonly PlannedBlock[] =>
  blocks.filter((block) => inShard(block, shard));

/** Shards begin in the same second with the same seed: each needs its own id, and so its own folder. */
export const shardId = (runId: string, { index }: Shard): string => `${runId}-s${index}`;

/** The id of the run to which a shard belongs. */
export function wholeId({ id, shard }: Pick<Run, 'id' | 'shard'>): string {
  const end = shard === undefined ? '' : shardId('', shard);
  return end !== '' && id.endsWith(end) ? id.slice(0, -end.length) : id;
}
