/** What the machines of a run need in their group before the first boot: imported images, a network, a place for outputs. */
import type { RunContext } from '../../../model/provider.ts';
import type { Arm } from '../arm/connection.ts';
import { FULL_OF_GROUPS } from '../arm/error-table.ts';
import { ArmError } from '../arm/failure.ts';
import type { Boots } from '../boot/machine.ts';
import type { NodeObjects } from '../cluster/node-objects.ts';
import { type Clearing, clearMachines } from '../gc/clearing.ts';
import { prepareGroup } from '../gc/group.ts';
import { sweep } from '../gc/leftovers.ts';
import { imageId, importBlob, type PinnedImage } from '../images/image.ts';
import { prepareOutputs, storageId } from '../machine/outputs.ts';
import type { Tags } from '../names.ts';
import { type Joins, networkIds, prepareNetwork } from '../network/network.ts';
import { claimOf, type Place } from '../place.ts';
import type { AzureImage, AzureOptions, AzureScenario } from '../scenario.ts';
import { type Checked, failing } from './check.ts';

/** Makes and deletes nothing before the journal names the place, and before Azure confirms whose group it is. */
export async function enterPlace(
  { arm, place, nowIso }: Checked,
  tags: Tags,
  run: RunContext,
): Promise<'new' | 'resumed'> {
  const claim = claimOf(place);
  const isResumed = run.claims?.made.includes(claim) === true;
  if (!isResumed) await run.claims?.add(claim);
  if (place.shared) return isResumed ? 'resumed' : 'new';
  const make = () => prepareGroup(arm, place, tags, run.progress, run.signal);
  return make()
    .catch(async (cause: unknown) => {
      const isFull = cause instanceof ArmError && cause.codes.includes(FULL_OF_GROUPS);
      if (!isFull || (await sweep(arm, nowIso, run.progress, run.signal)) === 0) throw cause;
      return make();
    })
    .catch(failing(`${place.group} could not be made`));
}

const joinsOf = ({ backendPools = [], ipForwarding = false, podAddresses = 0 }: AzureOptions): Joins => ({
  backendPools,
  ipForwarding,
  podAddresses,
});

export type Prepared = Pick<Boots, 'images' | 'identities' | 'network' | 'outputs'>;

export async function prepare(
  { scenario, arm, place, pinned }: Checked,
  state: 'new' | 'resumed',
  clearing: Clearing,
  nodes: NodeObjects,
  tags: Tags,
  run: RunContext,
): Promise<Prepared> {
  const { provider: options } = scenario;
  if (state === 'resumed') await clearMachines(arm, place, clearing, nodes, run.progress, run.signal);
  run.progress(`preparing ${place.group}`);
  const images = await importAll(scenario, pinned, arm, place, tags, run.signal);
  const network = await prepareNetwork(arm, options, joinsOf(options), place, tags, run.environment, run.signal);
  const identities = { user: options.identities ?? [], system: options.systemIdentity ?? false };
  const prepared = { images, identities, network };
  if (options.reach.kind !== 'run-command') return prepared;
  return { ...prepared, outputs: await prepareOutputs(arm, place, tags, run.signal) };
}

/** Ids of everything that `prepare` makes, or may have made before an interruption. */
export function preparedIds({ scenario, arm, place }: Pick<Checked, 'scenario' | 'arm' | 'place'>): string[] {
  const images = Object.entries(scenario.variants).flatMap(([name, { image }]) =>
    isBlob(image) ? [imageId(arm, place, name)] : [],
  );
  const { reach } = scenario.provider;
  return [
    ...images,
    ...networkIds(arm, scenario.provider, place),
    ...(reach.kind === 'run-command' ? [storageId(arm, place)] : []),
  ];
}

const isBlob = (image: AzureImage): boolean => image.id.startsWith('https:');

async function importAll(
  { variants }: AzureScenario,
  pinned: ReadonlyMap<string, PinnedImage>,
  arm: Arm,
  place: Place,
  tags: Tags,
  signal: AbortSignal,
): Promise<Map<string, PinnedImage>> {
  // Variants of the same blob share one image.
  const imports = new Map<string, Promise<PinnedImage>>();
  const ready = await Promise.all(
    [...pinned].map(async ([name, found]) => {
      const image = variants[name]?.image;
      if (image === undefined || !isBlob(image)) return [name, found] as const;
      const same = `${image.generation} ${image.id}`;
      const work = imports.get(same) ?? importBlob(arm, image, imageId(arm, place, name), place, tags, signal);
      imports.set(same, work);
      return [name, await work] as const;
    }),
  );
  return new Map(ready);
}
