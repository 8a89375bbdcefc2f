/** The main job: from a scenario to a verdict, every step of it on disk. */
import { collectorsFor } from '../collectors/index.ts';
import type { CollectRequest } from '../guest/collect.ts';
import { probe } from '../guest/probe.ts';
import type { BootIdentity, Failure, MachineFacts } from '../model/boot.ts';
import type { Comparison } from '../model/comparison.ts';
import { usageError } from '../model/errors.ts';
import type { HistoryContent } from '../model/history.ts';
import type { Fleet, KeptMachine, Provider, RunContext, Timer } from '../model/provider.ts';
import type { Look, PlannedBlock, Run } from '../model/run.ts';
import type { Scenario } from '../model/scenario.ts';
import { ms } from '../model/units.ts';
import { sequentialDecision } from '../statistics/planning/sequential.ts';
import { bootCache, bootCacheFolder } from '../store/boot-cache.ts';
import type { RunFolder } from '../store/run-folder.ts';
import { type BootContext, type BootPlan, type BootWatcher, bootBlocks } from './boot/blocks.ts';
import { auditsOf, cacheUse, knownBoots } from './boot/known.ts';
import { machineMinutes } from './boot/machine-minutes.ts';
import { readyWait } from './boot/ready.ts';
import {
  deriveFindings,
  deriveRecords,
  deriveSamples,
  type Findings,
  findingsOf,
  writeFindings,
} from './derive/findings.ts';
import { sampleRun } from './derive/sample.ts';
import { inShard, machinesOf, planBlocks, planSchedule } from './design/blocks.ts';
import { calibrationOf } from './history/calibration.ts';
import { refuseOtherImages } from './history/images.ts';
import { machinesAtATime, providerOf, secondsPerBoot } from './provider.ts';

/** Longest that reading one machine may take; emulated ones are slow. */
const COLLECT_WITHIN = ms(120_000);
/** The boot is over when this starts to count: SSH is up or will not come. */
const REACH_WITHIN = ms(60_000);

export interface Experiment {
  readonly folder: RunFolder;
  readonly run: Omit<Run, 'facts'>;
  readonly scenario: Scenario;
  /** Exact images that are meant, by variant, where they must be no others. */
  readonly images?: Readonly<Record<string, string>>;
  /** The A/A runs in it are told in run.json. */
  readonly history?: HistoryContent | undefined;
  /** Machines are left running after their last boot. */
  readonly keep?: boolean | undefined;
  /** False: every boot is made, and none is kept for later runs. */
  readonly cache?: boolean | undefined;
}

/** What the stage is given of the world. */
export interface RunWorld {
  readonly provider: Omit<RunContext, 'runId' | 'seed' | 'signal'>;
  readonly timer: Timer;
  readonly now: () => string;
  readonly watcher: RunWatcher;
}

export interface RunWatcher extends BootWatcher {
  /** It is left running. */
  kept(boot: BootIdentity, machine: KeptMachine): void;
  /** The fleet is open, the blocks are about to be booted. */
  started(start: RunStart): void;
  deriving(step: 'records' | 'samples' | 'comparison' | 'report'): void;
}

export interface RunStart {
  readonly blocks: readonly PlannedBlock[];
  readonly facts: MachineFacts;
  /** Boots that an earlier process of this run has brought to their end. */
  readonly settled: readonly string[];
  /** What the plan reckons with, until boots have been timed. */
  readonly secondsPerBoot: number;
  /** Of a machine; undefined where nobody pays, or the price is not known. */
  readonly usdPerHour: number | undefined;
}

export interface RunResult {
  readonly findings: Findings;
  readonly failures: ReadonlyMap<string, Failure>;
}

export function designRun(
  scenario: Scenario,
  facts: Pick<Run, 'id' | 'tool' | 'createdAt' | 'scenario' | 'scenarioSha256' | 'seed'> &
    Pick<Run, 'scenarioFile' | 'aa'>,
): Omit<Run, 'facts'> {
  const schedule = planSchedule(scenario);
  return { schema: 'bench/run@1', ...facts, blocks: planBlocks(scenario, facts.seed), ...(schedule && { schedule }) };
}

export async function runExperiment(experiment: Experiment, world: RunWorld, signal: AbortSignal): Promise<RunResult> {
  return runWith(providerOf(experiment.scenario), experiment, world, signal);
}

/** The same with machines of the caller's. */
export async function runWith(
  provider: Provider,
  experiment: Experiment,
  world: RunWorld,
  signal: AbortSignal,
): Promise<RunResult> {
  const { folder, run } = experiment;
  const fleet = await provider.open({
    ...world.provider,
    runId: run.id,
    seed: run.seed,
    signal,
    probe: probeOf(world.timer),
    ...(experiment.keep && { keep: { machines: plannedMachines(experiment) } }),
  });
  let failures: ReadonlyMap<string, Failure>;
  try {
    refuseOtherImages(fleet, experiment.images ?? {});
    const designed = { ...run, facts: fleet.facts };
    const calibration = experiment.history && calibrationOf(experiment.history, designed);
    await writeOrCheckRun(folder, { ...designed, ...(calibration && { calibration }) });
    failures = await bootAll(experiment, fleet, world, signal);
    const spent = machineMinutes(await folder.readJournal());
    const cache = cacheUse(await folder.readOutcomes());
    await folder.writeRun({ ...(await folder.readRun()), ...(cache && { cache }), spent });
  } finally {
    await fleet.close();
  }
  return { findings: await deriveAll(folder, world.watcher), failures };
}

/** The port probe as providers take it. */
const probeOf =
  (timer: Timer): NonNullable<RunContext['probe']> =>
  (host, port, limits, signal) =>
    probe(host, port, { ...limits, timer, evidence: { file: 'outcome.json', line: 0 } }, signal);

