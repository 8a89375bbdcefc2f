/** Reads what a machine knows of its boot, in one round trip. */
import { type Collected, collect, collectByScript, GuestFailure } from '../../guest/collect.ts';
import { sshMark } from '../../guest/probe.ts';
import type { BootIdentity, Failure, MachineFacts, Outcome } from '../../model/boot.ts';
import type { Artifact } from '../../model/collector.ts';
import type { Machine } from '../../model/provider.ts';
import type { BootEvent, Warning } from '../../model/timeline.ts';
import { ms } from '../../model/units.ts';
import type { BootContext, BootPlan } from './plan.ts';
import type { ReadyWait } from './ready.ts';

/** What a boot left behind; for a failed boot, as far as it came. */
export interface BootResult {
  readonly failure?: Failure;
  readonly facts: MachineFacts;
  readonly marks: readonly BootEvent[];
  readonly warnings: readonly Warning[];
  readonly artifacts: readonly Artifact[];
  readonly harness: Readonly<Record<string, number>>;
  readonly cached?: Outcome['cached'];
  readonly audit?: Outcome['audit'];
}

/** A machine that cannot be read has failed; bench still collects the evidence why. */
export async function readMachine(
  machine: Machine,
  boot: BootIdentity,
  { reachWithinMs, collectWithinMs, ready }: BootPlan,
  { requests, timer }: BootContext,
  signal: AbortSignal,
): Promise<BootResult> {
  // At least a second: 0 would mean not to ask at all. Does not wait for a boot that has failed already.
  const waitForBootMs =
    ready &&
    !machine.failure &&
    ms(Math.max(1000, machine.zeroMs + (machine.heldMs?.() ?? 0) + ready.withinMs - timer.nowMs()));
  const wait = ready && waitForBootMs && { waitForBootMs, readyCommand: ready.command };
  const { proof } = machine;
  const asked = [...requests, ...(proof?.requests ?? []).map((request) => ({ ...request, collector: 'proof' }))];
  try {
    const limits = { collectWithinMs, timer, ...wait };
    const collected = machine.run
      ? await collectByScript(machine.run, asked, limits, signal)
      : await collect(machine.ssh, asked, { ...limits, reachWithinMs: machine.reachWithinMs ?? reachWithinMs }, signal);
    const login = collected.ssh === undefined ? undefined : collected;
    const { artifacts, warnings, timings } = collected;
    // The key was unknown before: record it, to compare it with the machine's own.
    const trusted = login && machine.ssh.hostKey.kind === 'trust-on-first-use';
    const facts = trusted ? { hostKeySha256: `SHA256:${login.hostKeySha256}` } : {};
    const failure =
      machine.failure ??
      proof?.judge(textsOf(artifacts)) ??
      (ready && !collected.ready ? notReady(boot, ready) : undefined);
    const marks = ready && login ? [...machine.marks, loginMark(login, machine)] : machine.marks;
    return { ...(failure && { failure }), facts, marks, warnings, artifacts, harness: { ...timings } };
  } catch (cause) {
    if (!(cause instanceof GuestFailure)) throw cause;
    const failure = machine.failure ?? (await machine.fate?.()) ?? cause.failure;
    return { failure, facts: {}, marks: machine.marks, warnings: [], artifacts: [], harness: {} };
  }
}

const textsOf = (artifacts: readonly Artifact[]) =>
  new Map(
    artifacts.map(({ path, bytes, exitCode }) => [path, { text: Buffer.from(bytes).toString('utf8'), exitCode }]),
  );

/** No user can have logged in before the port opened, or before the attempt that failed. */
function loginMark({ ssh }: Collected, { marks, zeroMs }: Machine): BootEvent {
  const open = marks.find(({ id }) => id === 'outside.tcp-open');
  const sinceMs = Math.max(ssh.failedAtMs ?? zeroMs, zeroMs + ((open?.us ?? 0) - (open?.errorUs ?? 0)) / 1000);
  return sshMark({ ...ssh, failedAtMs: ms(sinceMs) }, { zeroMs, evidence: { file: 'outcome.json', line: 0 } });
}

const notReady = ({ id }: BootIdentity, { withinMs }: ReadyWait): Failure => ({
  stage: 'boot',
  code: 'ready-timeout',
  message: `Boot ${id} was provisioned, but not ready ${Math.round(withinMs / 6000) / 10} min after its request.`,
  hint: 'Check its journal and serial console under raw/, or raise ready.within in the scenario.',
});
