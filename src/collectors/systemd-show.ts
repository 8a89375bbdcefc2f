/**
 * Blocks of `systemctl show`: `Key=value` lines, a blank line between units. Source of the format: systemctl(1), systemd
 * 219 to 257. Times are microseconds; see `microseconds` for their zero and for values that are not times.
 */
import { type Us, us } from '../model/units.ts';
import { type Line, linesOf } from './reading/lines.ts';
import { readStamp } from './reading/stamp-text.ts';

/** One unit, or the manager. `line` is the first line of the block. */
export interface ShowBlock {
  readonly line: number;
  readonly properties: ReadonlyMap<string, Property>;
}

interface Property {
  readonly value: string;
  readonly line: number;
}

const PROPERTY = /^([A-Za-z][A-Za-z0-9]*)=(.*)$/;

/** Skips lines without `=`, since a description may contain anything: every property that we read is a single line. */
export function* showBlocks(bytes: Uint8Array | undefined): Generator<ShowBlock> {
  let properties = new Map<string, Property>();
  let first: Line | undefined;
  for (const line of linesOf(bytes)) {
    if (line.text.trim() === '') {
      if (first !== undefined && properties.size > 0) yield { line: first.number, properties };
      properties = new Map();
      first = undefined;
      continue;
    }
    const [, key, value] = PROPERTY.exec(line.text.trimEnd()) ?? [];
    if (key === undefined || value === undefined) continue;
    // A block with two names has lost its blank line: two units, not one.
    if (key === 'Id' && properties.has('Id') && first !== undefined) {
      yield { line: first.number, properties };
      properties = new Map();
      first = undefined;
    }
    first ??= line;
    if (!properties.has(key)) properties.set(key, { value, line: line.number });
  }
  if (first !== undefined && properties.size > 0) yield { line: first.number, properties };
}

/** No boot lasts a year of monotonic time; larger values are `infinity` (2^64-1) or wrapped negatives. */
const LONGEST_US = 366 * 86_400 * 1_000_000;

/** `never` is systemd's 0 or an empty value; `impossible` is a value that no clock of this boot can have shown. */
export type Reading =
  | { readonly kind: 'time'; readonly us: Us; readonly line: number }
  | { readonly kind: 'never'; readonly line: number }
  | { readonly kind: 'impossible'; readonly value: string; readonly line: number }
  | { readonly kind: 'absent' };

/** A `...TimestampMonotonic` property: microseconds of CLOCK_MONOTONIC, where systemd writes 0 for "did not happen". */
export function microseconds(block: ShowBlock, key: string): Reading {
  const property = block.properties.get(key);
  if (property === undefined) return { kind: 'absent' };
  const { value, line } = property;
  if (value === '' || value === '0' || value === 'n/a') return { kind: 'never', line };
  const readUs = us(/^\d{1,20}$/.test(value) ? Number(value) : Number.NaN);
  if (readUs > 0 && readUs <= LONGEST_US) return { kind: 'time', us: readUs, line };
  return { kind: 'impossible', value: value.slice(0, 40), line };
}

/** The matching stamp without `Monotonic`: the wall clock, by default in whole seconds. */
export function wallClock(block: ShowBlock, key: string): { us: Us; errorUs: Us; line: number } | undefined {
  const property = block.properties.get(key.replace(/Monotonic$/, ''));
  const stamp = property && readStamp(property.value);
  return stamp?.zoned ? { us: stamp.us, errorUs: stamp.errorUs, line: property?.line ?? block.line } : undefined;
}

export const propertyOf = (block: ShowBlock, key: string): string => block.properties.get(key)?.value ?? '';

/**
 * Names in a list property (`After=`, `Names=`), separated by blanks. systemctl quotes a name with a backslash and doubles the
 * backslash (`"run-a\\x2db.mount"`).
 */
export const namesOf = (block: ShowBlock, key: string): readonly string[] =>
  propertyOf(block, key)
    .split(' ')
    .filter((name) => name !== '')
    .map((name) => (name.startsWith('"') ? name.replaceAll('"', '').replaceAll('\\\\', '\\') : name));
