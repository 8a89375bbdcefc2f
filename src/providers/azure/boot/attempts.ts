/**
 * One boot inside its block: requests a machine, and decides what an error means. A repeated request has its own name and its own
 * clock. The record says how many requests the boot took and why.
 */
import type { Failure } from '../../../model/boot.ts';
import { usageError, worldError } from '../../../model/errors.ts';
import { BootFailure, type BootRequest, type Machine } from '../../../model/provider.ts';
import type { Block, Round } from '../../cloud/block.ts';
import { create } from '../machine/creation.ts';
import { withGivenFiles } from '../machine/given-files.ts';
import type { MachineOrder } from '../machine/request.ts';
import { machineName, TAG } from '../names.ts';
import { type Attempt, type Boots, consoleOf, machineOf, remove, throttledFacts } from './machine.ts';
import { meaningOf } from './meaning.ts';

/** Why bench repeats a boot that had no error itself. */
const WITH_ITS_BLOCK = 'with-its-block';

export async function bootMachine(
  boots: Boots,
  block: Block,
  request: BootRequest,
  signal: AbortSignal,
): Promise<Machine> {
  const repeats: string[] = [];
  for (let round = await block.meet(signal); round !== undefined; round = await block.meet(signal)) {
    const machine = await bootInRound(boots, block, round, request, repeats, signal);
    if (machine) return machine;
  }
  const why = repeats.findLast((code) => code !== WITH_ITS_BLOCK) ?? 'not for another boot of it';
  const failure: Failure = {
    stage: 'create',
    code: 'no-room',
    message: `No size and zone of the scenario had capacity for the block of boot ${request.boot.id} (${why}).`,
    hint: 'Add sizes or zones, lower concurrency, or choose another location.',
  };
  throw new BootFailure(failure, { facts: repeatFacts(repeats), marks: [], console: '' });
}

/** One boot in one round of its block. */
interface Going {
  readonly boots: Boots;
  readonly block: Block;
  readonly round: Round;
  readonly request: BootRequest;
  /** Why bench requested this boot again: one entry per repeat, over all rounds. */
  readonly repeats: string[];
  /** Call it once Azure has room for this boot. Resolves when there is room for all boots of the block, or when the block moves. */
  readonly hasRoom: () => Promise<'all' | 'moved'>;
  readonly signal: AbortSignal;
}

/** Undefined when the block moves to another size or zone. */
async function bootInRound(
  boots: Boots,
  block: Block,
  round: Round,
  request: BootRequest,
  repeats: string[],
  signal: AbortSignal,
): Promise<Machine | undefined> {
  let room: Promise<'all' | 'moved'> | undefined;
  const hasRoom = () => {
    room ??= block.settled(round, signal);
    room.catch(() => {});
    return room;
  };
  const going: Going = { boots, block, round, request, repeats, hasRoom, signal };
  const inRound = AbortSignal.any([signal, round.moved]);
  if (round.pauseMs > 0) await boots.context.arm.timer.sleep(round.pauseMs, signal);
  for (;;) {
    const attempt = newAttempt(going);
    try {
      const created = await create(boots.context, orderOf(going, attempt), attempt.observations, hasRoom, inRound);
      if ((await hasRoom()) === 'all') return await machineOf(boots, attempt, created, signal);
      await withItsBlock(attempt, going);
      return undefined;
    } catch (cause) {
      if (signal.aborted) {
        await remove(boots, attempt);
        throw signal.reason;
      }
      const next = await afterError(cause, attempt, going);
      if (next === 'move') return undefined;
      if (next !== 'again') return next;
    }
  }
}

