/** Makes the boots of a profile, lot by lot: the boots so far decide which come next. */
import { collectorsFor } from '../../collectors/index.ts';
import { trial as trialCollector } from '../../collectors/trial.ts';
import { impossible, STEPS_FILE, type TrialPlace, trialFiles } from '../../guest/trial/files.ts';
import type { BootRecord } from '../../model/boot.ts';
import { usageError, worldError } from '../../model/errors.ts';
import type { Fleet } from '../../model/provider.ts';
import type { Run } from '../../model/run.ts';
import type { Scenario } from '../../model/scenario.ts';
import type { Trial } from '../../model/trial.ts';
import { us } from '../../model/units.ts';
import { bootsPerDose } from '../../statistics/profile/shift.ts';
import { bootCache, bootCacheFolder } from '../../store/boot-cache.ts';
import type { Journal } from '../../store/journal.ts';
import type { RunFolder } from '../../store/run-folder.ts';
import { bootBlocks } from '../boot/blocks.ts';
import { COLLECT_WITHIN, contextOf, REACH_WITHIN, type RunWorld } from '../boot/context.ts';
import { auditsOf, cacheUse, knownBoots } from '../boot/known.ts';
import { machineMinutes } from '../boot/machine-minutes.ts';
import type { BootPlan, PlannedTrial } from '../boot/plan.ts';
import { readyWait } from '../boot/ready.ts';
import { writeOrCheckRun } from '../boot/resume.ts';
import { deriveRecord, scenarioOf } from '../derive/findings.ts';
import { bootsRepeat, machinesAtATime, providerOf, secondsPerBoot } from '../provider.ts';
import { profiledMetrics, profileOf } from './derive.ts';
import { provisionerOf } from './items.ts';
import { bootId, inParts, lotOf } from './lot.ts';
import * as plan from './plan.ts';
import type { Played } from './played.ts';

export interface ProfileExperiment {
  readonly folder: RunFolder;
  readonly run: Omit<Run, 'facts'> & { readonly profile: plan.Design };
  readonly scenario: Scenario;
  readonly cache?: boolean | undefined;
}

/** Boots without an intervention that give the spread, if boots do not repeat. */
const NOISY_NULLS = 4;

export async function bootProfile(experiment: ProfileExperiment, world: RunWorld, signal: AbortSignal): Promise<void> {
  const { folder, run, scenario } = experiment;
  const { now } = world;
  const fleet = await providerOf(scenario).open(await contextOf(run, folder, world, signal));
  try {
    checkFleet(fleet, scenario);
    await writeOrCheckRun(folder, { ...run, facts: fleet.facts });
    const journal = await folder.openJournal(now);
    try {
      await journal.append({ state: 'run-started' });
      await bootLots({ ...experiment, fleet, journal, world }, signal);
      await journal.append({ state: 'run-ended' });
    } finally {
      await journal.close();
    }
    const use = cacheUse(await folder.readOutcomes());
    const spent = machineMinutes(await folder.readJournal());
    await folder.writeRun({ ...(await folder.readRun()), ...(use && { cache: use }), spent });
  } finally {
    await fleet.close();
  }
}

/** Halving reduces nine items to single ones: 9, 5, 3, 2, 1, and then the dose of the item found. */
const MOST_HALVINGS = 5;

/** The boots in a folder, each with its interventions. A finished boot does not change: `known` saves reading it again. */
export async function playedIn(folder: RunFolder, run: Run, known = new Map<string, Played>()): Promise<Played[]> {
  const scenario = scenarioOf(run);
  const ids = await folder.boots();
  for (const id of ids.filter((each) => !known.has(each))) known.set(id, await playedBoot(folder, id, run, scenario));
  return ids.flatMap((id) => known.get(id) ?? []);
}

/** From the boot's artifacts, or from its record if a copy of the folder lacks them. */
async function playedBoot(folder: RunFolder, id: string, run: Run, scenario: Scenario): Promise<Played> {
  const outcome = await folder.readOutcome(id);
  if (!(await folder.hasRaw(id)) && (await folder.hasRecord(id)))
    return { outcome, record: await folder.readRecord(id), withoutRaw: true };
  return { outcome, record: await deriveRecord(folder, id, run, scenario) };
}

function checkFleet({ gives = [] }: Fleet, { boot, provider: { kind } }: Scenario): void {
  // Reboots get theirs over SSH, with every provider.
  if (boot === 'reboot' || gives.includes(boot)) return;
  throw usageError(
    `A profile of first boots must put files on a machine before it boots; the ${kind} provider cannot do that with these images.`,
    'Set boot: reboot, which works over SSH with any provider, or use images that bench builds (provider.kind: qemu).',
  );
}

interface Lots extends ProfileExperiment {
  readonly fleet: Fleet;
  readonly journal: Journal;
  readonly world: RunWorld;
}

