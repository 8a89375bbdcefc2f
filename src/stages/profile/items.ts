/**
 * Which parts of a boot a profile delays: the longest, on the path or off it, as the experiment finds out which of them decide. Leaves out
 * parts that nothing can delay, and those that are the whole of provisioning.
 */
import type { BootRecord } from '../../model/boot.ts';
import type { Span } from '../../model/timeline.ts';
import { type Intervention, unitOfItem } from '../../model/trial.ts';
import { type Us, us } from '../../model/units.ts';

export interface Candidate {
  readonly item: string;
  readonly startUs: Us;
  /** All of its starts together. */
  readonly lengthUs: Us;
}

/** The script's event for itself. */
const WHOLE_SCRIPT = 'cse_start';
const DOSED = /\.(?:service|socket|mount)$/;
/** A start of a unit before this one: `containerd.service~1`. */
const EARLIER = /~\d+$/;

/** All parts of a boot that bench can delay, longest first. */
export function candidatesOf(record: BootRecord, provisionedBy: string | undefined): Candidate[] {
  const found = new Map<string, Candidate>();
  for (const span of record.spans) {
    const item = itemOf(span);
    if (item === undefined || item === `unit:${provisionedBy}` || span.end === undefined) continue;
    const lengthUs = (found.get(item)?.lengthUs ?? 0) + span.end.us - span.start.us;
    found.set(item, {
      item,
      startUs: us(Math.min(span.start.us, found.get(item)?.startUs ?? span.start.us)),
      lengthUs: us(lengthUs),
    });
  }
  return [...found.values()].sort((a, b) => b.lengthUs - a.lengthUs || (a.item < b.item ? -1 : 1));
}

function itemOf({ kind, name, start }: Span): string | undefined {
  if (start.clock !== 'monotonic') return undefined;
  if (kind === 'task') return name === WHOLE_SCRIPT ? undefined : `task:${name}`;
  const unit = name.replace(EARLIER, '');
  // Leaves out mounts of credentials and containers: their names show the unit they belong to, and bench can delay that unit instead.
  return kind === 'unit' && DOSED.test(unit) && !/\\x2d|UUID|^-\.mount$/.test(unit) ? `unit:${unit}` : undefined;
}

/** The unit that was starting when provisioning began, by the units' own spans: the one with the latest start. */
export function provisionerOf(record: BootRecord): string | undefined {
  const began =
    record.events.find(({ id, clock }) => id === 'cse.start' && clock === 'monotonic')?.us ??
    record.spans.find(({ kind }) => kind === 'task')?.start.us;
  if (began === undefined) return undefined;
  return record.spans
    .filter(
      ({ kind, name, start, end }) =>
        kind === 'unit' && name.endsWith('.service') && start.us <= began && (end?.us ?? Infinity) > began,
    )
    .sort((a, b) => b.start.us - a.start.us)
    .map(({ name }) => name)[0];
}

/** The item that a user named: a unit has its suffix, all else is a step. */
export function namedItem(name: string): string {
  if (/^(?:unit|task):/.test(name)) return name;
  return /\.(?:service|socket|mount|target|timer|path|swap|device|automount)$/.test(name)
    ? `unit:${name}`
    : `task:${name.replace(/^AKS\.CSE\./, '')}`;
}

export const shownItem = (item: string): string => item.replace(/^(?:unit|task):/, '');

/** `defer: a, b; skip: c; mask: unit`. Throws nothing: returns whatever it cannot read. */
export function readWhatIf(text: string): readonly Intervention[] | string {
  const parts = text.split(';').map((part) => part.trim());
  const interventions: Intervention[] = [];
  for (const part of parts) {
    const [, action, names] = /^(defer|skip|mask):\s*(\S.*)$/.exec(part) ?? [];
    if (action === undefined || names === undefined)
      return `"${part}" is not an intervention; write defer:, skip: or mask: with names, e.g. defer: a, b; mask: c.service`;
    for (const name of names.split(',').map((each) => each.trim())) {
      if (!/^\S+$/.test(name))
        return `"${part}" has ${JSON.stringify(name)} as a name; separate names by one comma each`;
      const item = namedItem(name);
      if (interventions.some((each) => each.item === item)) return `${name} is named twice; name it once`;
      const unit = unitOfItem(item) !== undefined;
      if (action === 'skip' && unit) return `${name} is a unit: write mask: ${name}`;
      if (action === 'mask' && !unit) return `${name} is a provisioning step: write skip: ${name}`;
      interventions.push({ action: action as 'defer' | 'skip' | 'mask', item });
    }
  }
  return interventions;
}

export const whatIfLabel = (interventions: readonly Intervention[]): string =>
  (['defer', 'skip', 'mask'] as const)
    .flatMap((action) => {
      const names = interventions.filter((each) => each.action === action).map(({ item }) => shownItem(item));
      return names.length === 0 ? [] : [`${action}: ${names.join(', ')}`];
    })
    .join('; ');
