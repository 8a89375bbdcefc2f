/** `bench plan`, and `bench run --dry-run`: what a run would boot, in which order, for how long, and which effects it could find. */
import path from 'node:path';
import { bootsByMachine } from '../model/boot.ts';
import { type BenchError, usageError } from '../model/errors.ts';
import type { JsonOutput, PlanOutput } from '../model/json-output.ts';
import { parseShare } from '../model/units.ts';
import type { World } from '../model/world.ts';
import { renderPlan, renderPower } from '../render/plan.ts';
import { savedBaseline } from './against.ts';
import { readMaterial } from './derive/findings.ts';
import { budgetPlans } from './design/budgets.ts';
import { type CloudPlan, cloudPlan } from './design/cloud-plan.ts';
import { designExperiment, type Experiment, type ExperimentRequest } from './design/experiment.ts';
import { type DesignOptions, loadDesign } from './design/load.ts';
import { powerAnswers, type Spread } from './design/power.ts';
import { designedRun } from './design/run.ts';
import { blocksOf } from './design/shard.ts';
import { namedRun } from './named-run.ts';
import { imageMinutes, machinesAtATime, secondsPerBoot } from './provider.ts';

export interface Plan {
  readonly output: JsonOutput<typeof PlanOutput>;
  readonly text: string;
  /** The error with which the run would end before its first machine. */
  readonly refused: BenchError | undefined;
}

export interface PlanRequest extends DesignOptions {
  readonly effect?: string;
  readonly power: string;
  readonly sigma?: string;
  readonly pilot?: readonly string[];
  readonly offline?: boolean;
}

export async function plan(request: PlanRequest, world: World): Promise<Plan> {
  const loaded = await loadDesign(request, world);
  const { scenario, file: scenarioFile } = loaded;
  const run = designedRun(loaded, request, world);
  const spread = await askedSpread(request, world);
  const effect = request.effect === undefined ? undefined : shareOf('--effect', request.effect);
  const power = shareOf('--power', request.power);
  if (power >= 1)
    throw usageError(
      `--power ${request.power}: give a share below 100 %; no number of boots always detects an effect.`,
    );
  const answers = spread ? powerAnswers({ scenario, spread, effect, power }) : undefined;
  const cost = await costOf({ run, scenario, scenarioFile }, request.offline === true, world);
  return {
    output: { ...cost.output, power: answers ?? [] },
    // A single image has nothing to compare, so no power.
    text: `${renderPlan(cost.output)}${isAlone(scenario) ? '' : renderPower(cost.output, answers, power)}`,
    refused: cost.refused,
  };
}

const isAlone = ({ variants }: Pick<Experiment['scenario'], 'variants'>): boolean => Object.keys(variants).length < 2;

/** The plan of a run, new or continued, without booting it. */
export async function planExperiment(
  request: ExperimentRequest & { readonly offline?: boolean },
  world: World,
): Promise<Plan> {
  await savedBaseline(request, world);
  const experiment = await designExperiment({ ...request, dryRun: true }, world);
  const { output, refused } = await costOf(experiment, request.offline === true, world);
  return { output, text: renderPlan(output), refused };
}

function shareOf(option: string, text: string): number {
  const share = parseShare(text);
  if (share === undefined || share <= 0) throw usageError(`${option} ${text}: give a share with its unit, e.g. 5%`);
  return share;
}

async function askedSpread({ sigma, pilot }: PlanRequest, world: World): Promise<Spread | undefined> {
  if (sigma !== undefined) return { kind: 'stated', sigma: shareOf('--sigma', sigma) };
  if (!pilot) return undefined;
  const materials = await Promise.all(pilot.map((name) => readMaterial(namedRun(name, world))));
  return { kind: 'seen', samples: materials.map(({ samples }) => samples) };
}

async function costOf(
  { run, scenario, scenarioFile }: Pick<Experiment, 'run' | 'scenario' | 'scenarioFile'>,
  offline: boolean,
  { cacheFolder, environment, timer, signal, now }: World,
): Promise<Omit<Plan, 'text'>> {
  const blocks = blocksOf(run);
  const boots = blocks.flatMap((block) => block.boots).length;
  const machines = blocks.flatMap((block) => bootsByMachine(block.boots)).length;
  const seconds = secondsPerBoot(scenario);
  const concurrency = Math.min(machinesAtATime(scenario), machines);
  // A machine for reboots boots once more than bench measures.
  const made = boots + (scenario.boot === 'reboot' ? machines : 0);
  const scenarioFolder = path.dirname(scenarioFile);
  const place = { cacheFolder, scenarioFolder, environment, timer, signal, progress: () => {} };
  const images = Math.ceil(await imageMinutes(scenario, place));
  const counted = { count: boots, atATime: concurrency, seconds };
  const cloud = await cloudPlan(scenario, counted, offline, { ...place, nowIso: now() });
  const looks = run.schedule?.looks.map((look) => look.blocks);
  const output = {
    scenario: scenario.name,
    provider: { ...scenario.provider },
    scenarioFolder: path.dirname(scenarioFile),
    seed: run.seed,
    boots,
    concurrency,
    secondsPerBoot: seconds,
    minutes: Math.ceil((made * seconds) / concurrency / 60),
    imageMinutes: images,
    ...(looks && { looks }),
    ...(scenario.budgets && { budgets: budgetPlans(scenario, run.blocks) }),
    ...(cloud && { cloud: cloudOutput(cloud) }),
    blocks,
  };
  return { output, refused: cloud?.prospect.kind === 'refused' ? cloud.prospect.error : undefined };
}

/** An error loses its message when printed as JSON, so the output spells it out. */
function cloudOutput({ prospect, ...rest }: CloudPlan): NonNullable<Plan['output']['cloud']> {
  if (prospect.kind !== 'refused') return { ...rest, prospect };
  const { message, hint } = prospect.error;
  return { ...rest, prospect: { kind: prospect.kind, message, hint } };
}
