/**
 * containerd: when it begins to answer. A `Type=notify` unit becomes active when containerd itself reports ready. A unit of
 * another type becomes active before containerd listens, and then the line "containerd successfully booted in 0.05s" is the
 * better source (containerd `cmd/containerd/command/main.go`).
 *
 * Its last start counts. Provisioning may restart it, as AKS did for its limits and its certificates until the seed change.
 * The restart ends the earlier readiness:
 *
 *   before   |--- starts ---|  answers  |- restart -|  answers ...      ready is the second one: kubelet sees no other
 *   after          |--- starts ---|  answers ...
 *
 * systemd's own stamps also show the last start, so a boot without a journal can have only this meaning. Earlier starts are
 * spans, from the journal (`unit-starts.ts`).
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
    // The first counts. The other stays; the code that merges all events reports a disagreement.
    found.events.push(...(unit?.type === 'notify' ? [...active, ...said] : [...said, ...active]));
    return found;
  },
};
