/**
 * Boots what is planned: asks the provider for a machine, waits until its boot is over, takes its artifacts in one round
 * trip, destroys it. A boot that fails is a result and is written down like any other; only the world failing as a whole
 * (no disk, no image) ends the run.
 */
import pLimit from 'p-limit';
import { type Collected, type CollectRequest, collect, collectByScript, GuestFailure } from '../../guest/collect.ts';
import { sshMark } from '../../guest/probe.ts';
import { reboot } from '../../guest/reboot.ts';
import type { BootIdentity, Failure, MachineFacts, Outcome } from '../../model/boot.ts';
import {
  BootFailure,
  type BootRequest,
  type Fleet,
  type GivenFile,
  type KeptMachine,
  type Machine,
  type Timer,
} from '../../model/provider.ts';
import type { PlannedBlock } from '../../model/run.ts';
import type { BootEvent, Warning } from '../../model/timeline.ts';
import type { Trial } from '../../model/trial.ts';
import { type Ms, ms } from '../../model/units.ts';
import type { Journal } from '../../store/journal.ts';
import type { RunFolder, StoredArtifact } from '../../store/run-folder.ts';
import { machinesOf } from '../design/blocks.ts';
import { FROM_CACHE } from './machine-minutes.ts';
import type { ReadyWait } from './ready.ts';

export const BOOT_STATES = ['booting', 'collecting', 'storing', 'booted', 'failed'] as const;
export type BootState = (typeof BOOT_STATES)[number];

export interface BootWatcher {
  /** `failure` comes with the state `failed`. */
  changed(boot: BootIdentity, state: BootState, failure?: Failure): void;
  /** Every boot of the first block failed: the others are not tried. */
  gaveUp(): void;
}

export interface BootPlan {
  readonly blocks: readonly PlannedBlock[];
  readonly concurrency: number;
  readonly collectWithinMs: Ms;
  readonly reachWithinMs: Ms;
  /** What is done to boots, and the files that do it, by the boot's id. */
  readonly trials?: ReadonlyMap<string, { readonly trial: Trial; readonly files: readonly GivenFile[] }>;
  /** What is waited for in a machine that does not say when its boot is over. */
  readonly ready?: ReadyWait | undefined;
}

export interface BootContext {
  readonly folder: RunFolder;
  readonly journal: Journal;
  readonly fleet: Fleet;
  readonly requests: readonly CollectRequest[];
  readonly timer: Timer;
  readonly watcher: BootWatcher;
  /** Boots that were made before; without it, every boot is made. */
  readonly known?: KnownBoots | undefined;
  /** Told of a machine that is left running; without it, machines are destroyed. */
  readonly keep?: ((boot: BootIdentity, kept: KeptMachine) => Promise<void>) | undefined;
}

/**
 * Boots the blocks, as many machines at a time as the plan allows; boots that already have an outcome are left alone.
 * Resolves with the failures, by boot. When a whole first block fails, the rest is not tried.
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
    const machines = machinesOf(block.boots).filter(([boot]) => boot && !ended.has(boot.machine));
    const together = machines.flatMap(([boot]) => boot?.id ?? []);
    const outcomes = await settleAll(
      machines.map((boots) =>
        limit(async () => {
          signal.throwIfAborted();
          if (hopeless) return undefined;
          const failed = await bootMachine(boots, { blockSeed: block.seed, together }, plan, context, signal);
          if (failed) failures.set(failed.boot.id, failed.failure);
          return failed;
        }),
      ),
    );
    if (first && machines.length > 0 && outcomes.every((failed) => failed !== undefined)) {
      hopeless = true;
      context.watcher.gaveUp();
    }
  };
  await settleAll(plan.blocks.map((block, index) => bootBlock(block, index === 0)));
  return failures;
}

/**
 * Machines whose boots are over: each has an outcome, or one failed. Of any other, interrupted between two of its reboots, all
 * boots are made again: it is gone, and reboots of two machines are not those of one.
 */
async function endedMachines(blocks: readonly PlannedBlock[], folder: RunFolder): Promise<ReadonlySet<string>> {
  const done = new Set(await folder.boots());
  const ended = new Set<string>();
  for (const boots of machinesOf(blocks.flatMap((block) => block.boots))) {
    const over = boots.filter(({ id }) => done.has(id));
    const outcomes = over.length < boots.length ? await Promise.all(over.map(({ id }) => folder.readOutcome(id))) : [];
    const [{ machine = '' } = {}] = boots;
    if (over.length === boots.length || outcomes.some(({ outcome }) => outcome === 'failed')) ended.add(machine);
  }
  return ended;
}

