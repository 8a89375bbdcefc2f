/**
 * The machines of one run. Opening it finds and ends what an earlier process of the run left. Closing it ends every machine with
 * the run's label, known to this process or not, and checks that it is gone.
 */
import type { MachineFacts } from '../../model/boot.ts';
import { messageOf } from '../../model/errors.ts';
import type { Fleet, Machine, RunContext } from '../../model/provider.ts';
import { mostBlocks } from '../../model/scenario.ts';
import { ms, msFromUs } from '../../model/units.ts';
import { checkProgram, type ProgramWorld } from '../any/program.ts';
import { redactor } from '../any/redact.ts';
import { newSshKey } from '../any/ssh-key.ts';
import { DEFAULT_BLOCKS } from './kind.ts';
import { bootMachine, type Ground } from './machine.ts';
import { NotGone, type Programs, programsOf } from './programs.ts';
import { isOurs, remove } from './removal.ts';
import type { CommandOptions, CommandScenario } from './scenario.ts';

/** Removals continue after an interrupt of the run: their own time limits end them. */
const never = new AbortController().signal;

export async function openFleet(scenario: CommandScenario, run: RunContext): Promise<Fleet> {
  const world = { folder: run.scenarioFolder, environment: run.environment };
  await checkPrograms(scenario.provider, world);
  const key = newSshKey('bench');
  const programs = programsOf(scenario.provider, world, redactor(run.environment, [key.privateKey]));
  await endAll(programs, scenario.provider, run, run.signal);
  const given: Ground['given'] = new Map();
  const ground: Ground = {
    scenario,
    run,
    programs,
    key,
    deleteAfter: deleteAfterOf(scenario, run),
    readyWithinMs: msFromUs(scenario.ready.within),
    given,
    end: async (name, id) => {
      const machine = { name, run: run.runId, ...(id !== undefined && { id }) };
      await remove(programs, machine, msFromUs(scenario.provider.destroyWithin), run.timer, never).catch(
        (cause: unknown) => run.progress(messageOf(cause)),
      );
      const known = given.get(name);
      if (known) known.over = true;
    },
  };
  return { facts: factsOf(scenario), ...machinesByPrograms(ground) };
}

export async function checkPrograms(options: CommandOptions, world: ProgramWorld): Promise<void> {
  for (const name of ['create', 'destroy', 'list'] as const)
    await checkProgram(`provider.${name}`, options[name], world);
}

function machinesByPrograms(ground: Ground): Pick<Fleet, 'boot' | 'close'> {
  const { run, programs, scenario } = ground;
  const closing = new AbortController();
  const booting = new Set<Promise<Machine>>();
  const standing = new Set<Machine>();
  let closed: Promise<void> | undefined;
  const close = async () => {
    closing.abort(new DOMException('the fleet is closed', 'AbortError'));
    await Promise.allSettled(booting);
    await Promise.all([...standing].map((machine) => machine.destroy()));
    await endAll(programs, scenario.provider, run, never);
  };
  return {
    boot: async (request, signal) => {
      const pending = bootMachine(ground, request, AbortSignal.any([signal, run.signal, closing.signal]));
      booting.add(pending);
      try {
        const machine = await pending;
        standing.add(machine);
        return machine;
      } finally {
        booting.delete(pending);
      }
    },
    close: () => {
      closed ??= close();
      return closed;
    },
  };
}

/** Ends the machines that `list` shows for the run. Throws a world error that names those still there afterwards. */
async function endAll(
  programs: Programs,
  options: CommandOptions,
  run: RunContext,
  signal: AbortSignal,
): Promise<void> {
  const left = (await programs.list(run.runId, signal)).filter(isOurs);
  if (left.length === 0) return;
  run.progress(`destroying ${left.length} remaining machines: ${left.map(({ name }) => name).join(', ')}`);
  const withinMs = msFromUs(options.destroyWithin);
  const ends = await Promise.allSettled(left.map((machine) => remove(programs, machine, withinMs, run.timer, signal)));
  signal.throwIfAborted();
  const failed = ends.flatMap((end, index) =>
    end.status === 'rejected' ? [{ name: left[index]?.name ?? '', cause: end.reason as unknown }] : [],
  );
  const [first] = failed;
  if (first === undefined) return;
  if (!(first.cause instanceof NotGone)) throw first.cause;
  throw new NotGone(
    failed.map(({ name }) => name),
    first.cause.reason,
  );
}

/** A run in progress must never be due: the result covers its longest possible duration and some more, even if the scenario sets less. */
function deleteAfterOf(scenario: CommandScenario, { nowIso }: RunContext): string {
  if (nowIso === undefined) return '';
  const { deleteAfter, createWithin, destroyWithin } = scenario.provider;
  const waves = Math.ceil(mostBlocks(scenario) / (scenario.concurrency ?? DEFAULT_BLOCKS));
  const longestMs =
    waves * msFromUs(scenario.ready.within) + msFromUs(createWithin) + msFromUs(destroyWithin) + 3_600_000;
  const lastMs = Date.parse(nowIso) + Math.max(msFromUs(deleteAfter), longestMs);
  return new Date(ms(lastMs)).toISOString().replace(/\.\d+Z$/, 'Z');
}

function factsOf({ provider, variants }: CommandScenario): MachineFacts {
  const images = Object.entries(variants).map(([name, { image }]) => [
    `image.${name}`,
    typeof image === 'string' ? image : JSON.stringify(image),
  ]);
  return { provider: provider.kind, create: provider.create.join(' '), ...Object.fromEntries(images) };
}
