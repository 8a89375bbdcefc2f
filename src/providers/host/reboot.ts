/**
 * One reboot, observed from outside.
 *
 *   order sent (zero) - order taken (accepted) ... connection lost or port shut: down ... [TCP refused] - TCP open
 *
 * A machine that goes down still answers for a while: an open port proves nothing until bench has seen the machine down.
 */
import { BootFailure, type RunContext, type Shell, type SshTarget } from '../../model/provider.ts';
import type { BootEvent } from '../../model/timeline.ts';
import { type Ms, ms, msFromUs, us } from '../../model/units.ts';
import { type Program, type ProgramWorld, runProgram } from '../any/program.ts';
import { lastWords, type Redact } from '../any/redact.ts';
import { nameOf } from './address.ts';
import { hostFailure, remote } from './remote.ts';
import type { HostOptions } from './scenario.ts';

export interface RebootWorld {
  readonly run: RunContext;
  readonly options: HostOptions;
  readonly programs: ProgramWorld;
  readonly redact: Redact;
}

export interface Rebooting {
  readonly zeroMs: Ms;
  readonly marks: BootEvent[];
}

const ORDER_WITHIN = ms(30_000);
const LOOK_MS = ms(250);

/** Resolves once the machine is down. `shell` is a login to it, which breaks on the way. */
export async function goDown(
  world: RebootWorld,
  target: SshTarget,
  shell: Shell,
  signal: AbortSignal,
): Promise<Rebooting> {
  const { run, options } = world;
  const zeroMs = run.timer.nowMs();
  if (options.reset) await callProgram('reset', options.reset, target, '', world, signal);
  else await order(shell, signal);
  const marks = [mark('outside.accepted', ms(run.timer.nowMs() - zeroMs))];
  await down(world, target, shell, signal);
  return { zeroMs, marks };
}

/** The connection may break during the order: that is how a machine goes down. */
async function order(shell: Shell, signal: AbortSignal): Promise<void> {
  await remote(shell, 'order', {}, signal, ORDER_WITHIN).catch((cause: unknown) => {
    signal.throwIfAborted();
    if (!shell.lost.aborted) throw cause;
  });
}

async function down(
  { run, options }: RebootWorld,
  target: SshTarget,
  shell: Shell,
  signal: AbortSignal,
): Promise<void> {
  const { timer } = run;
  const endMs = timer.nowMs() + msFromUs(options.downWithin);
  const either = AbortSignal.any([signal, shell.lost]);
  while (!shell.lost.aborted) {
    if (timer.nowMs() > endMs)
      throw hostFailure(
        'boot',
        'not-rebooted',
        `${nameOf(target)} is still up ${Math.round(msFromUs(options.downWithin) / 1000)} s after the reboot command.`,
        'Check what blocks it (systemctl list-jobs), raise provider.downWithin, or set provider.reset.',
      );
    try {
      if (target.via === undefined && run.probe && !(await isOpen(run, target, either))) return;
      await timer.sleep(LOOK_MS, either);
    } catch {
      signal.throwIfAborted();
    }
  }
}

async function isOpen(run: RunContext, { host, port }: SshTarget, signal: AbortSignal): Promise<boolean> {
  const limits = { zeroMs: run.timer.nowMs(), withinMs: ms(900) };
  for await (const { id } of run.probe?.(host, port, limits, signal) ?? []) if (id === 'outside.tcp-open') return true;
  return false;
}

/** Waits until the machine's port opens, if bench can see it from here, and marks what it saw. */
export async function comeUp(
  { run }: RebootWorld,
  { host, port, via }: SshTarget,
  { zeroMs, marks }: Rebooting,
  readyWithinMs: Ms,
  signal: AbortSignal,
): Promise<void> {
  if (via !== undefined) return;
  const withinMs = ms(Math.max(0, zeroMs + readyWithinMs - run.timer.nowMs()));
  for await (const event of run.probe?.(host, port, { zeroMs, withinMs }, signal) ?? []) marks.push(event);
}

/** Runs a program of the scenario for a machine. Fills in `{host}`, `{port}`, `{user}` and `{variant}`. */
export async function callProgram(
  name: 'reset' | 'apply' | 'restore',
  program: Program,
  target: SshTarget,
  variant: string,
  { programs, options, redact }: Pick<RebootWorld, 'programs' | 'options' | 'redact'>,
  signal: AbortSignal,
): Promise<void> {
  const values: Readonly<Record<string, string>> = {
    '{host}': target.host,
    '{port}': String(target.port),
    '{user}': target.user,
    '{variant}': variant,
  };
  const words = program.map((word) =>
    word.replaceAll(/\{(?:host|port|user|variant)\}/g, (found) => values[found] ?? found),
  );
  const withinMs = msFromUs(options.applyWithin);
  const end = await runProgram({ program: words, input: '', withinMs }, programs, signal);
  if (end.kind === 'exit' && end.code === 0) return;
  const said = lastWords(end.stderr, redact) || lastWords(end.stdout, redact);
  const how = {
    exit: () => `ended with exit code ${end.kind === 'exit' ? end.code : ''}`,
    signal: () => `was killed by ${end.kind === 'signal' ? end.name : ''}`,
    'too-late': () => `took longer than ${Math.round(withinMs / 1000)} s and was stopped`,
    'too-much': () => 'printed more than the output limit and was stopped',
    'not-started': () => `could not be started: ${end.kind === 'not-started' ? end.reason : ''}`,
  }[end.kind]();
  throw new BootFailure(
    {
      stage: 'boot',
      code: `${name}-failed`,
      message: `${words.join(' ')} ${how}${said ? `: ${said}` : ''}.`,
      hint: `Run it by hand; it is provider.${name === 'apply' ? 'variants: apply' : name} of the scenario.`,
    },
    { facts: {}, marks: [], console: redact(end.stderr) },
  );
}

const mark = (id: string, atMs: Ms): BootEvent => ({
  id,
  clock: 'controller',
  us: us(Math.round(atMs * 1000)),
  errorUs: us(5000),
  evidence: { file: 'outcome.json', line: 0 },
});
