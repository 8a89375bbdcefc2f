/** The images of a scenario: checks all plans first, then builds, downloads or finds each image. */
import path from 'node:path';
import { readSmallText } from '../../files/regular.ts';
import { usageError } from '../../model/errors.ts';
import { type BuildWorld, type BuiltImage, buildImage, missingBuilds } from './image-build.ts';
import { type DiskFile, diskFile } from './image-file.ts';
import { type PlannedBuild, planBuild } from './image-plan.ts';
import type { QemuImage, QemuScenario } from './scenario.ts';

interface Common {
  readonly user: string;
  readonly userData: string | undefined;
}

export type Image = Common & (({ readonly kind: 'built' } & BuiltImage) | ({ readonly kind: 'file' } & DiskFile));

type Plan = Common &
  ({ readonly kind: 'built'; readonly build: PlannedBuild } | { readonly kind: 'file'; readonly image: QemuImage });

/** The image of every variant, ready to boot. Reports problems in the scenario's files before the first build. */
export async function prepareImages(scenario: QemuScenario, world: BuildWorld): Promise<ReadonlyMap<string, Image>> {
  const plans = await planImages(scenario, world.scenarioFolder);
  const images = new Map<string, Image>();
  // Files first: their checks take seconds, and a wrong file ends the run before builds take minutes.
  for (const [variant, plan] of plans) {
    if (plan.kind === 'file') images.set(variant, { ...plan, ...(await diskFile(variant, plan.image, world)) });
  }
  for (const [variant, plan] of plans) {
    if (plan.kind === 'built') images.set(variant, { ...plan, ...(await buildImage(plan.build, world)) });
  }
  return images;
}

/** The disk of every variant, built, downloaded or checked before a run needs it. */
export async function prepareDisks(scenario: QemuScenario, world: BuildWorld): Promise<ReadonlyMap<string, string>> {
  const images = await prepareImages(scenario, world);
  return new Map([...images].map(([variant, image]) => [variant, image.kind === 'built' ? image.disk : image.file]));
}

/** Measured minutes on two cores: for a release with the packages that every image needs, and for a layer on a base. */
const RELEASE_MINUTES = 0.75;
const LAYER_MINUTES = 0.25;

/** Expected minutes of the builds that the cache lacks. Counts each build once. */
export async function estimateImageMinutes(scenario: QemuScenario, world: BuildWorld): Promise<number> {
  const missing = new Map<string, PlannedBuild>();
  for (const plan of (await planImages(scenario, world.scenarioFolder)).values()) {
    if (plan.kind !== 'built') continue;
    for (const build of await missingBuilds(plan.build, world)) missing.set(build.key, build);
  }
  return [...missing.values()].reduce((sum, { base }) => sum + (base ? LAYER_MINUTES : RELEASE_MINUTES), 0);
}

async function planImages(scenario: QemuScenario, scenarioFolder: string): Promise<ReadonlyMap<string, Plan>> {
  const plans = new Map<string, Plan>();
  for (const [variant, { image }] of Object.entries(scenario.variants)) {
    const userData = image.userData && (await readUserData(variant, path.resolve(scenarioFolder, image.userData)));
    const common = { user: image.user, userData: userData || undefined };
    if (image.build === undefined) plans.set(variant, { ...common, kind: 'file', image });
    else {
      const build = await planBuild(variant, image.build, 'disk', scenario.provider.images, scenarioFolder);
      plans.set(variant, { ...common, kind: 'built', build });
    }
  }
  return plans;
}

async function readUserData(variant: string, file: string): Promise<string> {
  return readSmallText(file).catch((cause: Error) => {
    throw usageError(`variant ${variant}: user data: ${cause.message}`);
  });
}
