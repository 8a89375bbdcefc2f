/**
 * The machines of one run in one resource group. Opening it checks everything that can be checked, pins the images, and only
 * then makes the group; closing it deletes the group with all that is in it. Names follow from run and boot, so a run that
 * was killed is found again: opening it a second time deletes its machines before new ones are made.
 */
import path from 'node:path';
import { readSmallText } from '../../files/regular.ts';
import type { MachineFacts } from '../../model/boot.ts';
import { type BenchError, messageOf, usageError, worldError } from '../../model/errors.ts';
import type { BootRequest, Fleet, Machine, RunContext } from '../../model/provider.ts';
import { ms, msFromUs } from '../../model/units.ts';
import { timeLimit } from '../../net/time-limit.ts';
import { newSshKey } from '../any/ssh-key.ts';
import { type Block, blockOf } from '../cloud/block.ts';
import { placementsInTurn } from '../cloud/placements.ts';
import { pollSchedule } from '../cloud/poll-schedule.ts';
import { connect, serverTime } from './account/subscription.ts';
import type { Arm } from './arm/connection.ts';
import { FULL_OF_GROUPS } from './arm/error-table.ts';
import { ArmError, asWorldError, failureOf, oneLine } from './arm/failure.ts';
import { finished } from './arm/operation.ts';
import { bootMachine } from './boot/attempts.ts';
import type { Boots } from './boot/machine.ts';
import { deleteGroup, type ListedResource, machinesIn, prepareGroup, removeGroup, resourcesOf } from './gc/group.ts';
import { sweep } from './gc/leftovers.ts';
import { importBlob, type PinnedImage, type Place, pinImage } from './images/image.ts';
import { DEFAULT_BLOCKS } from './kind.ts';
import { type BootstrapData, bootstrapData, overwrittenAlike } from './machine/bootstrap.ts';
import { prepareOutputs } from './machine/outputs.ts';
import { removals, removeMachine } from './machine/removal.ts';
import { groupName, newNonce, nonceOf, TAG, type Tags } from './names.ts';
import { checkForeignSubnet } from './network/foreign-subnet.ts';
import { prepareNetwork, sourceOf } from './network/network.ts';
import { prepareWay } from './network/reach.ts';
import { firstPrice } from './preflight/prices.ts';
import { checkPlacements, type Placements } from './preflight/sizes.ts';
import type { AzureImage, AzureOptions, AzureScenario } from './scenario.ts';

const CLOSE_WITHIN_MS = 20 * 60_000;

export async function openFleet(scenario: AzureScenario, run: RunContext): Promise<Fleet> {
  const checked = await check(scenario, run);
  const { arm, place, price, pinned, preflight } = checked;
  for (const reason of preflight.dropped) run.progress(`not used: ${reason}`);
  const tags = runTags(scenario, run, place, checked.nowIso);
  const group = await makeGroup(checked, tags, run);
  const prepared = await prepare(scenario, checked, group, tags, run).catch(async (cause: unknown) => {
    await deleteGroup(arm, place.group, timeLimit(ms(30_000))).catch(() => undefined);
    return failing(`${place.group} could not be prepared`)(cause);
  });
  const boots = bootsOf(scenario, checked, prepared, tags, run);
  const facts = factsOf(scenario, arm, pinned);
  return fleetOf(boots, preflight, facts, price?.usdPerHour);
}

const failing = (what: string) => (cause: unknown) => {
  throw asWorldError(what, cause);
};

type Checked = Awaited<ReturnType<typeof check>>;

/** All that can be known to be wrong before anything is made. */
async function check(scenario: AzureScenario, run: RunContext) {
  const { provider: options } = scenario;
  const world = { environment: run.environment, folder: run.scenarioFolder, timer: run.timer, say: run.progress };
  const arm = await connect(options, world);
  const nowIso = await serverTime(arm, run.signal).catch(failing(`Subscription ${arm.subscription} cannot be used`));
  run.progress('checking images, sizes and quota');
  const data = await bootstrapData(scenario, run);
  const alike = overwrittenAlike(data);
  if (alike.length > 0)
    run.progress(
      `the change under test may be overwritten: the same custom data writes ${alike.length} scripts of the images in all variants, e.g. ${alike[0]}; variants.<name>.bootstrap gives each its own`,
    );
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
  // What an earlier process of this run made is taken up, by the journal and not by what it is called.
  const group = run.claims?.made.at(-1) ?? groupName(run.runId, newNonce());
  const place = { location: options.location, group };
  const wayTo = await prepareWay(arm, options, place, run).catch(failing('The machines could not be reached'));
  return { arm, nowIso, data, pinned, price, preflight, ownKey, place, wayTo };
}

async function checkSubnet(arm: Arm, options: AzureOptions, run: RunContext): Promise<void> {
  if (options.subnet === undefined || options.reach.kind === 'run-command') return;
  const from = await sourceOf(options, run.environment, run.signal);
  await checkForeignSubnet(arm, options, from, run.progress, run.signal);
}

