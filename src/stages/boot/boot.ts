/**
 * One boot: starts its machine, waits for it, reads it and destroys it, and writes the outcome to disk before the next boot begins. This
 * module decides that a boot failed: its machine did not come up, could not be read, or was not ready in time. A failure is a result,
 * recorded like any other.
 *
 *     boot-starting -> boot-over -> boot-collected        outcome.json: booted
 *           \            \
 *            boot-failed   boot-failed                    outcome.json: failed {stage, code, message, hint}
 */
import { GuestFailure } from '../../guest/collect.ts';
import type { BootIdentity, Failure, Outcome } from '../../model/boot.ts';
import type { Artifact } from '../../model/collector.ts';
import { BootFailure, type Machine } from '../../model/provider.ts';
import { FROM_CACHE } from './machine-minutes.ts';
import type { BootContext, BootPlan } from './plan.ts';
import { type BootResult, readMachine } from './read.ts';

/** Makes the boot and writes its outcome. Resolves with the failure, if there was one. */
export async function bootOnce(
  boot: BootIdentity,
  make: () => Promise<BootResult>,
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
  const replaced = await folder.writeRaw(boot.id, result.artifacts, plan.keepSecrets);
  const failed = result.failure !== undefined;
  await folder.writeOutcome(boot.id, {
    schema: 'bench/outcome@1',
    boot,
    outcome: failed ? 'failed' : 'booted',
    ...(result.failure && { failure: result.failure }),
    machine: result.facts,
    marks: [...result.marks],
    warnings: [...result.warnings, ...replaced],
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

export async function bootAndRead(
  boot: BootIdentity,
  start: () => Promise<Machine>,
  last: boolean,
  plan: BootPlan,
  context: BootContext,
  signal: AbortSignal,
): Promise<BootResult> {
  const { timer, journal, watcher } = context;
  const nothing = { marks: [], warnings: [], artifacts: [], harness: {} };
  let machine: Machine;
  try {
    machine = await start();
  } catch (cause) {
    // The reboot command failed.
    if (cause instanceof GuestFailure) return { ...nothing, failure: cause.failure, facts: {} };
    if (!(cause instanceof BootFailure)) throw cause;
    const { failure, facts, marks } = cause;
    return { ...nothing, failure, facts, marks, artifacts: [consoleArtifact(cause.console)] };
  }
  await journal.append({ state: 'boot-over', boot: boot.id });
  watcher.changed(boot, 'collecting');
  const collected = await readMachine(machine, boot, plan, context, signal);
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

const consoleArtifact = (text: string): Artifact => ({
  path: 'machine/console.log',
  collector: 'machine',
  command: '(serial console)',
  exitCode: 0,
  truncated: false,
  bytes: new TextEncoder().encode(text),
});
