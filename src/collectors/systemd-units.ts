/**
 * Units in systemd at collection: states, stamps, ordering edges. Source: `systemctl show`, whose monotonic stamps are exact;
 * `systemd-analyze blame` uses the same ones (analyze-time-data.c).
 *
 * A unit that started twice shows only its last start; a warning reports it.
 */
import type { UnitState } from '../model/boot.ts';
import type { Span, Stamp, Warning } from '../model/timeline.ts';
import { type Us, us } from '../model/units.ts';
import { lineOf } from './reading/lines.ts';
import { microseconds, namesOf, propertyOf, type ShowBlock, showBlocks, wallClock } from './systemd-show.ts';
import { comparableName, isOfTheLogin } from './unit-names.ts';

export const MANAGER_PATH = 'systemd/manager.show';
export const UNITS_PATH = 'systemd/units.show';

/** The properties that we request for every unit. The critical path walks along the ordering edges. */
export const UNIT_PROPERTIES: readonly string[] = [
  'Id',
  'Names',
  'Type',
  'LoadState',
  'ActiveState',
  'SubState',
  'Result',
  'UnitFileState',
  'NRestarts',
  'Job',
  'After',
  'InactiveExitTimestampMonotonic',
  'ActiveEnterTimestampMonotonic',
  'ActiveExitTimestampMonotonic',
  'InactiveEnterTimestampMonotonic',
  'ExecMainStartTimestampMonotonic',
  'ExecMainPID',
  'CPUUsageNSec',
];

/** All properties of one unit. A stamp is absent if systemd says that the event did not happen. */
export interface Unit {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly type: string;
  readonly state: UnitState;
  readonly after: readonly string[];
  readonly jobPending: boolean;
  /** When the unit left the inactive state: its start job ran. */
  readonly activating?: Stamp;
  /** When the unit became active; for a oneshot without RemainAfterExit, the end of its run. */
  readonly activated?: Stamp;
  readonly processStart?: Stamp;
  /** The current main process, or the last one. */
  readonly mainPid?: number;
  /** Processor time of all its processes until collection. */
  readonly cpuUs?: Us;
  /** When the unit stopped before the start that the stamps report: it started at least twice. */
  readonly stoppedBefore?: Stamp;
}

export interface Units {
  readonly units: readonly Unit[];
  readonly warnings: readonly Warning[];
}

const read = new WeakMap<Uint8Array, Units>();

/**
 * All units of the artifact, each once. A user's file may contain the manager and units together. Cached per artifact, because
 * three collectors need the units.
 */
export function unitsOf(raw: ReadonlyMap<string, Uint8Array>): Units {
  const paths = [UNITS_PATH, MANAGER_PATH].filter((path) => raw.has(path));
  const key = raw.get(paths[0] ?? '');
  if (key === undefined) return { units: [], warnings: [] };
  const known = read.get(key);
  if (known !== undefined) return known;
  const units = new Map<string, Unit>();
  const warnings: Warning[] = [];
  for (const path of paths)
    for (const block of showBlocks(raw.get(path))) {
      const id = idOf(block);
      if (id !== '' && !units.has(id) && !isOfTheLogin(id)) units.set(id, unitOf(block, id, path, warnings));
    }
  const result = { units: [...units.values()], warnings };
  read.set(key, result);
  return result;
}

/** If a user requested only stamps, the blocks have no names; the line number distinguishes such units. */
function idOf(block: ShowBlock): string {
  const id = propertyOf(block, 'Id') || (namesOf(block, 'Names')[0] ?? '');
  const ofUnit = UNIT_STAMPS.some((key) => block.properties.has(key) || block.properties.has(`${key}Monotonic`));
  return id === '' && ofUnit ? `unnamed:${block.line}` : id;
}

const UNIT_STAMPS = ['InactiveExitTimestamp', 'ActiveEnterTimestamp', 'ExecMainStartTimestamp'];

