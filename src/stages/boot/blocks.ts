/**
 * Boots blocks, as many machines at a time as the plan allows. It requests, boots, reads and destroys each machine in turn. Only a failure
 * of the whole environment (no disk, no image) ends the run; a failed boot is a result (`boot.ts`).
 */
import pLimit from 'p-limit';
import { asRoot, reboot } from '../../guest/reboot.ts';
import { persistScript } from '../../guest/trial/persist.ts';
import { type BootIdentity, bootsByMachine, type Failure } from '../../model/boot.ts';
import type { BootRequest, Machine } from '../../model/provider.ts';
import type { PlannedBlock } from '../../model/run.ts';
import type { RunFolder } from '../../store/run-folder.ts';
import { bootAndRead, bootOnce } from './boot.ts';
import type { BootContext, BootPlan } from './plan.ts';

/**
 * Boots the blocks, as many machines at a time as the plan allows; skips boots that already have an outcome. Resolves with the failures, by
 * boot. If the whole first block fails, it does not try the rest.
 */
export async function bootBlocks(
  plan: BootPlan,
  context: BootContext,
  signal: AbortSignal,
): Promise<Map<string, Failure>> {
  const failures = new Map<string, Failure>();
  const ended = await endedMachines(plan.blocks, context.folder);
  const limit = pLimit(plan.concurrency);
  let hopeless = false;
  const bootBlock = async (block: PlannedBlock, first: boolean) => {
    const machines = bootsByMachine(block.boots).filter(([boot]) => boot && !ended.has(boot.machine));
    const together = machines.flatMap(([boot]) => boot?.id ?? []);
    const inTurn = plan.blocksInTurn ? pLimit(1) : limit;
    let standing = machines.length;
    // Called before the failure is on disk: it is all that the waiting blocks need to know.
    const onFailure = () => {
      standing -= 1;
      if (first && standing === 0) hopeless = true;
    };
    const outcomes = await settleAll(
      machines.map((boots) =>
        inTurn(async () => {
          signal.throwIfAborted();
          if (hopeless) return undefined;
          const failed = await bootMachine(
            boots,
            { blockSeed: block.seed, together, onFailure },
            plan,
            context,
            signal,
          );
          if (failed) failures.set(failed.boot.id, failed.failure);
          return failed;
        }),
      ),
    );
    if (first && machines.length > 0 && outcomes.every((failed) => failed !== undefined)) context.watcher.gaveUp();
  };
  const side = pLimit(plan.blocksInTurn ? plan.concurrency : Number.POSITIVE_INFINITY);
  await settleAll(plan.blocks.map((block, index) => side(() => bootBlock(block, index === 0))));
  return failures;
}

/**
 * Machines whose boots are over: each has an outcome, or one failed. A machine interrupted between two of its reboots is gone, so all of
 * its boots are made again: reboots of two machines are not reboots of one.
 */
async function endedMachines(blocks: readonly PlannedBlock[], folder: RunFolder): Promise<ReadonlySet<string>> {
  const done = new Set(await folder.boots());
  const ended = new Set<string>();
  for (const boots of bootsByMachine(blocks.flatMap((block) => block.boots))) {
    const over = boots.filter(({ id }) => done.has(id));
    const outcomes = over.length < boots.length ? await Promise.all(over.map(({ id }) => folder.readOutcome(id))) : [];
    const [{ machine = '' } = {}] = boots;
    if (over.length === boots.length || outcomes.some(({ outcome }) => outcome === 'failed')) ended.add(machine);
  }
  return ended;
}

/** Like Promise.all, but waits until all of them end before it throws: an error leaves no boot running behind it. */
async function settleAll<T>(work: readonly Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(work);
  const bad = settled.find((result) => result.status === 'rejected');
  if (bad) throw bad.reason;
  return settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}

/**
 * The boots of one machine, in order. A machine for reboots boots once beforehand, unmeasured. The first failure is the last boot of its
 * machine; resolves with it.
 */
async function bootMachine(
  boots: readonly BootIdentity[],
  { onFailure, ...common }: Pick<BootRequest, 'blockSeed' | 'together'> & { readonly onFailure: () => void },
  plan: BootPlan,
  context: BootContext,
  signal: AbortSignal,
): Promise<{ readonly boot: BootIdentity; readonly failure: Failure } | undefined> {
  const { fleet, timer } = context;
  let machine: Machine | undefined;
  const requestOf = (boot: BootIdentity): BootRequest => {
    const given = plan.trials?.get(boot.id);
    const { files, bashEnv } = given ?? {};
    return { boot, ...common, ...(files && { files }), ...(bashEnv !== undefined && { bashEnv }) };
  };
  const start = async (boot: BootIdentity): Promise<Machine> => {
    if (boot.bootKind === 'first') return fleet.boot(requestOf(boot), signal);
    machine ??= await fleet.boot({ boot: { ...boot, id: `${boot.id}-first`, bootKind: 'first' }, ...common }, signal);
    const limits = { reachWithinMs: plan.reachWithinMs, timer };
    const prepare = persistScript(plan.trials?.get(boot.id)?.files ?? []);
    if (prepare !== '') await asRoot(machine.ssh, prepare, limits, signal);
    if (machine.reboot) await machine.reboot(signal);
    else await reboot(machine.ssh, limits, signal);
    return fleet.boot({ boot, ...common, again: machine }, signal);
  };
  try {
    for (const boot of boots) {
      const last = boot === boots.at(-1);
      const make = async () => {
        const made = await bootAndRead(boot, async () => (machine = await start(boot)), last, plan, context, signal);
        if (made.failure) onFailure();
        return made;
      };
      const known = boot.bootKind === 'first' ? context.known : undefined;
      const failure = await bootOnce(boot, () => (known ? known(requestOf(boot), make) : make()), plan, context);
      if (failure) return { boot, failure };
    }
    return undefined;
  } finally {
    await machine?.destroy();
  }
}
