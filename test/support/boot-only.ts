import type { BootRecord } from '../../src/model/boot.ts';

/**
 * A record without the values that differ from machine to machine: the load of its host, the outside view, and values read after the
 * boot. Those are a clock reading, and the processor time of units that still run, because they also serve the reading.
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
