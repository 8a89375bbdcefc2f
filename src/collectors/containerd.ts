/**
 * containerd: when it answers. Its unit is `Type=notify`, so that becoming active is its own word for it; a unit of another
 * type becomes active before it listens, and then its line "containerd successfully booted in 0.05s" is the better one
 * (containerd `cmd/containerd/command/main.go`).
 */
import type { Collector, Parsed } from '../model/collector.ts';
import type { BootEvent } from '../model/timeline.ts';
import { journalOf } from './journal-lines.ts';
import { nothingYet } from './parsed.ts';
import { receivedAt } from './reception.ts';
import { unitsOf } from './systemd-units.ts';

const CONTAINERD_UNIT = 'containerd.service';

export const containerd: Collector = {
  id: 'containerd',
  artifacts: [],
  parse(raw): Parsed {
    const found = nothingYet();
    const unit = unitsOf(raw).units.find(({ name }) => name === CONTAINERD_UNIT);
    const active: BootEvent[] =
      unit?.activated === undefined || unit.state.result !== 'success'
        ? []
        : [{ id: 'containerd.ready', ...unit.activated }];
    const lines = journalOf(raw).lines.filter(
      (line) => line.unit === CONTAINERD_UNIT && line.message.includes('containerd successfully booted'),
    );
    // Lines of an earlier start come last: the unit's stamps are of its last.
    const startUs = unit?.activating?.clock === 'monotonic' ? unit.activating.us : 0;
    const ordered = [
      ...lines.filter((line) => line.monotonicUs >= startUs),
      ...lines.filter((line) => line.monotonicUs < startUs),
    ];
    const said = ordered.map((line) => receivedAt('containerd.ready', line));
    // The first is the one that counts; the other stays, and a disagreement is said where all events come together.
    found.events.push(...(unit?.type === 'notify' ? [...active, ...said] : [...said, ...active]));
    return found;
  },
};
