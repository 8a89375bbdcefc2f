/**
 * Phases by the wall clock alone, which is what `systemctl show` prints when the monotonic stamps are not requested, and what
 * `systemd-analyze dump` prints. The kernel's start is the zero of the monotonic clock, so the distance of the others from it is
 * their place on that clock, to a second each; for that no zone is needed. A clock that was set in between makes a distance that
 * no boot takes: that stamp and all after it are refused.
 */
import { type Us, us } from '../../model/units.ts';
import { type Parsing, warn } from '../parsed.ts';
import { lineOf } from '../reading/lines.ts';
import { readStamp } from '../reading/stamp-text.ts';
import type { ShowBlock } from '../systemd-show.ts';
import { MANAGER_PATH } from '../systemd-units.ts';

export interface WallStamp {
  readonly us: Us;
  readonly errorUs: Us;
  readonly zoned: boolean;
  readonly line: number;
}

const KEYS = [
  ['KernelTimestamp', 'kernel'],
  ['InitRDTimestamp', 'initrd'],
  ['UserspaceTimestamp', 'userspace'],
  ['FinishTimestamp', 'finish'],
] as const;

export function readWallPhases(block: ShowBlock, into: Parsing): void {
  const stamps = new Map<string, WallStamp>();
  for (const [key, name] of KEYS) {
    const property = block.properties.get(key);
    const stamp = property && anyZone(property.value);
    if (stamp !== undefined && property !== undefined) stamps.set(name, { ...stamp, line: property.line });
  }
  addWallPhases(stamps, MANAGER_PATH, into);
}

/** A stamp with whatever zone: one by its name is read as it stands, and is good for distances only. */
export function anyZone(text: string): Omit<WallStamp, 'line'> | undefined {
  return readStamp(text) ?? readStamp(text.replace(/ [A-Z]{2,5}$| [+-]\d{2}$/, ''));
}

/** Between two of these stamps a boot takes less; a machine whose clock is set steps by more. */
const LONGEST_US = 3_600_000_000;

/** `kernel`, `initrd`, `userspace` and `finish`, as far as they are known, as events of the monotonic clock. */
export function addWallPhases(stamps: ReadonlyMap<string, WallStamp>, path: string, into: Parsing): void {
  const kernel = stamps.get('kernel');
  if (kernel === undefined) return;
  const add = (id: string, atUs: Us, errorUs: Us, line: number) =>
    into.events.push({ id, clock: 'monotonic', us: atUs, errorUs, evidence: lineOf(path, line) });
  add('kernel.start', us(0), us(0), kernel.line);
  // Beside its place on the wall clock, where the zone is known: it links the two.
  if (kernel.zoned) {
    const evidence = lineOf(path, kernel.line);
    into.events.push({
      id: 'kernel.start',
      clock: 'realtime',
      us: kernel.us,
      errorUs: kernel.errorUs,
      evidence,
    });
  }
  let before = kernel;
  for (const name of ['initrd', 'userspace', 'finish']) {
    const stamp = stamps.get(name);
    if (stamp === undefined) continue;
    const evidence = lineOf(path, stamp.line);
    const apartUs = stamp.us - before.us;
    if (apartUs < 0 || apartUs > LONGEST_US) {
      const message = `the wall clock was set before ${name} (${(apartUs / 1e6).toFixed(0)} s after the stamp above): bench ignores it and everything later`;
      warn(into, `missing:${name === 'finish' ? 'startup.finish' : `${name}.start`}`, message, evidence);
      return;
    }
    const atUs = stamp.us - kernel.us;
    const errorUs = stamp.errorUs + kernel.errorUs;
    if (name === 'initrd') add('initrd.start', us(atUs), us(errorUs), stamp.line);
    if (name === 'initrd' || !stamps.has('initrd'))
      if (name !== 'finish') add('kernel.end', us(atUs), us(errorUs), stamp.line);
    if (name === 'userspace') add('userspace.start', us(atUs), us(errorUs), stamp.line);
    if (name === 'finish') add('startup.finish', us(atUs), us(errorUs), stamp.line);
    before = stamp;
  }
}
