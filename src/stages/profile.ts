/**
 * `bench profile`: which parts of a boot decide when it is over. It delays each part, in a separate boot, and measures the end of the boot.
 * Then it tries boots without the parts that may be unnecessary. It compares no other variant, and nothing gates.
 *
 *     nulls -> a sleep for each item, one for much that is off the path -> work where a sleep says little, what-ifs -> all that helped
 *
 * Its steps: `profile/plan.ts` (which boots), `profile/boots.ts` (makes them), `profile/derive.ts` (what they say).
 */
import path from 'node:path';
import { usageError } from '../model/errors.ts';
import type { Profile } from '../model/profile.ts';
import type { Run } from '../model/run.ts';
import type { Setting } from '../model/scenario.ts';
import type { Intervention } from '../model/trial.ts';
import { parseDuration } from '../model/units.ts';
import type { Screen, World } from '../model/world.ts';
import { renderProfileComment } from '../render/profile/comment.ts';
import { renderProfilePage } from '../render/profile/page.ts';
import { renderProfileTerminal } from '../render/profile/terminal.ts';
import { type RunFolder, runFolder } from '../store/run-folder.ts';
import type { LoadedScenario } from '../store/scenario-file.ts';
import { makeCacheFolder, withScratch } from './boot/scratch.ts';
import type { CommandWatcher } from './boot/watcher.ts';
import { scenarioOf } from './derive/findings.ts';
import { designExperiment } from './design/experiment.ts';
import { type DesignOptions, loadDesign } from './design/load.ts';
import { designedRun } from './design/run.ts';
import { bootProfile, playedIn } from './profile/boots.ts';
import { profileOf } from './profile/derive.ts';
import { namedItem, readWhatIf } from './profile/items.ts';
import { prepareComputer } from './provider.ts';
import { inRunFolder, newRunFolder } from './run-place.ts';

export interface ProfileRequest {
  readonly scenario?: string;
  readonly set: readonly Setting[];
  /** A variant; by default the baseline. */
  readonly of?: string;
  readonly items: number;
  readonly item: readonly string[];
  readonly whatIf: readonly string[];
  readonly dose: string;
  readonly mostBoots: number;
  readonly seed?: number;
  readonly out: string;
  readonly resume?: string;
  /** False: make every boot, and keep none for later runs. */
  readonly cache?: boolean;
}

export interface ShownProfile {
  readonly profile: Profile;
  readonly file: RunFolder['file'];
  readonly text: (screen: Screen) => string;
}

export async function profile(request: ProfileRequest, world: World, watcher: CommandWatcher): Promise<ShownProfile> {
  const { run, folder, scenario, scenarioFile } = await designed(request, world);
  const { environment, cacheFolder, timer, signal, now } = world;
  const use = async (scratchFolder: string) => {
    await prepareComputer(scenario, { environment, signal, say: watcher.line });
    await makeCacheFolder(world);
    const scenarioFolder = path.dirname(scenarioFile);
    const provider = { cacheFolder, scratchFolder, scenarioFolder, environment, timer, progress: watcher.line };
    await bootProfile({ folder, run, scenario, cache: request.cache }, { provider, timer, now, watcher }, signal);
  };
  await inRunFolder(folder, () => withScratch(world, use));
  watcher.deriving('report');
  return shown(folder);
}

/** From the files of an earlier profile. */
export const profileAgain = (name: string, { cwd }: Pick<World, 'cwd'>): Promise<ShownProfile> =>
  shown(runFolder(path.resolve(cwd, name)));

async function shown(folder: RunFolder): Promise<ShownProfile> {
  const run = await folder.readRun();
  if (run.profile === undefined)
    throw usageError(
      `${folder.folder} is the run of a comparison, not a profile.`,
      'Make one: bench profile --scenario <name>.',
    );
  const result = profileOf({ run, scenario: scenarioOf(run), played: await playedIn(folder, run) });
  await folder.writeProfile(result);
  await folder.writePage('profilePage', await renderProfilePage(result));
  await folder.writePage('comment', renderProfileComment(result));
  return { profile: result, file: folder.file, text: (screen) => renderProfileTerminal(result, screen) };
}

async function designed(request: ProfileRequest, world: World) {
  if (request.resume !== undefined) return resumed(request.resume, request, world);
  const loaded = await loadDesign(designOptions(request), world);
  const design = designOf(request, loaded);
  const run = designedRun(loaded, designOptions(request), world);
  const id = run.id.replace(loaded.scenario.name, `${loaded.scenario.name}-profile`);
  const folder = await newRunFolder(request.out, id, world);
  const { scenario, file: scenarioFile } = loaded;
  return {
    run: { ...run, id: path.basename(folder.folder), blocks: [], profile: design },
    folder,
    scenario,
    scenarioFile,
  };
}

/** Uses the scenario from run.json: users give its options only once. */
async function resumed(name: string, request: ProfileRequest, world: World) {
  const folder = runFolder(path.resolve(world.cwd, name));
  const { profile: design } = await folder.readRun();
  if (design === undefined)
    throw usageError(
      `${folder.folder} is not a profile that can be resumed.`,
      'Start a new one: bench profile --scenario <name>.',
    );
  const asked = [
    ...request.item.map((item) => `--item ${item}`),
    ...request.whatIf.map((text) => `--what-if '${text}'`),
  ];
  if (asked.length > 0)
    throw usageError(
      `${folder.folder} has its items and what-ifs already; ${asked.join(', ')} would change them.`,
      'Omit the option to complete the profile, or start a new one.',
    );
  const options = { ...designOptions(request), resume: folder.folder };
  const { run, scenario, scenarioFile } = await designExperiment(options, world);
  return { run: { ...run, profile: design }, folder, scenario, scenarioFile };
}

const designOptions = ({ scenario, set, seed, out }: ProfileRequest): DesignOptions => ({
  ...{ set, out, variant: [] },
  ...(scenario !== undefined && { scenario }),
  ...(seed !== undefined && { seed }),
});

function designOf(request: ProfileRequest, { scenario }: LoadedScenario): NonNullable<Run['profile']> {
  const variants = Object.keys(scenario.variants);
  const variant = request.of ?? variants[0] ?? '';
  if (!variants.includes(variant))
    throw usageError(`--of ${variant}: the variants of ${scenario.name} are ${variants.join(', ')}.`);
  const doseUs = parseDuration(request.dose);
  if (doseUs === undefined || doseUs <= 0)
    throw usageError(`--dose ${request.dose}: give a duration above 0 with its unit, e.g. 2s`);
  if (request.mostBoots < 1)
    throw usageError(
      `--most-boots ${request.mostBoots} boots nothing.`,
      'The default is 25; one boot gives the baseline alone.',
    );
  const whatIfs = request.whatIf.length > 0 ? request.whatIf : (scenario.profile?.whatIf ?? []);
  return {
    variant,
    doseUs,
    items: request.item.map(namedItem),
    mostItems: request.items,
    whatIfs: whatIfs.map(interventionsOf),
    mostBoots: request.mostBoots,
  };
}

function interventionsOf(text: string): Intervention[] {
  const read = readWhatIf(text);
  if (typeof read === 'string') throw usageError(`--what-if: ${read}`);
  return [...read];
}