function unitOf(block: ShowBlock, id: string, path: string, warnings: Warning[]): Unit {
  const stamp = (key: string): Stamp | undefined => {
    const reading = microseconds(block, key);
    if (reading.kind === 'impossible') {
      warnings.push({
        code: 'impossible-stamp',
        message: `${key} of ${id} is ${reading.value}, which is not a plausible time; it is left out`,
        evidence: lineOf(path, reading.line),
      });
    }
    if (reading.kind === 'time')
      return { clock: 'monotonic', us: reading.us, errorUs: us(0), evidence: lineOf(path, reading.line) };
    const at = reading.kind === 'absent' ? wallClock(block, key) : undefined;
    return at && { clock: 'realtime', us: at.us, errorUs: at.errorUs, evidence: lineOf(path, at.line) };
  };
  const activating = stamp('InactiveExitTimestampMonotonic');
  const entered = stamp('ActiveEnterTimestampMonotonic');
  const left = stamp('ActiveExitTimestampMonotonic');
  const over = stamp('InactiveEnterTimestampMonotonic');
  const processStart = stamp('ExecMainStartTimestampMonotonic');
  // A oneshot without RemainAfterExit has no ActiveEnter: as in systemd-analyze, its end is when it became inactive.
  const activated = notBefore(entered, activating) ?? notBefore(over, activating);
  sayBackwards(block, activating, entered, warnings);
  const stoppedBefore = [over, left].find(
    (end) => end && activating && end.clock === activating.clock && end.us < activating.us,
  );
  return {
    name: comparableName(id),
    aliases: namesOf(block, 'Names').map(comparableName),
    type: propertyOf(block, 'Type'),
    state: stateOf(block, id, path),
    after: namesOf(block, 'After').map(comparableName),
    jobPending: /^[1-9]/.test(propertyOf(block, 'Job')),
    ...(activating && { activating }),
    ...(activated && { activated }),
    ...(processStart && { processStart }),
    ...(stoppedBefore && { stoppedBefore }),
    ...countOf(block, 'ExecMainPID', (mainPid) => ({ mainPid })),
    // 2^64 - 1 if systemd did not count it.
    ...countOf(block, 'CPUUsageNSec', (ns) => ({ cpuUs: us(Math.round(ns / 1000)) })),
  };
}

/** An active unit became active after its start began. While a unit restarts, its stamp is that of the previous start. */
function sayBackwards(block: ShowBlock, from: Stamp | undefined, to: Stamp | undefined, warnings: Warning[]): void {
  if (from === undefined || to === undefined || from.clock !== to.clock || to.us + to.errorUs >= from.us - from.errorUs)
    return;
  if (propertyOf(block, 'ActiveState') !== 'active') return;
  const message = `${propertyOf(block, 'Id').slice(0, 300)} became active ${((from.us - to.us) / 1e6).toFixed(3)} s before its start began, which is impossible: its length is unknown`;
  warnings.push({ code: 'runs-backwards', message, evidence: to.evidence });
}

/** Undefined if the property is absent, zero, or not a plausible number. */
function countOf<T>(block: ShowBlock, key: string, use: (count: number) => T): T | undefined {
  const count = Number(propertyOf(block, key) || 0);
  return Number.isSafeInteger(count) && count > 0 ? use(count) : undefined;
}

/** The stamp, unless it lies before `from`; without `from` any stamp. */
const notBefore = (stamp: Stamp | undefined, from: Stamp | undefined): Stamp | undefined =>
  stamp !== undefined && (from === undefined || (from.clock === stamp.clock && stamp.us >= from.us))
    ? stamp
    : undefined;

function stateOf(block: ShowBlock, id: string, path: string): UnitState {
  const restarts = Number(propertyOf(block, 'NRestarts'));
  const restarted = restarts > 0 ? block.properties.get('NRestarts') : undefined;
  const line = block.properties.get('ActiveState')?.line ?? block.properties.get('Id')?.line ?? block.line;
  return {
    unit: comparableName(id),
    load: propertyOf(block, 'LoadState'),
    active: propertyOf(block, 'ActiveState'),
    sub: propertyOf(block, 'SubState'),
    result: propertyOf(block, 'Result'),
    restarts: Number.isSafeInteger(restarts) && restarts > 0 ? restarts : 0,
    enabled: propertyOf(block, 'UnitFileState'),
    evidence: lineOf(path, line),
    ...(restarted && { restartsEvidence: lineOf(path, restarted.line) }),
  };
}

/** A unit's start as a span. `after` are its ordering edges; `open` says why there is no end. */
export function spanOf(unit: Unit): Span | undefined {
  if (unit.activating === undefined) return undefined;
  const end = unit.activated;
  const { active, sub } = unit.state;
  const open = active === '' ? 'its end is not recorded' : `${active} (${sub}) when the machine was read`;
  return {
    kind: 'unit',
    name: unit.name,
    start: unit.activating,
    ...(end === undefined ? { open } : { end }),
    after: [...unit.after],
    ...(unit.cpuUs !== undefined && { cpuUs: unit.cpuUs }),
    ...(unit.stoppedBefore && { note: 'restarted: the times are those of its last start' }),
  };
}