function newAttempt({ boots, round, request, repeats }: Going): Attempt {
  const { context, key, ownKey } = boots;
  const { size, zone } = round.placement;
  const name = machineName(context.place.owner, request.boot.id, repeats.length + 1);
  const facts = {
    vm: name,
    vmSize: size,
    ...(zone && { zone }),
    location: context.options.location,
    ...repeatFacts(repeats),
  };
  const specialized = boots.images.get(request.boot.variant)?.specialized === true;
  const privateKey = specialized && ownKey !== undefined ? ownKey : key.privateKey;
  const joins = boots.data.get(request.boot.variant)?.command !== undefined;
  return { name, joins, privateKey, observations: { marks: [], facts }, askedMs: context.arm.timer.nowMs() };
}

/** Unequal numbers of repeats bias a comparison, so every record has its own. */
const repeatFacts = (repeats: readonly string[]): Record<string, string | number> => ({
  attempts: repeats.length + 1,
  ...(repeats.length > 0 && { repeatedFor: repeats.join(', ') }),
});

function orderOf({ boots, round: { placement }, request, repeats }: Going, { name }: Attempt): MachineOrder {
  const { boot } = request;
  const image = boots.images.get(boot.variant);
  if (!image) throw usageError(`There is no variant ${boot.variant} in this scenario.`);
  const { network, identities, key } = boots;
  const data = withGivenFiles(boots.data.get(boot.variant) ?? {}, request);
  const tags = {
    ...boots.tags,
    [TAG.boot]: boot.id,
    [TAG.variant]: boot.variant,
    [TAG.block]: String(boot.block ?? ''),
    [TAG.attempt]: String(repeats.length + 1),
  };
  return { name, tags, image, placement, network, identities, publicKey: key.publicKey, ...data };
}

/** Decides how to continue after an error: ends the attempt, or keeps its machine as evidence. Throws if there is no way to continue. */
async function afterError(cause: unknown, attempt: Attempt, going: Going): Promise<Machine | 'again' | 'move'> {
  const { boots, block, round, request, repeats, signal } = going;
  if (round.moved.aborted) return withItsBlock(attempt, going);
  const known = meaningOf(cause, boots.context, request.boot.id, attempt.observations);
  if (known === undefined) {
    await remove(boots, attempt);
    throw cause;
  }
  const { remedy, failure } = known;
  const { act } = remedy;
  if (act.kind === 'move') {
    repeats.push(remedy.code);
    block.move(round, act);
    await remove(boots, attempt);
    return 'move';
  }
  const pauseMs =
    act.kind === 'again' ? act.pausesMs[repeats.filter((code) => code === remedy.code).length] : undefined;
  if (pauseMs !== undefined) {
    repeats.push(remedy.code);
    await remove(boots, attempt);
    await boots.context.arm.timer.sleep(pauseMs, signal);
    return round.moved.aborted ? 'move' : 'again';
  }
  if (act.kind === 'stop' || (act.kind === 'again' && act.afterwards === 'stop')) {
    await remove(boots, attempt);
    throw worldError(failure.message, failure.hint, cause);
  }
  return asResult(failure, attempt, going);
}

/** Discards the result of this boot: bench requests it again with the others of its block. */
async function withItsBlock(attempt: Attempt, { boots, repeats }: Going): Promise<'move'> {
  await remove(boots, attempt);
  repeats.push(WITH_ITS_BLOCK);
  return 'move';
}

/** A result counts only if the whole block stayed. Otherwise bench makes this boot again with the others. */
async function asResult(failure: Failure, attempt: Attempt, going: Going): Promise<Machine | 'move'> {
  const { boots, hasRoom, signal } = going;
  if ((await hasRoom()) !== 'all') return withItsBlock(attempt, going);
  const { reached } = attempt.observations;
  // The machine's own record of its failure says more than its console.
  if (reached) return { ...(await machineOf(boots, attempt, reached, signal)), failure };
  const console = await consoleOf(boots, attempt, signal);
  await remove(boots, attempt);
  const facts = { ...attempt.observations.facts, ...throttledFacts(boots.context, attempt) };
  throw new BootFailure(failure, { facts, marks: attempt.observations.marks, console });
}
