/**
 * The machines of one run in one resource group. Opening the fleet checks everything that it can, pins the images, and only then
 * makes the group. Closing it deletes the group with everything in it. Names follow from run and boot, so bench finds the machines
 * of a killed run. Opening the fleet a second time deletes them before it makes new ones.
 */

import type { MachineFacts } from '../../model/boot.ts';
import type { BootRequest, Fleet, Machine, RunContext } from '../../model/provider.ts';
import { ms, msFromUs } from '../../model/units.ts';
import { timeLimit } from '../../net/time-limit.ts';
import { newSshKey } from '../any/ssh-key.ts';
import { type Block, blockOf } from '../cloud/block.ts';
import { placementsInTurn } from '../cloud/placements.ts';
import { pollSchedule } from '../cloud/poll-schedule.ts';
import type { Arm } from './arm/connection.ts';
import { bootMachine } from './boot/attempts.ts';
import type { Boots } from './boot/machine.ts';
import { type NodeObjects, nodeObjects } from './cluster/node-objects.ts';
import { type Clearing, clearingOf } from './gc/clearing.ts';
import { notDeleted } from './gc/remains.ts';
import type { PinnedImage } from './images/image.ts';
import { takesBoothook } from './machine/given-files.ts';
import { bootstrapFacts } from './machine/overwritten.ts';
import { removals } from './machine/removal.ts';
import { scaleSets } from './machine/scale-set.ts';
import { virtualMachines } from './machine/virtual-machine.ts';
import { machinePrefix, type Tags } from './names.ts';
import { type Checked, check, failing } from './opening/check.ts';
import { enterPlace, type Prepared, prepare, preparedIds } from './opening/preparation.ts';
import { runTags } from './opening/tags.ts';
import type { Placements } from './preflight/sizes.ts';
import type { AzureScenario } from './scenario.ts';

const CLOSE_WITHIN_MS = 20 * 60_000;

export async function openFleet(asWritten: AzureScenario, run: RunContext): Promise<Fleet> {
  const checked = await check(asWritten, run);
  const { scenario, arm, place, price, pinned, preflight } = checked;
  for (const reason of preflight.dropped) run.progress(`not used: ${reason}`);
  const tags = runTags(scenario, run, place, checked.nowIso);
  const clearing = clearingOf(arm, place, run.runId, preparedIds(checked));
  const state = await enterPlace(checked, tags, run);
  const nodes = nodeObjects(checked.data, {
    inCluster: place.shared && checked.cluster !== undefined,
    prefix: machinePrefix(place.owner),
  });
  const prepared = await prepare(checked, state, clearing, nodes, tags, run).catch(async (cause: unknown) => {
    await clearing.fire(timeLimit(ms(30_000))).catch(() => undefined);
    return failing(`${place.group} could not be prepared`)(cause);
  });
  const boots = bootsOf(checked, prepared, nodes, tags, run);
  const facts = { ...factsOf(scenario, arm, pinned), ...bootstrapFacts(scenario, checked.data) };
  return fleetOf(boots, clearing, preflight, facts, price?.usdPerHour);
}

function bootsOf(
  { scenario: { provider: options, ready }, arm, place, data, ownKey, wayTo }: Checked,
  prepared: Prepared,
  nodes: NodeObjects,
  tags: Tags,
  run: RunContext,
): Boots {
  return {
    ...prepared,
    context: {
      arm,
      options,
      place,
      machines: options.machine === 'vm' ? virtualMachines(arm, place, options) : scaleSets(arm, place, options),
      run,
      polls: pollSchedule(),
      readyWithinMs: msFromUs(ready.within),
    },
    tags,
    key: newSshKey('bench'),
    ...(ownKey && { ownKey }),
    data,
    removals: removals(),
    nodes,
    wayTo,
  };
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

function fleetOf(
  boots: Boots,
  clearing: Clearing,
  { placements }: Placements,
  facts: MachineFacts,
  usdPerHour?: number,
): Fleet {
  const { run } = boots.context;
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
  const sayFarewell = () => {
    const farewell = boots.nodes.farewell();
    if (farewell !== undefined) run.progress(farewell);
  };
  let closed: Promise<void> | undefined;
  const close = async () => {
    closing.abort(new DOMException('the fleet is closed', 'AbortError'));
    // Interrupted: request the deletion without waiting for it, because the process has only seconds left.
    if (run.signal.aborted) {
      await clearing.fire(timeLimit(ms(5_000)));
      return sayFarewell();
    }
    run.progress(`deleting ${clearing.what}`);
    const gone = clearing.all(timeLimit(ms(CLOSE_WITHIN_MS)));
    await Promise.allSettled([gone, ...booting]);
    await boots.removals.settled();
    await gone;
    sayFarewell();
  };
  return {
    facts,
    ...abilities(boots),
    boot,
    close: () => {
      closed ??= close().catch(async (cause: unknown) => {
        throw await notDeleted(clearing, cause, usdPerHour);
      });
      return closed;
    },
    ...(usdPerHour !== undefined && { usdPerHour }),
  };
}

/** What its machines support: files for a profile, if the data of all of them can hold a boothook. */
function abilities({ images, data: ofVariant }: Boots): Pick<Fleet, 'gives' | 'startsProvisioning'> {
  const variants = [...images].map(([variant, image]) => ({ image, data: ofVariant.get(variant) ?? {} }));
  const takesFiles = variants.every(({ image, data }) => !image.specialized && takesBoothook(data));
  return {
    ...(takesFiles && { gives: ['first'] }),
    startsProvisioning: variants.some(({ data }) => data.command !== undefined),
  };
}