/** Like Promise.all, but waits for all of them to end before it throws: no boot is left running behind an error. */
async function settleAll<T>(work: readonly Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(work);
  const bad = settled.find((result) => result.status === 'rejected');
  if (bad) throw bad.reason;
  return settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}

/**
 * The boots of one machine, in order. A machine to be rebooted is booted once before: that boot is not measured. The first
 * failure is the last boot of its machine; resolves with it.
 */
async function bootMachine(
  boots: readonly BootIdentity[],
  common: Pick<BootRequest, 'blockSeed' | 'together'>,
  plan: BootPlan,
  context: BootContext,
  signal: AbortSignal,
): Promise<{ readonly boot: BootIdentity; readonly failure: Failure } | undefined> {
  const { fleet, timer } = context;
  let machine: Machine | undefined;
  const requestOf = (boot: BootIdentity): BootRequest => {
    const given = plan.trials?.get(boot.id);
    return { boot, ...common, ...(given && { files: given.files }) };
  };
  const start = async (boot: BootIdentity): Promise<Machine> => {
    if (boot.bootKind === 'first') return fleet.boot(requestOf(boot), signal);
    machine ??= await fleet.boot({ boot: { ...boot, id: `${boot.id}-first`, bootKind: 'first' }, ...common }, signal);
    await reboot(machine.ssh, { reachWithinMs: plan.reachWithinMs, timer }, signal);
    return fleet.boot({ boot, ...common, again: machine }, signal);
  };
  try {
    for (const boot of boots) {
      const last = boot === boots.at(-1);
      const make = () => attempt(boot, async () => (machine = await start(boot)), last, plan, context, signal);
      const known = boot.bootKind === 'first' ? context.known : undefined;
      const failure = await bootOne(boot, () => (known ? known(requestOf(boot), make) : make()), plan, context);
      if (failure) return { boot, failure };
    }
    return undefined;
  } finally {
    await machine?.destroy();
  }
}

async function bootOne(
  boot: BootIdentity,
  make: () => Promise<Attempt>,
  plan: BootPlan,
  context: BootContext,
): Promise<Failure | undefined> {
  const { folder, journal, timer, watcher } = context;
  await folder.clearBoot(boot.id);
  await journal.append({ state: 'boot-starting', boot: boot.id });
  watcher.changed(boot, 'booting');
  const result = await make();
  const trial = plan.trials?.get(boot.id)?.trial;
  watcher.changed(boot, 'storing');
  const storing = timer.nowMs();
  await folder.writeRaw(boot.id, result.artifacts);
  const failed = result.failure !== undefined;
  await folder.writeOutcome(boot.id, {
    schema: 'bench/outcome@1',
    boot,
    outcome: failed ? 'failed' : 'booted',
    ...(result.failure && { failure: result.failure }),
    machine: result.facts,
    marks: [...result.marks],
    warnings: [...result.warnings],
    ...(trial && { trial }),
    ...(result.cached && { cached: result.cached }),
    ...(result.audit && { audit: result.audit }),
    harness: { ...result.harness, storeMs: Math.round(timer.nowMs() - storing) },
  } satisfies Outcome);
  await journal.append({
    state: failed ? 'boot-failed' : 'boot-collected',
    boot: boot.id,
    ...(result.failure && { note: result.failure.code }),
    ...(result.cached && { note: FROM_CACHE }),
  });
  watcher.changed(boot, failed ? 'failed' : 'booted', result.failure);
  return result.failure;
}

/** Gives what is known of the boot that is asked for, or makes it. */
export type KnownBoots = (request: BootRequest, make: () => Promise<Attempt>) => Promise<Attempt>;

export interface Attempt {
  readonly failure?: Failure;
  readonly facts: MachineFacts;
  readonly marks: readonly BootEvent[];
  readonly warnings: readonly Warning[];
  readonly artifacts: readonly StoredArtifact[];
  readonly harness: Readonly<Record<string, number>>;
  readonly cached?: Outcome['cached'];
  readonly audit?: Outcome['audit'];
}

