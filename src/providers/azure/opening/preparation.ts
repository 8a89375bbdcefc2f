/** What the machines of a run need in their group before the first of them: imported images, a network, a place for outputs. */
import type { RunContext } from '../../../model/provider.ts';
import type { Arm } from '../arm/connection.ts';
import { FULL_OF_GROUPS } from '../arm/error-table.ts';
import { ArmError } from '../arm/failure.ts';
import { finished } from '../arm/operation.ts';
import type { Boots } from '../boot/machine.ts';
import { machinesIn, prepareGroup } from '../gc/group.ts';
import { sweep } from '../gc/leftovers.ts';
import { importBlob, type PinnedImage } from '../images/image.ts';
import { prepareOutputs } from '../machine/outputs.ts';
import { removeMachine } from '../machine/removal.ts';
import type { Tags } from '../names.ts';
import { type Joins, prepareNetwork } from '../network/network.ts';
import type { AzureImage, AzureOptions, AzureScenario } from '../scenario.ts';
import { type Checked, failing } from './check.ts';

/** Nothing is deleted before this has said that the group is the run's own. */
export async function makeGroup(
  { arm, place, nowIso }: Checked,
  tags: Tags,
  run: RunContext,
): Promise<'new' | 'resumed'> {
  if (!run.claims?.made.includes(place.group)) await run.claims?.add(place.group);
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
  scenario: AzureScenario,
  { arm, place, pinned }: Checked,
  group: 'new' | 'resumed',
  tags: Tags,
  run: RunContext,
): Promise<Prepared> {
  const { provider: options } = scenario;
  if (group === 'resumed') await removeLeft(arm, place.group, run);
  run.progress(`preparing ${place.group}`);
  const images = await importAll(scenario, pinned, arm, place, tags, run.signal);
  const network = await prepareNetwork(arm, options, joinsOf(options), place, tags, run.environment, run.signal);
  const identities = { user: options.identities ?? [], system: options.systemIdentity ?? false };
  const prepared = { images, identities, network };
  if (options.reach.kind !== 'run-command') return prepared;
  return { ...prepared, outputs: await prepareOutputs(arm, place, tags, run.signal) };
}

const isBlob = (image: AzureImage): boolean => image.id.startsWith('https:');

async function importAll(
  { variants }: AzureScenario,
  pinned: ReadonlyMap<string, PinnedImage>,
  arm: Arm,
  place: { location: string; group: string },
  tags: Tags,
  signal: AbortSignal,
): Promise<Map<string, PinnedImage>> {
  // Variants of the same blob share one image of it.
  const imports = new Map<string, Promise<PinnedImage>>();
  const ready = await Promise.all(
    [...pinned].map(async ([name, found]) => {
      const image = variants[name]?.image;
      if (image === undefined || !isBlob(image)) return [name, found] as const;
      const same = `${image.generation} ${image.id}`;
      const work = imports.get(same) ?? importBlob(arm, image, `image-${name}`, place, tags, signal);
      imports.set(same, work);
      return [name, await work] as const;
    }),
  );
  return new Map(ready);
}

/**
 * Machines of an earlier process of this run: their boots are repeated under the same names, so they must be gone. Compute knows
 * them at once; the resource manager's own list lags behind.
 */
async function removeLeft(arm: Arm, group: string, run: RunContext): Promise<void> {
  const left = await machinesIn(arm, group, run.signal);
  if (left.length === 0) return;
  run.progress(`deleting ${left.length} machines that an earlier process of this run left`);
  await Promise.all(
    left.map(async (machine) => {
      const operation = await removeMachine(arm, group, machine, run.signal);
      if (operation) await finished(arm, operation, run.signal);
    }),
  );
}
