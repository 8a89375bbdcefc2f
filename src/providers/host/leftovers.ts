/**
 * Finds machines that a killed run still locks; the lock holds their earlier state. To remove such a leftover, bench restores the
 * machine.
 */
import type { Leftover, Leftovers, LeftoversWorld } from '../../model/leftover.ts';
import { BootFailure, type RunContext, type SshTarget } from '../../model/provider.ts';
import type { LeftoversRequest } from '../../model/provider-kind.ts';
import { ms } from '../../model/units.ts';
import { targetsOf } from './access.ts';
import { nameOf } from './address.ts';
import { worldOf } from './fleet.ts';
import { hostOf } from './host.ts';
import { type Lock, lockOf, remote } from './remote.ts';
import type { HostScenario } from './scenario.ts';
import { login } from './session.ts';

const REACH_WITHIN = ms(30_000);

/** Without a scenario, bench does not know which machines to ask. It reports a machine that does not answer, but does not count it. */
export async function leftoversOf(
  { scenario }: LeftoversRequest<HostScenario>,
  world: LeftoversWorld,
  signal: AbortSignal,
): Promise<Leftovers> {
  const { scenarioFolder } = world;
  if (scenario === undefined || scenarioFolder === undefined) return { found: [], remove: async () => 'kept' };
  const run = runOf(world, scenarioFolder, signal);
  const targets = await targetsOf(scenario.provider, run);
  const held = (
    await Promise.all(targets.map(async (target) => ({ target, lock: await lockOn(target, run, signal) })))
  ).flatMap(({ target, lock }) => (lock ? [{ target, lock }] : []));
  return {
    found: held.map(({ target, lock }) => leftoverOf(target, lock, world.nowIso)),
    remove: async ({ group, run: holder }, stop) => {
      const found = held.find(({ target }) => nameOf(target) === group);
      if (!found) return 'kept';
      const lock = await lockOn(found.target, run, stop);
      if (lock === undefined) return 'gone';
      if (lock.run !== holder) return 'kept';
      await hostOf(found.target, lock, worldOf(scenario, { ...run, runId: holder })).restore(stop);
      return 'gone';
    },
  };
}

async function lockOn(target: SshTarget, run: RunContext, signal: AbortSignal): Promise<Lock | undefined> {
  try {
    const shell = await login(target, { run }, REACH_WITHIN, signal);
    try {
      return lockOf(await remote(shell, 'held', {}, signal));
    } finally {
      shell.close();
    }
  } catch (cause) {
    if (!(cause instanceof BootFailure)) throw cause;
    run.progress(`${nameOf(target)} could not be checked: ${cause.failure.message}`);
    return undefined;
  }
}

const leftoverOf = (target: SshTarget, { run, scenario, deleteAfter }: Lock, nowIso: string): Leftover => ({
  ...{ group: nameOf(target), run, scenario, deleteAfter },
  due: Date.parse(deleteAfter) < Date.parse(nowIso),
  ...{ resources: 1, machines: 1, foreign: [] },
});

const runOf = (world: LeftoversWorld, scenarioFolder: string, signal: AbortSignal): RunContext => ({
  ...{ runId: '', seed: 0, cacheFolder: world.cacheFolder, scratchFolder: world.cacheFolder, scenarioFolder },
  ...{ environment: world.environment, timer: world.timer, nowIso: world.nowIso, signal },
  progress: world.progress ?? (() => {}),
  ...(world.connect && { connect: world.connect }),
});