async function bootLots(lots: Lots, signal: AbortSignal): Promise<void> {
  const { run, scenario } = lots;
  const { profile: design } = run;
  const { play, played, profile, spreadOfBare } = playerOf(lots, signal);
  const repeats = bootsRepeat(scenario);
  const fromOutside = lots.fleet.startsProvisioning === true;
  const nowhere: TrialPlace = { provisionedBy: undefined, fromOutside, readyFile: scenario.ready.file };
  await play([plan.baseline()], nowhere, repeats ? 1 : NOISY_NULLS);
  const baseline = soundBaseline((await played())[0]?.record);
  const provisionedBy = fromOutside ? undefined : provisionerOf(baseline);
  const place = { ...nowhere, provisionedBy };
  const items = plan.chosenItems(design, baseline, provisionedBy);
  const named = design.items.length > 0;
  const group = named ? undefined : plan.groupTrial(items, baseline, provisionedBy);
  const times = repeats ? 1 : bootsPerDose(await spreadOfBare(), design.doseUs);
  const doses = items.map((item) => plan.doseTrial(item, 'sleep', design.doseUs));
  await play(
    [...plan.inertTrials(baseline, profiledMetrics(scenario), provisionedBy), ...(group ? [group] : []), ...doses],
    place,
    times,
  );
  const seen = await profile();
  const asked = design.whatIfs.map(plan.whatIfTrial);
  const own = asked.length > 0 || named ? [] : plan.ideas(scenario, baseline, provisionedBy, seen.headline);
  await play([...asked, ...own, ...plan.splits(seen, design.doseUs), ...plan.spins(seen, design.doseUs)], place, times);
  // Each round adds an intervention to the set or leaves it out, so there are fewer rounds than interventions.
  for (let round = 1; round < asked.length + own.length; round++) {
    const set = plan.nextSet(await profile());
    if (set === undefined || !(await play([set], place, times))) break;
  }
  for (let halving = 1; halving < MOST_HALVINGS; halving++) {
    const parts = plan.splits(await profile(), design.doseUs);
    if (parts.length === 0 || !(await play(parts, place, times))) break;
  }
}

function soundBaseline(record: BootRecord | undefined): BootRecord {
  if (record?.outcome === 'booted' && record.broken.length === 0) return record;
  const why =
    record?.outcome === 'booted' ? `is broken: ${record.broken.join('; ')}` : `failed: ${record?.failure?.message}`;
  throw worldError(
    `The boot without an intervention ${why}`,
    'A profile needs an image that boots without failures: run the scenario first.',
  );
}

function playerOf({ folder, run, scenario, cache = true, fleet, journal, world }: Lots, signal: AbortSignal) {
  const { provider, timer, watcher, now } = world;
  const { variant, mostBoots } = run.profile;
  const requests = [...collectorsFor(scenario), trialCollector].flatMap(({ id: collector, artifacts }) =>
    artifacts.map((artifact) => ({ ...artifact, collector })),
  );
  const known = knownBoots({
    cache: bootCache(bootCacheFolder(provider), now),
    questions: JSON.stringify(requests),
    audits: auditsOf(
      Array.from({ length: mostBoots }, (_, index) => bootId(index + 1, variant)),
      run.seed,
    ),
    say: provider.progress,
    ...{ fleet, run, scenario, now },
  });
  const context = { folder, journal, fleet, requests, timer, watcher, known: cache ? known : undefined };
  const records = new Map<string, Played>();
  const played = () => playedIn(folder, { ...run, facts: fleet.facts }, records);

  /** Boots each trial `times` times, less the boots that exist already. False if the limit of boots left some out. */
  const play = async (wanted: readonly Trial[], place: TrialPlace, times: number): Promise<boolean> => {
    const design = { variant, bootKind: scenario.boot, seed: run.seed, times, mostBoots };
    const { blocks, trials, leftOut } = lotOf(wanted, await folder.readOutcomes(), design);
    for (const { label } of leftOut) provider.progress(`skipped, over the limit of ${mostBoots} boots: ${label}`);
    if (trials.size === 0) return leftOut.length === 0;
    for (const why of new Set([...trials.values()].flatMap((trial) => whatIsImpossible(trial, place))))
      provider.progress(why);
    const given = new Map(
      [...trials].map(([id, trial]): [string, PlannedTrial] => {
        const files = trialFiles(trial.interventions, place);
        return [id, { trial, files, ...(place.fromOutside && { bashEnv: STEPS_FILE }) }];
      }),
    );
    const start = {
      folder: folder.folder,
      blocks,
      facts: fleet.facts,
      settled: await folder.boots(),
      secondsPerBoot: secondsPerBoot(scenario),
    };
    watcher.started({ ...start, usdPerHour: fleet.usdPerHour });
    const concurrency = machinesAtATime(scenario);
    const limits = { collectWithinMs: COLLECT_WITHIN, reachWithinMs: REACH_WITHIN, ready: readyWait(scenario) };
    const bootPlan: BootPlan = { blocks: inParts(blocks, concurrency), concurrency, ...limits, trials: given };
    await bootBlocks(bootPlan, context, signal);
    return leftOut.length === 0;
  };
  const profileWith = (boots: Played[]) => profileOf({ run: { ...run, facts: fleet.facts }, scenario, played: boots });
  return {
    play,
    played,
    profile: async () => profileWith(await played()),
    /** From the first lot alone, so that a resumed profile makes each dose as often as at its beginning. */
    spreadOfBare: async () => {
      const bare = (await played()).filter(({ outcome }) => outcome.trial?.interventions.length === 0);
      return profileWith(bare).nulls[0]?.sdUs ?? us(0);
    },
  };
}

const whatIsImpossible = ({ interventions }: Trial, place: TrialPlace): string[] =>
  interventions.flatMap((each) => impossible(each, place) ?? []);
