/**
 * `bench run`, from top to bottom: a question becomes blocks of boots, every boot files on disk, the files a verdict.
 *
 *     design -> open the fleet -> run.json -> boot the blocks -> records -> samples -> comparison -> pages -> close the fleet
 *
 * The steps themselves: `design/` (what to boot, in which order), `boot/` (one boot after the other), `derive/` (results from the files).
 * `providers/` makes the machines.
 */
import path from 'node:path';
import { collectorsFor } from '../collectors/index.ts';
import type { CollectRequest } from '../guest/collect.ts';
import { bootsByMachine, type Failure } from '../model/boot.ts';
import { BenchError, worldError } from '../model/errors.ts';
import type { HistoryContent } from '../model/history.ts';
import type { Fleet, Provider } from '../model/provider.ts';
import type { Screen, World } from '../model/world.ts';
import { kindOf } from '../providers/registry.ts';
import { renderTerminal } from '../render/terminal.ts';
import { bootCache, bootCacheFolder } from '../store/boot-cache.ts';
import { heldAgainst, refuseOtherMachines, type SavedBaseline, savedBaseline } from './against.ts';
import { COLLECT_WITHIN, contextOf, REACH_WITHIN, type RunWorld } from './boot/context.ts';
import { keptIn } from './boot/kept.ts';
import { auditsOf, cacheUse, knownBoots } from './boot/known.ts';
import { bootByLooks } from './boot/looks.ts';
import { machineMinutes } from './boot/machine-minutes.ts';
import type { BootContext } from './boot/plan.ts';
import { readyWait } from './boot/ready.ts';
import { writeOrCheckRun } from './boot/resume.ts';
import { makeCacheFolder, withKeptFolder, withScratch } from './boot/scratch.ts';
import type { CommandWatcher, RunWatcher } from './boot/watcher.ts';
import { deriveFindings, deriveRecords, deriveSamples, type Findings, writeFindings } from './derive/findings.ts';
import { designExperiment, type Experiment, type ExperimentRequest, refuseProfile } from './design/experiment.ts';
import { blocksOf } from './design/shard.ts';
import { calibrationOf } from './history/calibration.ts';
import { refuseOtherImages } from './history/images.ts';
import { readHistory } from './history/open.ts';
import { machinesAtATime, prepareComputer, providerOf, secondsPerBoot } from './provider.ts';
import { inRunFolder, newRunFolder } from './run-place.ts';

/** What bench knows about a run besides its design. */
export interface RunnableExperiment extends Pick<Experiment, 'folder' | 'run' | 'scenario'> {
  /** Machines keep running after their last boot. */
  readonly keep?: boolean;
  /** Store tokens in artifacts unchanged. */
  readonly keepSecrets?: boolean | undefined;
  /** False: make every boot, and keep none for later runs. */
  readonly cache?: boolean | undefined;
  /** Exact images by variant, if the run may boot no others. */
  readonly images?: Readonly<Record<string, string>>;
  /** Its machines must be of the same kind. */
  readonly saved?: SavedBaseline | undefined;
  /** run.json records the A/A runs in it. */
  readonly history?: HistoryContent | undefined;
}

export interface RunResult {
  readonly findings: Findings;
  readonly failures: ReadonlyMap<string, Failure>;
  /** Resources that bench could not clean up, and how to do it; reported after the verdict. */
  readonly leftBehind?: BenchError;
}

export interface ShownResult extends RunResult {
  readonly experiment: Experiment;
  readonly text: (screen: Screen) => string;
  /** Page of a comparison with a saved baseline: the run's own report is about the candidate alone. */
  readonly comparedPage?: string;
}

