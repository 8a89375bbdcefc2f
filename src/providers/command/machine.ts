/**
 * One machine: `create` makes it, `list` shows it, and bench watches it until its port opens. It must be no other machine of the run.
 *
 *   create called (zero) ... create ended (accepted) - [TCP refused] - TCP open - handed over
 *                                                 \-> list must show it
 */
import type { Failure, MachineFacts } from '../../model/boot.ts';
import { BootFailure, type BootRequest, type Machine, type RunContext } from '../../model/provider.ts';
import type { BootEvent } from '../../model/timeline.ts';
import { type Ms, ms, us } from '../../model/units.ts';
import type { SshKey } from '../any/ssh-key.ts';
import type { CreateAnswer } from './messages.ts';
import { ProgramError, type Programs } from './programs.ts';
import { machineName } from './removal.ts';
import type { CommandScenario } from './scenario.ts';

export interface Ground {
  readonly scenario: CommandScenario;
  readonly run: RunContext;
  readonly programs: Programs;
  readonly key: SshKey;
  /** Time after which nothing of the run can still be in use: UTC, ISO 8601. */
  readonly deleteAfter: string;
  readonly readyWithinMs: Ms;
  /** By name: all machines that `create` returned in this run. */
  readonly given: Map<string, { readonly address: string; readonly id: string | undefined; over: boolean }>;
  /** Deletes a machine; never throws. */
  readonly end: (name: string, id: string | undefined) => Promise<void>;
}

/** A machine that has used up its time still gets this long for the login. */
const LOGIN_MS = ms(60_000);
/** A cloud's list lags behind new machines. */
const LISTED_WITHIN_MS = 60_000;
const LIST_POLL_MS = ms(1_000);

export async function bootMachine(ground: Ground, { boot }: BootRequest, signal: AbortSignal): Promise<Machine> {
  const { run, scenario, programs, key } = ground;
  const name = machineName(run.runId, boot.id);
  const zeroMs = run.timer.nowMs();
  const marks: BootEvent[] = [];
  let id: string | undefined;
  let console = '';
  try {
    const request = {
      ...{ name, run: run.runId, scenario: scenario.name, deleteAfter: ground.deleteAfter, boot: boot.id },
      ...{ variant: boot.variant, image: scenario.variants[boot.variant]?.image ?? '' },
      ...{ user: scenario.provider.user, sshPublicKey: key.publicKey },
    };
    const { answer, printed } = await programs.create(request, signal);
    marks.push(accepted(ms(run.timer.nowMs() - zeroMs)));
    console = printed;
    id = answer.id;
    checkFresh(ground, name, answer);
    await opened(ground, name, answer, { zeroMs, marks }, signal);
    const ended = { promise: undefined as Promise<void> | undefined };
    return {
      facts: factsOf(name, answer),
      marks,
      zeroMs,
      ssh: {
        host: answer.host,
        port: answer.port,
        user: answer.user ?? scenario.provider.user,
        privateKey: key.privateKey,
        hostKey: answer.hostKey ? { kind: 'pinned', sha256: answer.hostKey } : { kind: 'trust-on-first-use' },
      },
      // An open port need not be the machine's: a forwarded port is open before the machine boots.
      reachWithinMs: ms(Math.max(LOGIN_MS, zeroMs + ground.readyWithinMs - run.timer.nowMs())),
      fate: () => fateOf(ground, name),
      console: async () => printed,
      destroy: () => {
        ended.promise ??= ground.end(name, answer.id);
        return ended.promise;
      },
    };
  } catch (cause) {
    // Remove it in any case: `create` may have made it, under the requested name.
    await ground.end(name, id);
    signal.throwIfAborted();
    if (!(cause instanceof ProgramError)) throw cause;
    const failure: Failure = {
      stage: 'create',
      code: cause.code,
      message: `Boot ${boot.id}: ${cause.message}`,
      hint: cause.hint ?? '',
    };
    throw new BootFailure(failure, { facts: { machine: name }, marks, console: console || cause.printed });
  }
}

/** A machine that `create` returns twice is not fresh: its boot would be that of an earlier request. */
function checkFresh({ given }: Ground, name: string, { host, port, id }: CreateAnswer): void {
  const address = `${host}:${port}`;
  for (const [other, known] of given) {
    const same =
      !known.over && known.address === address ? address : known.id !== undefined && known.id === id ? id : undefined;
    if (same !== undefined)
      throw new ProgramError(
        'create-same-machine',
        `create returned ${same} for ${name}, but that machine belongs to ${other}.`,
        'Every call of create must make a new machine from its image.',
      );
  }
  given.set(name, { address, id, over: false });
}

/** Resolves once the port is open, or ready.within is over, and `list` has shown the machine. */
async function opened(
  ground: Ground,
  name: string,
  { host, port }: CreateAnswer,
  { zeroMs, marks }: { readonly zeroMs: Ms; readonly marks: BootEvent[] },
  signal: AbortSignal,
): Promise<void> {
  const { run, readyWithinMs } = ground;
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const watch = async () => {
    const withinMs = ms(Math.max(0, zeroMs + readyWithinMs - run.timer.nowMs()));
    for await (const event of run.probe?.(host, port, { zeroMs, withinMs }, either) ?? []) marks.push(event);
  };
  const watching = watch();
  watching.catch(() => {});
  try {
    await listed(ground, name, signal);
    await watching;
  } finally {
    over.abort();
  }
}

async function listed({ programs, run }: Ground, name: string, signal: AbortSignal): Promise<void> {
  const endMs = run.timer.nowMs() + LISTED_WITHIN_MS;
  for (;;) {
    const there = await programs.list(run.runId, signal);
    if (there.some((machine) => machine.name === name)) return;
    if (run.timer.nowMs() > endMs)
      throw new ProgramError(
        'create-unlisted',
        `create reported that it made ${name}, but list does not show it.`,
        'list must show every machine with its name and run; otherwise bench cannot find leftovers. Check how create labels it.',
      );
    await run.timer.sleep(LIST_POLL_MS, signal);
  }
}

/** An unreachable machine may be gone. */
async function fateOf({ programs, run }: Ground, name: string): Promise<Failure | undefined> {
  const there = await programs.list(run.runId, run.signal).catch(() => undefined);
  if (there === undefined || there.some((machine) => machine.name === name)) return undefined;
  return {
    stage: 'boot',
    code: 'machine-gone',
    message: `The machine ${name} disappeared while in use: list no longer shows it.`,
    hint: 'Check what ended it: spot eviction, a quota, another program.',
  };
}

const factsOf = (name: string, { facts, id }: CreateAnswer): MachineFacts => ({
  ...facts,
  machine: name,
  ...(id !== undefined && { machineId: id }),
});

const accepted = (atMs: Ms): BootEvent => ({
  id: 'outside.accepted',
  clock: 'controller',
  us: us(Math.round(atMs * 1000)),
  errorUs: us(5000),
  evidence: { file: 'outcome.json', line: 0 },
});
