import type { BootRecord } from '../../src/model/boot.ts';

/** A record less what is of each machine's own: the load of its host, what was seen from outside, the clock read after the boot. */
export function bootOnly(record: BootRecord) {
  const { hostLoad: _, ...machine } = record.machine;
  const links = record.links.map(({ readings, ...link }) => ({ ...link, readings: readings.slice(0, -1) }));
  return { ...record, machine, links, events: record.events.filter(({ clock }) => clock !== 'controller') };
}
