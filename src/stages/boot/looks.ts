/** Boots the blocks of a run, either all at once or one look after another. */
import type { BootRecord, Failure } from '../../model/boot.ts';
import type { Comparison } from '../../model/comparison.ts';
import type { Look, PlannedBlock } from '../../model/run.ts';
import type { Scenario } from '../../model/scenario.ts';
import { sequentialDecision } from '../../statistics/planning/sequential.ts';
import type { RunFolder } from '../../store/run-folder.ts';
import { deriveRecord, findingsOf } from '../derive/findings.ts';
import { type SampleInput, sampleRun } from '../derive/sample.ts';
import type { Experiment } from '../design/experiment.ts';
import { bootBlocks } from './blocks.ts';
import type { BootContext, BootPlan } from './plan.ts';

/**
 * Boots all blocks at once, or as many as each look of the schedule wants, until a look decides. A resumed run repeats its earlier looks,
 * each from its own blocks, and so arrives at the same state. A shard never looks: it has only its own part of the samples.
 */
export async function bootByLooks(
  { run, scenario }: Pick<Experiment, 'run' | 'scenario'>,
  plan: BootPlan,
  context: BootContext,
  signal: AbortSignal,
): Promise<Map<string, Failure>> {
  if (!run.schedule || plan.blocks.length < run.blocks.length) return bootBlocks(plan, context, signal);
  const failures = new Map<string, Failure>();
  const records = recordsOf(context.folder, scenario);
  for (const [index, look] of run.schedule.looks.entries()) {
    const blocks = plan.blocks.slice(0, look.blocks);
    for (const [id, failure] of await bootBlocks({ ...plan, blocks }, context, signal)) failures.set(id, failure);
    if (!(await allPlayed(context.folder, blocks))) break;
    // A user saw the result of this look and extended the run all the same.
    if (look.blocks <= (run.schedule.extended?.from ?? 0)) continue;
    const comparison = comparisonAt(look, { run: await context.folder.readRun(), scenario, records: await records() });
    const decision = sequentialDecision({ alpha: comparison.alpha, looks: run.schedule.looks }, index, comparison);
    if (decision.kind === 'stop') break;
  }
  return failures;
}

/** False if a boot has no outcome: the first block failed as a whole, and bench did not try the others. */
async function allPlayed(folder: RunFolder, blocks: readonly PlannedBlock[]): Promise<boolean> {
  const played = new Set(await folder.boots());
  return blocks.every(({ boots }) => boots.every(({ id }) => played.has(id)));
}

/** Reads each boot once, however often the run looks; at the end of the run, bench reads all of them again. */
function recordsOf(folder: RunFolder, scenario: Scenario): () => Promise<BootRecord[]> {
  const known = new Map<string, BootRecord>();
  return async () => {
    const run = await folder.readRun();
    for (const id of await folder.boots())
      if (!known.has(id)) known.set(id, await deriveRecord(folder, id, run, scenario));
    return [...known.values()].sort((a, b) => (a.boot.id < b.boot.id ? -1 : 1));
  };
}

/** In memory only: samples.json holds all boots, once they are over. Leaves out the metrics that decide nothing: there may be hundreds. */
function comparisonAt(look: Look, input: SampleInput): Comparison {
  const samples = sampleRun({ ...input, look });
  const deciding = samples.metrics.filter(({ gate, control }) => gate || control);
  return findingsOf(samples.budgets ? samples : { ...samples, metrics: deciding }).comparison;
}
