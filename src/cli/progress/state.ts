/** The progress of a run: everything that happened so far, as values. Times are readings of the process's timer, in milliseconds. */
import type { BootIdentity, Failure } from '../../model/boot.ts';
import type { KeptMachine } from '../../model/provider.ts';
import { type Ms, ms } from '../../model/units.ts';
import type { BootState, RunStart } from '../../stages/boot/watcher.ts';
import { printable } from '../text.ts';

/** A boot in progress. */
interface Flight {
  readonly state: BootState;
  readonly sinceMs: Ms;
  readonly bootingSinceMs: Ms;
}

export interface ProgressState {
  readonly startedMs: Ms;
  /** Folder of the run, once a user can resume it. */
  readonly folder: string | undefined;
  /** The latest report. */
  readonly latest: string;
  readonly flights: ReadonlyMap<string, Flight>;
  readonly failed: readonly string[];
  readonly kept: ReadonlyMap<string, KeptMachine>;
  readonly bootSeconds: readonly number[];
  /** Boots of each block that have not ended. */
  readonly open: readonly ReadonlySet<string>[];
  readonly total: number;
  /** Boots that ended while bench was watching, and how long their machines ran for them. */
  readonly settled: number;
  readonly settledMs: Ms;
  readonly usdPerHour: number | undefined;
  readonly plannedBootMs: Ms;
  readonly bootingSinceMs: Ms;
}

export const begin = (nowMs: Ms): ProgressState => ({
  startedMs: nowMs,
  folder: undefined,
  latest: '',
  flights: new Map(),
  failed: [],
  kept: new Map(),
  bootSeconds: [],
  open: [],
  total: 0,
  settled: 0,
  settledMs: ms(0),
  usdPerHour: undefined,
  plannedBootMs: ms(0),
  bootingSinceMs: nowMs,
});

export const said = (state: ProgressState, text: string): ProgressState => ({ ...state, latest: printable(text) });

export function started(state: ProgressState, start: RunStart, nowMs: Ms): ProgressState {
  const settled = new Set(start.settled);
  return {
    ...state,
    folder: start.folder,
    open: start.blocks.map(({ boots }) => new Set(boots.map(({ id }) => id).filter((id) => !settled.has(id)))),
    total: start.blocks.flatMap((block) => block.boots).length,
    bootingSinceMs: nowMs,
    usdPerHour: start.usdPerHour,
    plannedBootMs: ms(start.secondsPerBoot * 1000),
  };
}

export interface Change {
  readonly boot: Pick<BootIdentity, 'id'>;
  readonly state: BootState;
  readonly failure?: Failure | undefined;
}

export function changed(before: ProgressState, { boot, state, failure }: Change, nowMs: Ms): ProgressState {
  const flight = before.flights.get(boot.id);
  const bootingSinceMs = flight?.bootingSinceMs ?? nowMs;
  const flights = new Map(before.flights);
  const isOver = state === 'booted' || state === 'failed';
  if (isOver) flights.delete(boot.id);
  else flights.set(boot.id, { state, sinceMs: nowMs, bootingSinceMs });
  return {
    ...before,
    flights,
    ...(isOver && {
      open: before.open.map((block) => without(block, boot.id)),
      settled: before.settled + 1,
      settledMs: ms(before.settledMs + nowMs - bootingSinceMs),
    }),
    ...(flight?.state === 'booting' && { bootSeconds: [...before.bootSeconds, (nowMs - flight.sinceMs) / 1000] }),
    ...(failure && { failed: [...before.failed, failureText(boot.id, failure)] }),
  };
}

const without = (block: ReadonlySet<string>, id: string): ReadonlySet<string> =>
  new Set([...block].filter((other) => other !== id));

const failureText = (id: string, { stage, code, message }: Failure): string =>
  printable(`${id} failed (${stage}, ${code}): ${message}`);

export const kept = (state: ProgressState, id: string, machine: KeptMachine): ProgressState => ({
  ...state,
  kept: new Map([...state.kept, [id, machine]]),
});
