/**
 * Phases from the wall clock alone, as in `systemd-analyze dump`, and in `systemctl show` without the monotonic stamps. The
 * kernel's start is the zero of the monotonic clock, so each stamp's distance from it is the place on that clock, to a second;
 * this needs no zone. If someone set the clock in between, the distance is impossible for a boot: bench ignores that stamp
 * and all later ones.
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

/** A stamp with any zone. Ignores a zone name, so such a stamp is good only for distances. */
export function anyZone(text: string): Omit<WallStamp, 'line'> | undefined {
  return readStamp(text) ?? readStamp(text.replace(/ [A-Z]{2,5}$| [+-]\d{2}$/, ''));
}

/** Two of these stamps are closer together in any boot; setting a clock makes a larger step. */
const LONGEST_US = 3_600_000_000;

/** Adds the known ones of `kernel`, `initrd`, `userspace` and `finish` as events of the monotonic clock. */
export function addWallPhases(stamps: ReadonlyMap<string, WallStamp>, path: string, into: Parsing): void {
  const kernel = stamps.get('kernel');
  if (kernel === undefined) return;
  const add = (id: string, atUs: Us, errorUs: Us, line: number) =>
    into.events.push({ id, clock: 'monotonic', us: atUs, errorUs, evidence: lineOf(path, line) });
  add('kernel.start', us(0), us(0), kernel.line);
  // With a known zone also on the wall clock, which links the two clocks.
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