const plannedMachines = ({ run }: Experiment): number =>
  run.blocks.filter((block) => inShard(block, run.shard)).flatMap((block) => machinesOf(block.boots)).length;

async function bootAll(
  experiment: Experiment,
  fleet: Fleet,
  world: RunWorld,
  signal: AbortSignal,
): Promise<Map<string, Failure>> {
  const { folder, scenario, run } = experiment;
  const blocks = run.blocks.filter((block) => inShard(block, run.shard));
  const requests: CollectRequest[] = collectorsFor(scenario).flatMap((collector) =>
    collector.artifacts.map((artifact) => ({ ...artifact, collector: collector.id })),
  );
  const journal = await folder.openJournal(world.now);
  try {
    await journal.append({ state: 'run-started' });
    const { facts, usdPerHour } = fleet;
    const settled = await folder.boots();
    world.watcher.started({ blocks, facts, settled, secondsPerBoot: secondsPerBoot(scenario), usdPerHour });
    const concurrency = machinesAtATime(scenario);
    const limits = { collectWithinMs: COLLECT_WITHIN, reachWithinMs: REACH_WITHIN };
    const plan = { blocks, concurrency, ...limits, ready: readyWait(scenario) };
    const keep = experiment.keep ? keptIn(folder, world.watcher) : undefined;
    const known = knownIn(experiment, fleet, requests, world);
    const context = { folder, journal, fleet, requests, timer: world.timer, watcher: world.watcher, keep, known };
    const failures = await bootByLooks(experiment, plan, context, signal);
    await journal.append({ state: 'run-ended' });
    return failures;
  } finally {
    await journal.close();
  }
}

/** An A/A run asks what chance does to boots: all of its boots are made. */
function knownIn(
  { run, scenario, cache = true }: Experiment,
  fleet: Fleet,
  requests: readonly CollectRequest[],
  { provider, now }: RunWorld,
): BootContext['known'] {
  if (!cache || run.aa) return undefined;
  const ids = run.blocks.flatMap(({ boots }) => boots.map(({ id }) => id));
  return knownBoots({
    cache: bootCache(bootCacheFolder(provider), now),
    questions: JSON.stringify(requests),
    audits: auditsOf(ids, run.seed),
    say: provider.progress,
    ...{ fleet, run, scenario, now },
  });
}

/** Writes down every machine that is left running as soon as it is one. */
function keptIn(folder: RunFolder, watcher: RunWatcher): NonNullable<BootContext['keep']> {
  const kept = new Map<string, KeptMachine>();
  return async (boot, machine) => {
    kept.set(boot.id, machine);
    watcher.kept(boot, machine);
    await folder.writeKept(kept);
  };
}

/**
 * All blocks at once, or as many as each look of the schedule wants, until a look settles the matter. A resumed run takes the looks
 * behind it again, each from its own blocks, and so comes to where it was. A shard never looks: it has only its own part of the samples.
 */
async function bootByLooks(
  { run, scenario }: Experiment,
  plan: BootPlan,
  context: BootContext,
  signal: AbortSignal,
): Promise<Map<string, Failure>> {
  if (!run.schedule || plan.blocks.length < run.blocks.length) return bootBlocks(plan, context, signal);
  const failures = new Map<string, Failure>();
  for (const [index, look] of run.schedule.looks.entries()) {
    const blocks = plan.blocks.slice(0, look.blocks);
    for (const [id, failure] of await bootBlocks({ ...plan, blocks }, context, signal)) failures.set(id, failure);
    if (!(await allPlayed(context.folder, blocks))) break;
    const comparison = await comparisonAt(look, context.folder, scenario);
    const decision = sequentialDecision({ alpha: comparison.alpha, looks: run.schedule.looks }, index, comparison);
    if (decision.kind === 'stop') break;
  }
  return failures;
}

/** False where the first block was hopeless and the others were not tried. */
async function allPlayed(folder: RunFolder, blocks: readonly PlannedBlock[]): Promise<boolean> {
  const played = new Set(await folder.boots());
  return blocks.every(({ boots }) => boots.every(({ id }) => played.has(id)));
}

/** In memory: samples.json is what all boots gave, once they are over. */
async function comparisonAt(look: Look, folder: RunFolder, scenario: Scenario): Promise<Comparison> {
  const run = await folder.readRun();
  const records = await deriveRecords(folder, run);
  return findingsOf(sampleRun({ run, scenario, records, look })).comparison;
}

async function deriveAll(folder: RunFolder, watcher: RunWatcher): Promise<Findings> {
  const run = await folder.readRun();
  watcher.deriving('records');
  const records = await deriveRecords(folder, run);
  watcher.deriving('samples');
  await deriveSamples(folder, run, records);
  watcher.deriving('comparison');
  const findings = await deriveFindings(folder);
  watcher.deriving('report');
  await writeFindings(folder, findings);
  return findings;
}

/** A resumed run goes on only with the machines it began with: the same images, accelerator and clock. */
async function writeOrCheckRun(folder: RunFolder, run: Run): Promise<void> {
  if (!(await folder.hasRun())) return folder.writeRun(run);
  const old = await folder.readRun();
  if (old.scenarioSha256 !== run.scenarioSha256)
    throw usageError(`${folder.file.run} was made from another scenario.`, 'Start a new run.');
  const differing = Object.keys({ ...old.facts, ...run.facts }).filter((key) => old.facts[key] !== run.facts[key]);
  const first = differing[0];
  if (first !== undefined) {
    throw usageError(
      `The run began with ${first} = ${String(old.facts[first])}, now it is ${String(run.facts[first])}: its boots could not be compared.`,
      'Start a new run instead of resuming this one.',
    );
  }
}
