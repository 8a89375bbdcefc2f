/** Finds everything that can be wrong before a run makes anything: images, sizes, quota, the network, the keys. */
import path from 'node:path';
import { readSmallText } from '../../../files/regular.ts';
import { messageOf, usageError } from '../../../model/errors.ts';
import type { RunContext } from '../../../model/provider.ts';
import { connect, serverTime } from '../account/subscription.ts';
import type { Arm } from '../arm/connection.ts';
import { asWorldError } from '../arm/failure.ts';
import { type PinnedImage, pinImage } from '../images/image.ts';
import { DEFAULT_BLOCKS } from '../kind.ts';
import { type BootstrapData, bootstrapData } from '../machine/bootstrap.ts';
import { overwrittenAlike, overwrittenText } from '../machine/overwritten.ts';
import { checkForeignSubnet } from '../network/foreign-subnet.ts';
import { sourceOf } from '../network/network.ts';
import { prepareWay } from '../network/reach.ts';
import { placeOf } from '../place.ts';
import { firstPrice } from '../preflight/prices.ts';
import { checkPlacements } from '../preflight/sizes.ts';
import type { AzureOptions, AzureScenario } from '../scenario.ts';
import { inItsGroup } from './group-of-others.ts';

export type Checked = Awaited<ReturnType<typeof check>>;

export async function check(asWritten: AzureScenario, run: RunContext) {
  const world = { environment: run.environment, folder: run.scenarioFolder, timer: run.timer, say: run.progress };
  const arm = await connect(asWritten.provider, world);
  const nowIso = await serverTime(arm, run.signal).catch(failing(`Subscription ${arm.subscription} cannot be used`));
  const { scenario, cluster } = await inItsGroup(arm, asWritten, run.signal).catch(
    failing('The group could not be read'),
  );
  if (cluster) run.progress(`network, identities and tags are those of the node pool ${cluster.pool}`);
  const { provider: options } = scenario;
  run.progress('checking images, sizes and quota');
  const data = await bootstrapData(scenario, run);
  const alike = overwrittenAlike(scenario, data);
  if (alike.length > 0) run.progress(overwrittenText(alike));
  const [pinned, price] = await Promise.all([
    pinAll(scenario, arm, run.signal).catch(failing('An image cannot be used')),
    firstPrice(options, { ...run, nowIso }, run.signal),
  ]);
  const machines = (scenario.concurrency ?? DEFAULT_BLOCKS) * pinned.size;
  const preflight = await checkPlacements(arm, options, [...pinned.values()], machines, run.signal).catch(
    failing('Sizes and quota could not be checked'),
  );
  await checkSubnet(arm, options, run).catch(failing('The network could not be checked'));
  const ownKey = await keyOfSpecialized(pinned, data, options, run);
  const place = placeOf(options, run.runId, run.claims);
  const wayTo = await prepareWay(arm, options, run).catch(failing('The machines could not be reached'));
  return { scenario, cluster, arm, nowIso, data, pinned, price, preflight, ownKey, place, wayTo };
}

async function checkSubnet(arm: Arm, options: AzureOptions, run: RunContext): Promise<void> {
  if (options.subnet === undefined || options.reach.kind === 'run-command') return;
  const from = await sourceOf(options, run.environment, run.signal);
  await checkForeignSubnet(arm, options, from, run.progress, run.signal);
}

export async function pinAll(
  { variants, provider }: AzureScenario,
  arm: Arm,
  signal: AbortSignal,
): Promise<Map<string, PinnedImage>> {
  const pinned = await Promise.all(
    Object.entries(variants).map(
      async ([name, { image }]) => [name, await pinImage(arm, image, provider.location, signal)] as const,
    ),
  );
  return new Map(pinned);
}

/** A specialised image has its own user and keys, and ignores custom data. */
async function keyOfSpecialized(
  pinned: ReadonlyMap<string, PinnedImage>,
  data: ReadonlyMap<string, BootstrapData>,
  { keyFile }: AzureOptions,
  { environment, scenarioFolder }: RunContext,
): Promise<string | undefined> {
  const [variant, specialized] = [...pinned].find(([, image]) => image.specialized) ?? [];
  if (variant === undefined || specialized === undefined) return undefined;
  if (data.get(variant)?.customData)
    throw usageError(`${specialized.exact} is specialised: nothing in it would take custom data.`);
  const file = keyFile || environment.BENCH_AZURE_KEY_FILE;
  if (!file)
    throw usageError(
      `${specialized.exact} is specialised: it has its own keys.`,
      'Name the private key of its user: provider.keyFile, or BENCH_AZURE_KEY_FILE.',
    );
  return readSmallText(path.resolve(scenarioFolder, file)).catch((cause: unknown) => {
    throw usageError(`The private key of the machines: ${messageOf(cause)}`);
  });
}

export const failing = (what: string) => (cause: unknown) => {
  throw asWorldError(what, cause);
};