async function attempt(
  boot: BootIdentity,
  start: () => Promise<Machine>,
  last: boolean,
  plan: BootPlan,
  context: BootContext,
  signal: AbortSignal,
): Promise<Attempt> {
  const { timer, journal, watcher } = context;
  const nothing = { marks: [], warnings: [], artifacts: [], harness: {} };
  let machine: Machine;
  try {
    machine = await start();
  } catch (cause) {
    // It could not be told to reboot.
    if (cause instanceof GuestFailure) return { ...nothing, failure: cause.failure, facts: {} };
    if (!(cause instanceof BootFailure)) throw cause;
    const { failure, facts, marks } = cause;
    return { ...nothing, failure, facts, marks, artifacts: [consoleArtifact(cause.console)] };
  }
  await journal.append({ state: 'boot-over', boot: boot.id });
  watcher.changed(boot, 'collecting');
  const collected = await artifactsOf(machine, boot, plan, context, signal);
  const artifacts = [...collected.artifacts, consoleArtifact(await machine.console())];
  const taken = { ...collected, facts: { ...machine.facts, ...collected.facts }, artifacts };
  if (!last && !collected.failure) return taken;
  if (context.keep && machine.keep) {
    const kept = await machine.keep();
    await journal.append({ state: 'machine-kept', boot: boot.id, note: kept.reach });
    await context.keep(boot, kept);
    return taken;
  }
  const before = timer.nowMs();
  await machine.destroy();
  await journal.append({ state: 'machine-destroyed', boot: boot.id });
  return { ...taken, harness: { ...collected.harness, destroyMs: Math.round(timer.nowMs() - before) } };
}

async function artifactsOf(
  machine: Machine,
  boot: BootIdentity,
  { reachWithinMs, collectWithinMs, ready }: BootPlan,
  { requests, timer }: BootContext,
  signal: AbortSignal,
): Promise<Attempt> {
  // At least a second: 0 would be not to ask. What has failed already is not waited for.
  const waitForBootMs =
    ready && !machine.failure && ms(Math.max(1000, machine.zeroMs + ready.withinMs - timer.nowMs()));
  const wait = ready && waitForBootMs && { waitForBootMs, readyCommand: ready.command };
  try {
    const limits = { collectWithinMs, timer, ...wait };
    const collected = machine.run
      ? await collectByScript(machine.run, requests, limits, signal)
      : await collect(machine.ssh, requests, { ...limits, reachWithinMs }, signal);
    const login = collected.ssh === undefined ? undefined : collected;
    const { artifacts, warnings, timings } = collected;
    // Nobody had told this key: whoever doubts the boot can hold it against the machine's own.
    const trusted = login && machine.ssh.hostKey.kind === 'trust-on-first-use';
    const facts = trusted ? { hostKeySha256: `SHA256:${login.hostKeySha256}` } : {};
    const failure = machine.failure ?? (ready && !collected.ready ? notReady(boot, ready) : undefined);
    const marks = ready && login ? [...machine.marks, loginMark(login, machine)] : machine.marks;
    return { ...(failure && { failure }), facts, marks, warnings, artifacts, harness: { ...timings } };
  } catch (cause) {
    if (!(cause instanceof GuestFailure)) throw cause;
    const failure = machine.failure ?? (await machine.fate?.()) ?? cause.failure;
    return { failure, facts: {}, marks: machine.marks, warnings: [], artifacts: [], harness: {} };
  }
}

/** Nobody can have logged in before the port opened, or before the attempt that failed. */
function loginMark({ ssh }: Collected, { marks, zeroMs }: Machine): BootEvent {
  const open = marks.find(({ id }) => id === 'outside.tcp-open');
  const sinceMs = Math.max(ssh.failedAtMs ?? zeroMs, zeroMs + ((open?.us ?? 0) - (open?.errorUs ?? 0)) / 1000);
  return sshMark({ ...ssh, failedAtMs: ms(sinceMs) }, { zeroMs, evidence: { file: 'outcome.json', line: 0 } });
}

const notReady = ({ id }: BootIdentity, { withinMs }: ReadyWait): Failure => ({
  stage: 'boot',
  code: 'ready-timeout',
  message: `Boot ${id} was provisioned, but not ready within ${Math.round(withinMs / 6000) / 10} min of its request.`,
  hint: 'See its journal and its serial console under raw/, or raise ready.within in the scenario.',
});

const consoleArtifact = (text: string): StoredArtifact => ({
  path: 'machine/console.log',
  collector: 'machine',
  command: '(serial console)',
  exitCode: 0,
  truncated: false,
  bytes: new TextEncoder().encode(text),
});