/** Nothing is deleted before this has said that the group is the run's own. */
async function makeGroup({ arm, place, nowIso }: Checked, tags: Tags, run: RunContext): Promise<'new' | 'resumed'> {
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

async function prepare(
  scenario: AzureScenario,
  { arm, place, pinned }: Checked,
  group: 'new' | 'resumed',
  tags: Tags,
  run: RunContext,
): Promise<Pick<Boots, 'images' | 'network' | 'outputs'>> {
  const { provider: options } = scenario;
  if (group === 'resumed') await removeLeft(arm, place.group, run);
  run.progress(`preparing ${place.group}`);
  const images = await importAll(scenario, pinned, arm, place, tags, run.signal);
  const network = await prepareNetwork(arm, options, place, tags, run.environment, run.signal);
  if (options.reach.kind !== 'run-command') return { images, network };
  return { images, network, outputs: await prepareOutputs(arm, place, tags, run.signal) };
}

function bootsOf(
  { provider: options, ready }: AzureScenario,
  { arm, place, data, ownKey, wayTo }: Checked,
  prepared: Pick<Boots, 'images' | 'network' | 'outputs'>,
  tags: Tags,
  run: RunContext,
): Boots {
  return {
    ...prepared,
    context: {
      arm,
      options,
      place,
      run,
      polls: pollSchedule(),
      readyWithinMs: msFromUs(ready.within),
    },
    tags,
    key: newSshKey('bench'),
    ...(ownKey && { ownKey }),
    data,
    removals: removals(),
    wayTo,
  };
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

/** A specialised image has its own user and keys, and nobody in it takes custom data. */
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

/** A run that goes on is never due: the longest it can take, and some more, goes before what the scenario says. */
function runTags(scenario: AzureScenario, run: RunContext, { group }: Place, nowIso: string): Tags {
  const blocks = scenario.precision?.looks.at(-1) ?? scenario.blocks;
  const waves = Math.ceil(blocks / (scenario.concurrency ?? DEFAULT_BLOCKS));
  const longestMs = waves * (msFromUs(scenario.ready.within) + 5 * 60_000) + 3_600_000;
  const lastMs = Date.parse(nowIso) + Math.max(scenario.provider.deleteAfterHours * 3_600_000, longestMs);
  return {
    ...scenario.provider.tags,
    [TAG.run]: run.runId,
    [TAG.process]: nonceOf(group),
    [TAG.scenario]: scenario.name,
    [TAG.deleteAfter]: new Date(lastMs).toISOString().replace(/\.\d+Z$/, 'Z'),
  };
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
    left.map(async ({ name }) => {
      const operation = await removeMachine(arm, group, name, run.signal);
      if (operation) await finished(arm, operation, run.signal);
    }),
  );
}

function factsOf({ provider }: AzureScenario, arm: Arm, images: ReadonlyMap<string, PinnedImage>): MachineFacts {
  const exact = [...images].map(([name, image]) => [`image.${name}`, image.exact] as const);
  return {
    provider: 'azure',
    subscription: arm.subscription,
    location: provider.location,
    ...Object.fromEntries(exact),
  };
}

function fleetOf(boots: Boots, { placements }: Placements, facts: MachineFacts, usdPerHour?: number): Fleet {
  const { arm, place, run } = boots.context;
  const blocks = new Map<string, { block: Block; inside: number }>();
  const closing = new AbortController();
  const nextOf = placementsInTurn(placements);
  const booting = new Set<Promise<Machine>>();
  const boot = async (request: BootRequest, signal: AbortSignal): Promise<Machine> => {
    const key = request.together.join(' ');
    const seat = blocks.get(key) ?? { block: blockOf(request.together.length, nextOf()), inside: 0 };
    blocks.set(key, seat);
    seat.inside += 1;
    const pending = bootMachine(boots, seat.block, request, AbortSignal.any([signal, run.signal, closing.signal]));
    booting.add(pending);
    try {
      return await pending;
    } finally {
      booting.delete(pending);
      seat.block.leave();
      seat.inside -= 1;
      if (seat.inside === 0) blocks.delete(key);
    }
  };
  let closed: Promise<void> | undefined;
  const close = async () => {
    closing.abort(new DOMException('the fleet is closed', 'AbortError'));
    // Interrupted: the deletion is fired and not waited for. What is left of the process has seconds.
    if (run.signal.aborted) return void (await deleteGroup(arm, place.group, timeLimit(ms(5_000))));
    run.progress(`deleting ${place.group}`);
    const gone = removeGroup(arm, place.group, timeLimit(ms(CLOSE_WITHIN_MS)));
    await Promise.allSettled([gone, ...booting]);
    await boots.removals.settled();
    await gone;
  };
  return {
    facts,
    boot,
    close: () => {
      closed ??= close().catch(async (cause: unknown) => {
        throw await notDeleted(boots, cause, usdPerHour);
      });
      return closed;
    },
    ...(usdPerHour !== undefined && { usdPerHour }),
  };
}

/** Whose deletion failed is told with what is left of it, and what that costs. */
async function notDeleted({ context: { arm, place } }: Boots, cause: unknown, usdPerHour = 0): Promise<BenchError> {
  const stop = timeLimit(ms(30_000));
  const left = await resourcesOf(arm, place.group, stop).catch(() => []);
  const machines = (await machinesIn(arm, place.group, stop).catch(() => [])).length;
  const perDay = machines * usdPerHour * 24;
  const cost = perDay > 0 ? ` It costs about ${perDay.toFixed(2)} USD a day, without disks and addresses.` : '';
  const why = cause instanceof ArmError ? failureOf('its deletion', cause).message : messageOf(cause);
  return worldError(
    `The resource group ${place.group} could not be deleted (${oneLine(why)}). ${leftText(left)}${cost}`,
    `Delete it later: bench gc --yes, or az group delete --name ${place.group}.`,
    cause,
  );
}

/** `Left in it: 2 virtualMachines, 1 virtualNetworks.` */
function leftText(left: readonly ListedResource[]): string {
  const counts = new Map<string, number>();
  for (const { type } of left) {
    const name = type.split('/').at(-1) ?? type;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const parts = [...counts].map(([name, count]) => `${count} ${name}`);
  return parts.length === 0 ? 'What is left in it is not known.' : `Left in it: ${parts.join(', ')}.`;
}
