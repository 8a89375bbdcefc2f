/**
 * Boots what is planned: asks the provider for a machine, waits until its boot is over, takes its artifacts in one round
 * trip, destroys it. A boot that fails is a result and is written down like any other; only the world failing as a whole
 * (no disk, no image) ends the run.
 */
import pLimit from 'p-limit';
import { type Gathered, type GatherRequest, GuestFailure, gather, gatherByScript } from '../guest/gather.ts';
import { sshMark } from '../guest/probe.ts';
import type { BootIdentity, Failure, MachineFacts, Outcome } from '../model/boot.ts';
import { BootFailure, type BootRequest, type Fleet, type Machine, type Timer } from '../model/provider.ts';
import type { PlannedBlock } from '../model/run.ts';
import type { BootEvent, Warning } from '../model/timeline.ts';
import { type Ms, ms } from '../model/units.ts';
import type { Journal } from '../store/journal.ts';
import type { RunFolder, StoredArtifact } from '../store/run-folder.ts';
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
  /** What is waited for in a machine that does not say when its boot is over. */
  readonly ready?: ReadyWait | undefined;
}

export interface BootContext {
  readonly folder: RunFolder;
  readonly journal: Journal;
  readonly fleet: Fleet;
  readonly requests: readonly GatherRequest[];
  readonly timer: Timer;
  readonly watcher: BootWatcher;
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
  const done = new Set(await context.folder.boots());
  const limit = pLimit(plan.concurrency);
  let hopeless = false;
  const bootBlock = async (block: PlannedBlock, first: boolean) => {
    const fresh = block.boots.filter((boot) => !done.has(boot.id));
    const outcomes = await settleAll(
      fresh.map((boot) =>
        limit(async () => {
          signal.throwIfAborted();
          if (hopeless) return undefined;
          const failure = await bootOne(
            { boot, blockSeed: block.seed, together: fresh.map((each) => each.id) },
            plan,
            context,
            signal,
          );
          if (failure) failures.set(boot.id, failure);
          return failure;
        }),
      ),
    );
    if (first && fresh.length > 0 && outcomes.every((failure) => failure !== undefined)) {
      hopeless = true;
      context.watcher.gaveUp();
    }
  };
  await settleAll(plan.blocks.map((block, index) => bootBlock(block, index === 0)));
  return failures;
}

/** Like Promise.all, but waits for all of them to end before it throws: no boot is left running behind an error. */
async function settleAll<T>(work: readonly Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(work);
  const bad = settled.find((result) => result.status === 'rejected');
  if (bad) throw bad.reason;
  return settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}

async function bootOne(
  request: BootRequest,
  plan: BootPlan,
  context: BootContext,
  signal: AbortSignal,
): Promise<Failure | undefined> {
  const { folder, journal, timer, watcher } = context;
  const { boot } = request;
  await folder.clearBoot(boot.id);
  await journal.append({ state: 'boot-starting', boot: boot.id });
  watcher.changed(boot, 'booting');
  const result = await attempt(request, plan, context, signal);
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
    harness: { ...result.harness, storeMs: Math.round(timer.nowMs() - storing) },
  } satisfies Outcome);
  await journal.append({
    state: failed ? 'boot-failed' : 'boot-collected',
    boot: boot.id,
    ...(result.failure && { note: result.failure.code }),
  });
  watcher.changed(boot, failed ? 'failed' : 'booted', result.failure);
  return result.failure;
}

interface Attempt {
  readonly failure?: Failure;
  readonly facts: MachineFacts;
  readonly marks: readonly BootEvent[];
  readonly warnings: readonly Warning[];
  readonly artifacts: readonly StoredArtifact[];
  readonly harness: Readonly<Record<string, number>>;
}

async function attempt(
  request: BootRequest,
  plan: BootPlan,
  context: BootContext,
  signal: AbortSignal,
): Promise<Attempt> {
  const { fleet, timer, journal, watcher } = context;
  const { boot } = request;
  let machine: Machine;
  try {
    machine = await fleet.boot(request, signal);
  } catch (cause) {
    if (!(cause instanceof BootFailure)) throw cause;
    const { failure, facts, marks } = cause;
    return { failure, facts, marks, warnings: [], artifacts: [consoleArtifact(cause.console)], harness: {} };
  }
  try {
    await journal.append({ state: 'boot-over', boot: boot.id });
    watcher.changed(boot, 'collecting');
    const collected = await collect(machine, boot, plan, context, signal);
    const serial = consoleArtifact(await machine.console());
    const before = timer.nowMs();
    await machine.destroy();
    await journal.append({ state: 'machine-destroyed', boot: boot.id });
    const harness = { ...collected.harness, destroyMs: Math.round(timer.nowMs() - before) };
    const facts = { ...machine.facts, ...collected.facts };
    return { ...collected, facts, artifacts: [...collected.artifacts, serial], harness };
  } finally {
    await machine.destroy();
  }
}

async function collect(
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
    const gathered = machine.run
      ? await gatherByScript(machine.run, requests, limits, signal)
      : await gather(machine.ssh, requests, { ...limits, reachWithinMs }, signal);
    const login = gathered.ssh === undefined ? undefined : gathered;
    const { artifacts, warnings, timings } = gathered;
    // Nobody had told this key: whoever doubts the boot can hold it against the machine's own.
    const trusted = login && machine.ssh.hostKey.kind === 'trust-on-first-use';
    const facts = trusted ? { hostKeySha256: `SHA256:${login.hostKeySha256}` } : {};
    const failure = machine.failure ?? (ready && !gathered.ready ? notReady(boot, ready) : undefined);
    const marks = ready && login ? [...machine.marks, loginMark(login, machine)] : machine.marks;
    return { ...(failure && { failure }), facts, marks, warnings, artifacts, harness: { ...timings } };
  } catch (cause) {
    if (!(cause instanceof GuestFailure)) throw cause;
    const failure = machine.failure ?? (await machine.fate?.()) ?? cause.failure;
    return { failure, facts: {}, marks: machine.marks, warnings: [], artifacts: [], harness: {} };
  }
}

/** Nobody can have logged in before the port opened, or before the attempt that failed. */
function loginMark({ ssh }: Gathered, { marks, zeroMs }: Machine): BootEvent {
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
