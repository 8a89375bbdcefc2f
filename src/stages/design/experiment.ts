/** A run that can be booted: a new one, or one that goes on. All that can be refused before the first machine is refused here. */
import path from 'node:path';
import { usageError } from '../../model/errors.ts';
import type { Run } from '../../model/run.ts';
import type { Scenario } from '../../model/scenario.ts';
import type { World } from '../../model/world.ts';
import { type RunFolder, runFolder } from '../../store/run-folder.ts';
import { findScenario } from '../../store/scenario-file.ts';
import { scenarioOf } from '../derive/findings.ts';
import { type DesignOptions, loadDesign } from './load.ts';
import { type DesignedRun, designedRun } from './run.ts';
import { checkKeeping } from './scenario.ts';
import { parseShard, shardId, shardName } from './shard.ts';

export interface ExperimentRequest extends DesignOptions {
  readonly resume?: string;
  readonly shard?: string;
  readonly keepMachines?: boolean;
  /** False: every boot is made, and none is kept for later runs. */
  readonly cache?: boolean;
  /** Nothing is booted. */
  readonly dryRun?: boolean;
}

export interface Experiment {
  readonly folder: RunFolder;
  readonly run: DesignedRun;
  readonly scenario: Scenario;
  readonly scenarioFile: string;
  /** Machines are left running after their last boot. */
  readonly keep: boolean;
}

export type ExperimentWorld = Pick<World, 'cwd' | 'environment' | 'scenarioFolders' | 'now' | 'version'>;

export async function designExperiment(request: ExperimentRequest, world: ExperimentWorld): Promise<Experiment> {
  const found = request.resume ? await oldRun(request.resume, request, world) : await newRun(request, world);
  if (request.updateReference && (found.run.aa || found.run.shard))
    throw usageError('--update-reference needs the whole of a run with a candidate.', 'Leave out --aa and --shard.');
  const keep = request.keepMachines === true;
  if (keep) checkKeeping(found.scenario);
  return { ...found, keep };
}

type Found = Omit<Experiment, 'keep'>;

async function newRun(request: ExperimentRequest, world: ExperimentWorld): Promise<Found> {
  const loaded = await loadDesign(request, world);
  const run = withShard(designedRun(loaded, request, world), request);
  const folder = runFolder(path.resolve(world.cwd, request.out, run.id));
  if (await folder.hasRun())
    throw usageError(
      `${folder.folder} is there already.`,
      `Go on with it: --resume ${run.id}; or choose another --seed.`,
    );
  return { run, folder, scenario: loaded.scenario, scenarioFile: loaded.file };
}

function withShard(run: DesignedRun, { shard: text, seed, dryRun }: ExperimentRequest): DesignedRun {
  if (text === undefined) return run;
  const shard = parseShard(text);
  if (shard.index > run.blocks.length)
    throw usageError(`--shard ${text}: it has nothing to boot, there are ${run.blocks.length} blocks.`);
  if (seed === undefined && !dryRun)
    throw usageError(`--shard ${text} needs --seed, the same for all shards.`, 'They would not be parts of one run.');
  return { ...run, id: shardId(run.id, shard), shard };
}

async function oldRun(name: string, { out, shard }: ExperimentRequest, world: ExperimentWorld): Promise<Found> {
  const folder = runFolder(name.includes('/') ? path.resolve(world.cwd, name) : path.resolve(world.cwd, out, name));
  const run: Run = await folder.readRun();
  if (run.scenarioFile === undefined)
    throw usageError(`${folder.file.run} does not say from which scenario it was made.`, 'Start a new run.');
  if (shard !== undefined && shard !== (run.shard && shardName(run.shard)))
    throw usageError(`${folder.folder} is not shard ${shard}.`, 'Leave --shard out: a run knows its part.');
  return { run, folder, scenario: scenarioOf(run), scenarioFile: await findScenario(run.scenarioFile, world) };
}
