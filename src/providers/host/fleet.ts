/**
 * Locks the machines of a run when it begins; restores and unlocks them when it ends, however it ends. A block has one machine
 * for all its variants, so a difference between machines affects all variants alike.
 */
import { hostname, userInfo } from 'node:os';
import type { MachineFacts } from '../../model/boot.ts';
import { messageOf, usageError, worldError } from '../../model/errors.ts';
import type { Fleet, RunContext } from '../../model/provider.ts';
import { type Ms, msFromUs } from '../../model/units.ts';
import { checkProgram } from '../any/program.ts';
import { redactor } from '../any/redact.ts';
import { targetsOf } from './access.ts';
import { nameOf } from './address.ts';
import { DISCARDED, type Host, takeHost } from './host.ts';
import { machinesInTurn } from './machines.ts';
import type { HostScenario } from './scenario.ts';
import type { HostWorld } from './session.ts';
import { tellsItself } from './variant.ts';

/** Restoring continues after an interrupt of the run. A second Ctrl-C ends it, and the lock stays for the process that resumes the run. */
const never = new AbortController().signal;

export async function openFleet(scenario: HostScenario, run: RunContext): Promise<Fleet> {
  const world = worldOf(scenario, run);
  await checkPrograms(world);
  const targets = await targetsOf(scenario.provider, run);
  const taken = await Promise.allSettled(targets.map((target) => takeHost(target, world, run.signal)));
  const hosts = taken.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const refused = taken.find((each) => each.status === 'rejected');
  try {
    if (refused) throw refused.reason;
    checkDistinct(hosts);
    checkVariants(scenario, hosts);
  } catch (cause) {
    await restoreAll(hosts).catch(() => undefined);
    throw cause;
  }
  return { facts: factsOf(scenario, hosts), ...restoredAtEnd(machinesInTurn(hosts, world), hosts) };
}

export const worldOf = (scenario: HostScenario, run: RunContext): HostWorld => ({
  run,
  scenario,
  options: scenario.provider,
  programs: { folder: run.scenarioFolder, environment: run.environment },
  redact: redactor(run.environment),
  readyWithinMs: msFromUs(scenario.ready.within),
  deleteAfter: run.nowIso === undefined ? '' : laterBy(run.nowIso, msFromUs(scenario.provider.lockFor)),
  owner: `${userInfo().username}@${hostname()}`,
});

const laterBy = (iso: string, durationMs: Ms): string =>
  new Date(Date.parse(iso) + durationMs).toISOString().replace(/\.\d+Z$/, 'Z');

async function checkPrograms({ scenario, options, programs }: HostWorld): Promise<void> {
  const named = [
    ['provider.reset', options.reset],
    ['provider.restore', options.restore],
    ...Object.entries(scenario.variants).map(
      ([name, { image }]) => [`variants.${name}.image.apply`, image.apply] as const,
    ),
  ] as const;
  for (const [key, program] of named) if (program) await checkProgram(key, program, programs);
}

/** If two names meant one machine, one block would reboot it during another block's boot. */
function checkDistinct(hosts: readonly Host[]): void {
  const byBoot = new Map<string, Host>();
  for (const host of hosts) {
    const same = byBoot.get(host.lock.original.bootId);
    if (same)
      throw usageError(
        `provider.hosts: ${nameOf(same.target)} and ${nameOf(host.target)} are the same machine: they have the same boot id.`,
        'List it once.',
      );
    byBoot.set(host.lock.original.bootId, host);
  }
}

/** Requires a check for every variant: without one, nobody would notice a boot of the wrong variant. */
function checkVariants({ variants, expect }: HostScenario, hosts: readonly Host[]): void {
  for (const [name, { image }] of Object.entries(variants))
    for (const { target, lock } of hosts)
      if (!image.verify && !tellsItself(image, lock.original) && !expect.some(({ of }) => of === name))
        throw usageError(
          `variants.${name}.image: with the loader ${lock.original.loader} of ${nameOf(target)}, bench cannot verify that a boot was of ${name}.`,
          `Add verify (a command that fails in any other variant), or an expectation with of: ${name}.`,
        );
}

/** Restores the machines once, after the last boot has ended. */
function restoredAtEnd(
  { boot, close }: Pick<Fleet, 'boot' | 'close'>,
  hosts: readonly Host[],
): Pick<Fleet, 'boot' | 'close'> {
  let closed: Promise<void> | undefined;
  return {
    boot,
    close: () => {
      closed ??= close().then(() => restoreAll(hosts));
      return closed;
    },
  };
}

async function restoreAll(hosts: readonly Host[]): Promise<void> {
  const ends = await Promise.allSettled(hosts.map((host) => host.restore(never)));
  const failed = ends.flatMap((end, index) =>
    end.status === 'rejected' ? [{ host: hosts[index], cause: end.reason as unknown }] : [],
  );
  const [first] = failed;
  if (first === undefined) return;
  throw worldError(
    `${failed.map(({ host }) => host && nameOf(host.target)).join(', ')} could not be restored to the state before the run: ${messageOf(first.cause)}`,
    'It stays locked. Restore it with bench run --resume, or bench gc --scenario <this scenario> --yes --all.',
    first.cause,
  );
}

function factsOf({ provider }: HostScenario, hosts: readonly Host[]): MachineFacts {
  const kernels = new Set(hosts.map(({ lock }) => lock.original.loader));
  return {
    provider: provider.kind,
    hosts: hosts.map(({ target }) => nameOf(target)).join(' '),
    loaders: [...kernels].join(' '),
    discardedBoot: DISCARDED,
  };
}
