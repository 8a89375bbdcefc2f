/**
 * containerd: from when on it answers. Its unit is `Type=notify`, so that becoming active is its own word for it; a unit of
 * another type becomes active before it listens, and then its line "containerd successfully booted in 0.05s" is the better one
 * (containerd `cmd/containerd/command/main.go`).
 *
 * Its last start counts. Provisioning may restart it, as AKS did for its limits and its certificates until the seed change,
 * and what was there until then is gone again:
 *
 *   before   |--- starts ---|  answers  |- restart -|  answers ...      ready is the second one: kubelet meets no other
 *   after          |--- starts ---|  answers ...
 *
 * systemd's own stamps are of the last start too, so this is the one meaning that a boot without a journal can have. The
 * starts before are spans, from the journal (`unit-starts.ts`).
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
    const startUs = unit?.activating?.clock === 'monotonic' ? unit.activating.us : 0;
    const ofTheLast = lines.filter((line) => line.monotonicUs >= startUs).reverse();
    const said = ofTheLast.map((line) => receivedAt('containerd.ready', line));
    // The first is the one that counts; the other stays, and a disagreement is reported where all events come together.
    found.events.push(...(unit?.type === 'notify' ? [...active, ...said] : [...said, ...active]));
    return found;
  },
};
