import type { BootRecord } from '../../src/model/boot.ts';

/**
 * A record less what is of each machine's own: the load of its host, what was seen from outside, what is read after the boot: a clock, and
 * the processor time of units that still run, as they also serve the reading.
 */
export function bootOnly(record: BootRecord) {
  const { hostLoad: _load, readyUptimeS: _uptime, ...machine } = record.machine;
  const links = record.links.map(({ readings, ...link }) => ({ ...link, readings: readings.slice(0, -1) }));
  const running = new Set(record.units.filter(({ sub }) => sub === 'running').map(({ unit }) => unit));
  const spans = record.spans.map(({ cpuUs, ...span }) =>
    cpuUs === undefined || running.has(span.name) ? span : { ...span, cpuUs },
  );
  return { ...record, machine, links, spans, events: record.events.filter(({ clock }) => clock !== 'controller') };
}
