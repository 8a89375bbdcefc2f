/**
 * One machine that is there already, from its lock to its release. Only here is known what it was when it was locked, and what
 * was done to it since.
 *
 *   lock -> { switch -> discarded boot -> measured boot, measured boot ... } -> restore -> unlock
 */
import { type BenchError, worldError } from '../../model/errors.ts';
import { BootFailure, type BootRequest, type Machine, type Shell, type SshTarget } from '../../model/provider.ts';
import { type Ms, ms } from '../../model/units.ts';
import { callProgram, comeUp, goDown, type Rebooting, type RebootWorld } from './reboot.ts';
import { type Description, descriptionOf, hostFailure, type Lock, lockOf, remote } from './remote.ts';
import type { HostScenario, HostVariant } from './scenario.ts';
import { arm, type Expected, judge, proofOf } from './variant.ts';

export interface HostWorld extends RebootWorld {
  readonly scenario: HostScenario;
  readonly readyWithinMs: Ms;
  readonly deleteAfter: string;
  readonly owner: string;
}

export interface Host {
  readonly target: SshTarget;
  readonly lock: Lock;
  /**
   * The variant runs when this resolves, in a boot that nobody measures: what the switch left to do (caches, first-boot work) is
   * done in it. Also where the variant ran before: each measured boot comes after one of its own kind.
   */
  switchTo(name: string, boot: string, signal: AbortSignal): Promise<Description>;
  reboot(name: string, signal: AbortSignal): Promise<{ readonly rebooting: Rebooting; readonly bootIdBefore: string }>;
  up(rebooting: Rebooting, signal: AbortSignal): Promise<void>;
  /** As it was when it was locked, and unlocked. Throws a world error. */
  restore(signal: AbortSignal): Promise<void>;
}

const SHORT_MS = ms(60_000);

/** Locks it, or finds the lock of this run. Throws a world error where it is another's, or cannot be reached. */
export async function takeHost(target: SshTarget, world: HostWorld, signal: AbortSignal): Promise<Host> {
  const { run, scenario, deleteAfter, owner } = world;
  const shell = await asWorldError(target, () => login(target, world, world.readyWithinMs, signal));
  try {
    const settings = {
      RUN: run.runId,
      SCENARIO: scenario.name,
      OWNER: owner,
      SINCE: run.nowIso ?? '',
      DELETE_AFTER: deleteAfter,
    };
    const lock = lockOf(await asWorldError(target, () => remote(shell, 'lock', settings, signal)));
    if (lock === undefined)
      throw worldError(
        `${target.host} could not be locked: its lock cannot be read.`,
        'See /var/lib/bench-host there.',
      );
    if (lock.run !== run.runId) throw locked(target, lock);
    return hostOf(target, lock, world);
  } finally {
    shell.close();
  }
}

const locked = ({ host }: SshTarget, { run, owner, since, scenario }: Lock): BenchError =>
  worldError(
    `${host} is used by the run ${run} of ${owner}, since ${since}.`,
    `Wait for it, go on with it (bench run --resume ${run}), or put the machine back: bench gc --scenario <file of ${scenario}> --yes --all.`,
  );

export async function login(
  target: SshTarget,
  { run }: Pick<RebootWorld, 'run'>,
  withinMs: Ms,
  signal: AbortSignal,
): Promise<Shell> {
  if (!run.connect) throw new Error('a provider of existing machines needs a way to log in');
  return run.connect(target, { withinMs }, signal);
}