export async function run(request: ExperimentRequest, world: World, watcher: CommandWatcher): Promise<ShownResult> {
  const saved = await savedBaseline(request, world);
  const designed = await designExperiment(request, world);
  refuseProfile(designed);
  // Read before booting anything: an unreadable history shows before it costs a night.
  const where = historyOf(request, designed);
  const history = where === undefined ? undefined : await readHistory(where, world);
  const experiment = request.resume ? designed : await placed(designed, request, world);
  const scenarioFolder = path.dirname(experiment.scenarioFile);
  const runnable = { ...experiment, history, cache: request.cache, saved };
  const result = await inRunFolder(experiment.folder, () => runExperiment(runnable, scenarioFolder, world, watcher));
  refuseUnreached(result);
  const against = saved && (await heldAgainst(saved, result.findings, experiment.folder));
  if (against) {
    const text = (screen: Screen) => renderTerminal(against.findings, screen);
    return { ...result, findings: against.findings, comparedPage: against.page, experiment, text };
  }
  return { ...result, experiment, text: (screen) => renderTerminal(result.findings, screen) };
}

/** Its own folder, which names the run. */
async function placed(experiment: Experiment, { out }: ExperimentRequest, world: World): Promise<Experiment> {
  const folder = await newRunFolder(out, experiment.run.id, world);
  return { ...experiment, folder, run: { ...experiment.run, id: path.basename(folder.folder) } };
}

/** A shard adds no line, although it has the reference as its baseline too: the merged run adds it (bench history add). */
export const historyOf = (
  { history }: Pick<ExperimentRequest, 'history'>,
  { run: { shard } }: Experiment,
): string | undefined => (shard ? undefined : history);

/** On the scenario's own provider, with a scratch folder while it runs. */
export async function runExperiment(
  experiment: RunnableExperiment,
  scenarioFolder: string,
  world: World,
  watcher: CommandWatcher,
): Promise<RunResult> {
  const { environment, cacheFolder, timer, signal, now } = world;
  const { scenario, keep } = experiment;
  const inFolder = (use: (folder: string) => Promise<RunResult>) =>
    keep ? withKeptFolder(world, experiment.run.id, use) : withScratch(world, use);
  return inFolder(async (scratchFolder) => {
    await prepareComputer(scenario, { environment, signal, say: watcher.line });
    await makeCacheFolder(world);
    const provider = { cacheFolder, scratchFolder, scenarioFolder, environment, timer, progress: watcher.line };
    return runWith(providerOf(scenario), experiment, { provider, timer, now, watcher }, signal);
  });
}

/** The experiment, on machines of any provider. */
export async function runWith(
  provider: Provider,
  experiment: RunnableExperiment,
  world: RunWorld,
  signal: AbortSignal,
): Promise<RunResult> {
  const { folder, run: designed } = experiment;
  const fleet = await provider.open({
    ...(await contextOf(designed, folder, world, signal)),
    ...(experiment.keep && { keep: { machines: machineCount(experiment) } }),
  });
  let result: RunResult;
  try {
    result = await bootAndDerive(experiment, fleet, world, signal);
  } catch (cause) {
    const left = await closed(fleet);
    if (left) world.provider.progress(`${left.message} ${left.hint ?? ''}`);
    throw cause;
  }
  const leftBehind = await closed(fleet);
  return { ...result, ...(leftBehind && { leftBehind }) };
}

/** The findings are on disk before the cleanup: a failed cleanup costs no result. */
async function bootAndDerive(
  experiment: RunnableExperiment,
  fleet: Fleet,
  world: RunWorld,
  signal: AbortSignal,
): Promise<RunResult> {
  const { folder, run: designed } = experiment;
  refuseOtherImages(fleet, experiment.images ?? {});
  if (experiment.saved) refuseOtherMachines(experiment.saved, fleet);
  const known = { ...designed, facts: fleet.facts };
  const calibration = experiment.history && calibrationOf(experiment.history, known);
  await writeOrCheckRun(folder, { ...known, ...(calibration && { calibration }) });
  const failures = await bootAll(experiment, fleet, world, signal);
  const spent = machineMinutes(await folder.readJournal());
  const cache = cacheUse(await folder.readOutcomes());
  await folder.writeRun({ ...(await folder.readRun()), ...(cache && { cache }), spent });
  return { findings: await deriveAll(experiment, world.watcher), failures };
}

