/** Logs into one machine of a run and makes changes there. Each change of the machine also changes what bench knows about it. */
import { BootFailure, type Shell, type SshTarget } from '../../model/provider.ts';
import { type Ms, ms } from '../../model/units.ts';
import { nameOf } from './address.ts';
import { callProgram, goDown, type Rebooting, type RebootWorld } from './reboot.ts';
import { type Description, descriptionOf, type Lock, remote } from './remote.ts';
import type { HostScenario, HostVariant } from './scenario.ts';

export interface HostWorld extends RebootWorld {
  readonly scenario: HostScenario;
  readonly readyWithinMs: Ms;
  readonly deleteAfter: string;
  readonly owner: string;
}

/** A machine that this run has locked. */
export interface Held {
  readonly target: SshTarget;
  readonly world: HostWorld;
  /** Mirrors the lock file: bench sets `applied` before it puts something on the machine. */
  lock: Lock;
}

/** The machine is going down, after a boot with that id. */
export interface Reboot {
  readonly rebooting: Rebooting;
  readonly bootIdBefore: string;
}

export const SHORT_MS = ms(60_000);

export async function login(
  target: SshTarget,
  { run }: Pick<RebootWorld, 'run'>,
  withinMs: Ms,
  signal: AbortSignal,
): Promise<Shell> {
  if (!run.connect) throw new Error('a provider of existing machines needs a way to log in');
  return run.connect(target, { withinMs }, signal);
}

/** `withinMs` limits the login; the default is the time that a boot may take. */
export async function withShell<T>(
  { target, world }: Held,
  use: (shell: Shell) => Promise<T>,
  signal: AbortSignal,
  withinMs: Ms = world.readyWithinMs,
): Promise<T> {
  const shell = await login(target, world, withinMs, signal);
  try {
    return await use(shell);
  } finally {
    shell.close();
  }
}

export const describe = async (shell: Shell, signal: AbortSignal): Promise<Description> =>
  descriptionOf(await remote(shell, 'describe', {}, signal));

/** Power-cycles a machine that does not answer, if the scenario has `reset`. */
export async function reachable(held: Held, signal: AbortSignal): Promise<void> {
  const { target, world } = held;
  const { reset } = world.options;
  try {
    await withShell(held, async () => {}, signal, reset ? SHORT_MS : world.readyWithinMs);
  } catch (cause) {
    if (!(cause instanceof BootFailure) || !reset) throw cause;
    world.run.progress(`${nameOf(target)} does not answer (${cause.failure.code}): resetting it`);
    await callProgram('reset', reset, target, '', world, signal);
    await withShell(held, async () => {}, signal);
  }
}

/** Reboots the machine. `prepare` determines how it comes up. */
export const rebootAs = (held: Held, prepare: (shell: Shell) => Promise<void>, signal: AbortSignal): Promise<Reboot> =>
  withShell(
    held,
    async (shell) => {
      const { bootId } = await describe(shell, signal);
      await prepare(shell);
      return { rebooting: await goDown(held.world, held.target, shell, signal), bootIdBefore: bootId };
    },
    signal,
  );

/** Describes the machine after its boot is over. */
export const settled = (held: Held, signal: AbortSignal): Promise<Description> =>
  withShell(
    held,
    async (shell) => {
      await remote(shell, 'settled', {}, signal, held.world.readyWithinMs);
      return describe(shell, signal);
    },
    signal,
  );

export async function apply(
  held: Held,
  name: string,
  { apply: program }: HostVariant,
  signal: AbortSignal,
): Promise<void> {
  if (program === undefined) return;
  // Write the intent to the machine before the effect: then a process that resumes the run knows that a boot alone does not undo it.
  await withShell(held, (shell) => remote(shell, 'mark', { VALUE: name }, signal), signal);
  held.lock = { ...held.lock, applied: name };
  await callProgram('apply', program, held.target, name, held.world, signal);
}

export function variantOf({ world }: Held, name: string): HostVariant {
  const image = world.scenario.variants[name]?.image;
  if (image === undefined) throw new Error(`there is no variant ${name}`);
  return image;
}