/** Also for `bench gc`, which has the lock of a run that is gone. */
export function hostOf(target: SshTarget, taken: Lock, world: HostWorld): Host {
  const { scenario, run, readyWithinMs } = world;
  let lock = taken;
  const variantOf = (name: string): HostVariant => {
    const image = scenario.variants[name]?.image;
    if (image === undefined) throw new Error(`there is no variant ${name}`);
    return image;
  };
  const withShell = async <T>(withinMs: Ms, use: (shell: Shell) => Promise<T>, signal: AbortSignal): Promise<T> => {
    const shell = await login(target, world, withinMs, signal);
    try {
      return await use(shell);
    } finally {
      shell.close();
    }
  };
  const describe = async (shell: Shell, signal: AbortSignal) =>
    descriptionOf(await remote(shell, 'describe', {}, signal));
  /** A machine that does not answer is power-cycled, where that can be done. */
  const reachable = async (signal: AbortSignal): Promise<void> => {
    try {
      await withShell(world.options.reset ? SHORT_MS : readyWithinMs, async () => {}, signal);
    } catch (cause) {
      if (!(cause instanceof BootFailure) || !world.options.reset) throw cause;
      run.progress(`${target.host} does not answer (${cause.failure.code}): resetting it`);
      await callProgram('reset', world.options.reset, target, '', world, signal);
      await withShell(readyWithinMs, async () => {}, signal);
    }
  };
  const rebootAs = async (prepare: (shell: Shell) => Promise<void>, signal: AbortSignal) =>
    withShell(
      readyWithinMs,
      async (shell) => {
        const { bootId } = await describe(shell, signal);
        await prepare(shell);
        return { rebooting: await goDown(world, target, shell, signal), bootIdBefore: bootId };
      },
      signal,
    );
  const settled = (signal: AbortSignal) =>
    withShell(
      readyWithinMs,
      async (shell) => {
        await remote(shell, 'settled', {}, signal, readyWithinMs);
        return describe(shell, signal);
      },
      signal,
    );
  const apply = async (name: string, { apply: program }: HostVariant, signal: AbortSignal) => {
    if (program === undefined) return;
    // The intent is on the machine before the effect: whoever goes on knows that a boot alone does not undo it.
    await withShell(readyWithinMs, (shell) => remote(shell, 'mark', { VALUE: name }, signal), signal);
    lock = { ...lock, applied: name };
    await callProgram('apply', program, target, name, world, signal);
  };
  const reboot = (name: string, signal: AbortSignal) =>
    rebootAs((shell) => arm(shell, variantOf(name), lock, signal), signal);
  const switchTo = async (name: string, boot: string, signal: AbortSignal): Promise<Description> => {
    const variant = variantOf(name);
    await reachable(signal);
    await apply(name, variant, signal);
    run.progress(`${target.host}: switching to ${name}, with a boot that is not measured`);
    const { rebooting, bootIdBefore } = await reboot(name, signal);
    await comeUp(world, target, rebooting, readyWithinMs, signal);
    const seen = await settled(signal);
    // The boot of the plan that comes after it has that name without the ending.
    await check(
      { boot: boot.replace(/-first$/, ''), name, variant, lock, bootIdBefore },
      seen,
      (use) => withShell(readyWithinMs, use, signal),
      signal,
    );
    return seen;
  };
  const restore = async (signal: AbortSignal): Promise<void> => {
    await reachable(signal);
    const seen = await withShell(
      readyWithinMs,
      async (shell) => {
        await remote(shell, 'disarm', {}, signal);
        return describe(shell, signal);
      },
      signal,
    );
    const changed = lock.applied !== undefined || !isSame(seen, lock.original);
    if (changed) await putBack(signal);
    await withShell(readyWithinMs, (shell) => remote(shell, 'unlock', {}, signal), signal);
  };
  const putBack = async (signal: AbortSignal): Promise<void> => {
    run.progress(`${target.host}: putting back what was there`);
    const [baseline = ''] = Object.keys(scenario.variants);
    const { restore: program } = world.options;
    if (lock.applied !== undefined) {
      if (program) await callProgram('restore', program, target, baseline, world, signal);
      else await apply(baseline, variantOf(baseline), signal);
    }
    const deployment = /\bostree=\S*\/([0-9a-f]{16,})\//.exec(lock.original.commandLine)?.[1];
    const back = { KIND: deployment === undefined ? 'as-is' : 'deployment', VALUE: deployment ?? '' };
    const { rebooting, bootIdBefore } = await rebootAs(
      async (shell) => void (await remote(shell, 'arm', back, signal)),
      signal,
    );
    await comeUp(world, target, rebooting, readyWithinMs, signal);
    const seen = await settled(signal);
    if (seen.bootId === bootIdBefore || (lock.applied === undefined && !isSame(seen, lock.original)))
      throw hostFailure(
        'boot',
        'not-restored',
        `${target.host} runs ${seen.entry || seen.commandLine}, and not ${lock.original.entry || lock.original.commandLine} as before the run.`,
        'See which entry its loader takes by default.',
      );
  };
  return {
    target,
    lock,
    switchTo,
    reboot,
    up: (rebooting, signal) => comeUp(world, target, rebooting, readyWithinMs, signal),
    restore: (signal) => asWorldError(target, () => restore(signal)),
  };
}

/** The machine of a boot; `again` is one that was told to reboot. */
export function machineOn(
  host: Host,
  request: BootRequest,
  rebooted: { readonly rebooting: Rebooting; readonly expected: Expected },
  parts: Pick<Machine, 'reboot' | 'destroy'> & { readonly readyWithinMs: Ms; readonly nowMs: Ms },
): Machine {
  const { zeroMs, marks } = rebooted.rebooting;
  const { original } = host.lock;
  return {
    ssh: host.target,
    facts: {
      host: host.target.host,
      loader: original.loader,
      discardedBoot: 'after each switch',
      variant: request.boot.variant,
    },
    marks,
    zeroMs,
    proof: proofOf(rebooted.expected),
    reachWithinMs: ms(Math.max(SHORT_MS, zeroMs + parts.readyWithinMs - parts.nowMs)),
    ...(parts.reboot && { reboot: parts.reboot }),
    console: async () => '',
    destroy: parts.destroy,
  };
}

/** The discarded boot is proven like a measured one: there is no point in measuring after a wrong one. */
async function check(
  expected: Expected,
  seen: Description,
  withShell: <T>(use: (shell: Shell) => Promise<T>) => Promise<T>,
  signal: AbortSignal,
): Promise<void> {
  const { verify } = expected.variant;
  const verified =
    verify === undefined
      ? undefined
      : await withShell(async (shell) => {
          const { code, stdout } = await shell.run(`{ ${verify}\n} 2>&1`, { withinMs: SHORT_MS }, signal);
          return { text: stdout, exitCode: code };
        });
  const failure = judge(expected, seen, verified);
  if (failure) throw new BootFailure(failure, { facts: {}, marks: [], console: '' });
}

/** Kernel and loader say the same in all that a boot decides. */
const isSame = (one: Description, other: Description): boolean =>
  one.commandLine === other.commandLine && one.entry === other.entry;

async function asWorldError<T>({ host }: SshTarget, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof BootFailure)) throw cause;
    throw worldError(`${host}: ${cause.failure.message}`, cause.failure.hint, cause);
  }
}