/** Resolves with the leftovers, if there are any. */
async function closed(fleet: Fleet): Promise<BenchError | undefined> {
  try {
    await fleet.close();
    return undefined;
  } catch (cause) {
    if (cause instanceof BenchError) return cause;
    throw cause;
  }
}

async function bootAll(
  experiment: RunnableExperiment,
  fleet: Fleet,
  world: RunWorld,
  signal: AbortSignal,
): Promise<Map<string, Failure>> {
  const { folder, scenario, run: designed } = experiment;
  const { timer, watcher } = world;
  const blocks = blocksOf(designed);
  const journal = await folder.openJournal(world.now);
  try {
    await journal.append({ state: 'run-started' });
    const { facts, usdPerHour } = fleet;
    const settled = await folder.boots();
    watcher.started({
      folder: folder.folder,
      blocks,
      facts,
      settled,
      secondsPerBoot: secondsPerBoot(scenario),
      usdPerHour,
    });
    const limits = { collectWithinMs: COLLECT_WITHIN, reachWithinMs: REACH_WITHIN };
    const { keepSecrets } = experiment;
    const { blocksInTurn } = kindOf(scenario).capabilities;
    const plan = {
      blocks,
      concurrency: machinesAtATime(scenario),
      blocksInTurn,
      ...limits,
      ready: readyWait(scenario),
      keepSecrets,
    };
    const keep = experiment.keep ? keptIn(folder, watcher) : undefined;
    const requests = requestsOf(experiment);
    const known = knownIn(experiment, fleet, requests, world);
    const context = { folder, journal, fleet, requests, timer, watcher, keep, known };
    const failures = await bootByLooks(experiment, plan, context, signal);
    await journal.append({ state: 'run-ended' });
    return failures;
  } finally {
    await journal.close();
  }
}

/** An A/A run measures chance between boots, so it makes all of its boots. */
function knownIn(
  { run: designed, scenario, cache = true }: RunnableExperiment,
  fleet: Fleet,
  requests: readonly CollectRequest[],
  { provider, now }: RunWorld,
): BootContext['known'] {
  if (!cache || designed.aa) return undefined;
  const ids = designed.blocks.flatMap(({ boots }) => boots.map(({ id }) => id));
  return knownBoots({
    cache: bootCache(bootCacheFolder(provider), now),
    questions: JSON.stringify(requests),
    audits: auditsOf(ids, designed.seed),
    say: provider.progress,
    ...{ fleet, run: designed, scenario, now },
  });
}

async function deriveAll({ folder }: RunnableExperiment, watcher: RunWatcher): Promise<Findings> {
  const stored = await folder.readRun();
  watcher.deriving('records');
  const records = await deriveRecords(folder, stored);
  watcher.deriving('samples');
  await deriveSamples(folder, stored, records);
  watcher.deriving('comparison');
  const findings = await deriveFindings(folder);
  watcher.deriving('report');
  await writeFindings(folder, findings);
  return findings;
}

const machineCount = ({ run: designed }: RunnableExperiment): number =>
  blocksOf(designed).flatMap(({ boots }) => bootsByMachine(boots)).length;

/** Artifacts that bench collects from every machine. */
const requestsOf = ({ scenario }: RunnableExperiment): CollectRequest[] =>
  collectorsFor(scenario).flatMap(({ id: collector, artifacts }) =>
    artifacts.map((artifact) => ({ ...artifact, collector })),
  );

/** If bench could neither create nor reach a machine, it measured nothing, and the first reason is the result. */
function refuseUnreached({ findings, failures }: RunResult): void {
  const unreached = [...failures.values()].find(({ stage }) => UNREACHED.has(stage));
  if (unreached && !findings.records.some(({ outcome }) => outcome === 'booted'))
    throw worldError(unreached.message, unreached.hint);
}

const UNREACHED: ReadonlySet<string> = new Set(['create', 'reach', 'collect']);
