/** A run that bench can boot: a new one, or one that continues. This module refuses everything that it can before the first machine. */
import path from 'node:path';
import { usageError } from '../../model/errors.ts';
import type { Run } from '../../model/run.ts';
import type { Scenario } from '../../model/scenario.ts';
import type { World } from '../../model/world.ts';
import { type RunFolder, runFolder } from '../../store/run-folder.ts';
import { findScenario } from '../../store/scenario-file.ts';
import { scenarioOf } from '../derive/findings.ts';
import { extendedRun, withBlocks } from './extend.ts';
import { type DesignOptions, loadDesign } from './load.ts';
import { localFileProblems } from './local-files.ts';
import { type DesignedRun, designedRun } from './run.ts';
import { checkKeeping } from './scenario.ts';
import { lacksSecrets, secretsAgain } from './secrets-again.ts';
import { parseShard, shardId, shardName } from './shard.ts';

export interface ExperimentRequest extends DesignOptions {
  readonly resume?: string;
  readonly shard?: string;
  readonly keepMachines?: boolean;
  /** Store tokens in artifacts unchanged. */
  readonly keepSecrets?: boolean;
  /** False: make every boot, and keep none for later runs. */
  readonly cache?: boolean;
  /** Boot nothing. */
  readonly dryRun?: boolean;
}

export interface Experiment {
  readonly folder: RunFolder;
  readonly run: DesignedRun;
  readonly scenario: Scenario;
  readonly scenarioFile: string;
  /** Machines keep running after their last boot. */
  readonly keep: boolean;
  readonly keepSecrets?: boolean | undefined;
}

export type ExperimentWorld = Pick<World, 'cwd' | 'environment' | 'scenarioFolders' | 'now' | 'version'>;

export async function designExperiment(request: ExperimentRequest, world: ExperimentWorld): Promise<Experiment> {
  const found = request.resume ? await oldRun(request.resume, request, world) : await newRun(request, world);
  const isAlone = Object.keys(found.scenario.variants).length < 2;
  if (request.updateReference && (found.run.aa || found.run.shard || isAlone))
    throw usageError('--update-reference needs a complete run with a candidate.', 'Omit --aa, --only and --shard.');
  const keep = request.keepMachines === true;
  if (keep) checkKeeping(found.scenario);
  return { ...found, keep, keepSecrets: request.keepSecrets === true };
}

/** A profile has no blocks to complete: its boots so far decide what to boot next. */
export function refuseProfile({ run, folder: { folder } }: Experiment): void {
  if (run.profile !== undefined)
    throw usageError(`${folder} is a profile.`, `Continue it: bench profile --resume ${folder}`);
}

type Found = Omit<Experiment, 'keep' | 'keepSecrets'>;

async function newRun(request: ExperimentRequest, world: ExperimentWorld): Promise<Found> {
  const loaded = await loadDesign(request, world);
  const run = withShard(designedRun(loaded, request, world), request);
  const folder = runFolder(path.resolve(world.cwd, request.out, run.id));
  return { run, folder, scenario: loaded.scenario, scenarioFile: loaded.file };
}

function withShard(run: DesignedRun, { shard: text, seed, dryRun }: ExperimentRequest): DesignedRun {
  if (text === undefined) return run;
  const shard = parseShard(text);
  if (shard.index > run.blocks.length)
    throw usageError(`--shard ${text} has nothing to boot: there are only ${run.blocks.length} blocks.`);
  if (seed === undefined && !dryRun)
    throw usageError(
      `--shard ${text} needs --seed, the same for all shards.`,
      'Otherwise they would not be parts of one run.',
    );
  return { ...run, id: shardId(run.id, shard), shard };
}

async function oldRun(name: string, request: ExperimentRequest, world: ExperimentWorld): Promise<Found> {
  const { out, shard } = request;
  const folder = runFolder(name.includes('/') ? path.resolve(world.cwd, name) : path.resolve(world.cwd, out, name));
  const stored: Run = await folder.readRun();
  if (stored.scenarioFile === undefined)
    throw usageError(`${folder.file.run} does not say from which scenario it was made.`, 'Start a new run.');
  if (shard !== undefined && shard !== (stored.shard && shardName(stored.shard)))
    throw usageError(`${folder.folder} is not shard ${shard}.`, 'Omit --shard: the run records its shard.');
  const isLacking = lacksSecrets(stored);
  refuseOtherDesign(request, stored, isLacking);
  const whole = isLacking ? { ...stored, scenario: await secretsAgain(stored, request, world) } : stored;
  const scenarioFile = await findScenario(stored.scenarioFile, world);
  const { run, scenario } = await lengthened(whole, request, folder);
  // run.json, which may come from anyone, does not hold what the user named from outside.
  const outside = Object.entries(world.environment).flatMap(
    ([key, value]) => (key.startsWith('BENCH_') && value) || [],
  );
  const [problem] = await localFileProblems(scenario, {
    folder: path.dirname(scenarioFile),
    cwd: world.cwd,
    outside,
  });
  if (problem) throw usageError(problem.message, problem.todo);
  return { run, folder, scenario, scenarioFile };
}

/** With the requested blocks. */
async function lengthened(
  run: Run,
  { boots }: ExperimentRequest,
  folder: RunFolder,
): Promise<{ run: Run; scenario: Scenario }> {
  const scenario = scenarioOf(run);
  if (boots === undefined || boots === run.blocks.length) return { run, scenario };
  return {
    run: extendedRun(run, scenario, boots, await folder.hasSamples()),
    scenario: withBlocks(scenario, boots),
  };
}

/**
 * A run continues as designed, except for more blocks: another image or seed would be another run. If run.json lacks the secrets of
 * addresses, the user may give these again (`secretsAgain`).
 */
function refuseOtherDesign(
  request: ExperimentRequest,
  { id, blocks, seed, scenarioFile, aa }: Run,
  isLacking: boolean,
): void {
  const { set, variant = [] } = request;
  const addresses = [
    ...(request.before === undefined ? [] : ['--before']),
    ...(request.after === undefined ? [] : ['--after']),
    ...variant.map(({ path: name }) => `--variant ${name}`),
    ...set.map(({ path: key }) => `--set ${key}`),
  ];
  const differing = [
    ...(request.seed === undefined || request.seed === seed ? [] : [`--seed ${request.seed}`]),
    ...(request.scenario === undefined || request.scenario === scenarioFile ? [] : [`--scenario ${request.scenario}`]),
    ...(request.aa && !aa ? ['--aa'] : []),
    ...(request.only === undefined ? [] : [`--only ${request.only}`]),
    ...(request.precision === undefined ? [] : [`--precision ${request.precision}`]),
    ...(isLacking ? [] : addresses),
  ];
  if (differing.length === 0) return;
  throw usageError(
    `${id} was designed with ${blocks.length > 0 ? `${blocks.length} blocks and ` : ''}seed ${seed}; ${differing.join(', ')} would change that design.`,
    'Omit the option to complete the run, or start a new run.',
  );
}
