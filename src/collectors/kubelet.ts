/**
 * kubelet: its process, and what it says on its way to a node that is ready. Its lines carry klog's own stamp (month, day
 * and microseconds, neither year nor zone), which is when kubelet wrote them; in the journal the line's two clocks tell the
 * rest. */
import type { Collector, Parsed } from '../model/collector.ts';
import type { BootEvent } from '../model/timeline.ts';
import { type Us, us } from '../model/units.ts';
import { type JournalLine, journalOf } from './journal-lines.ts';
import { clientRequestOnly } from './kubelet-csr.ts';
import { kubeletEvent, readKubeletLog, toldInJson } from './kubelet-log.ts';
import { kubeletMetricsRequest, readKubeletMetrics } from './kubelet-metrics.ts';
import { nothingYet, warn } from './parsed.ts';
import { klogStamp } from './reading/klog-stamp.ts';
import { lineOf } from './reading/lines.ts';
import { receivedAt } from './reception.ts';
import { UNITS_PATH, unitsOf } from './systemd-units.ts';

const KUBELET_UNIT = 'kubelet.service';

export const kubelet: Collector = {
  id: 'kubelet',
  signs: [
    {
      raw: 'aks/kubelet.log',
      names: ['kubelet.log'],
      json: /^\{\s*"ts"\s*:\s*\d{10}(?:\d{3})?(?:\.\d{1,9})?,/,
      line: /^[IWEF]\d{4} \d\d:\d\d:\d\d\.\d{6}\s+\d+ [\w.]+\.go:\d+\]/,
    },
    {
      raw: 'aks/kubelet-metrics.txt',
      names: ['kubelet-metrics.txt'],
      line: /^kubelet_node_startup_[a-z_]{0,60}duration_seconds\b/,
    },
  ],
  // The rest is in the journal and in the units, which are taken anyway; kubelet.log is what others gathered.
  artifacts: [kubeletMetricsRequest],
  parse(raw): Parsed {
    const found = nothingYet();
    const unit = unitsOf(raw).units.find(({ name }) => name === KUBELET_UNIT);
    if (unit?.processStart !== undefined) found.events.push({ id: 'kubelet.start', ...unit.processStart });
    else if (raw.has(UNITS_PATH))
      warn(
        found,
        'missing:kubelet.start',
        unit === undefined
          ? 'kubelet.service is neither active nor failed'
          : `kubelet.service is ${unit.state.active}: no process was started`,
        unit?.state.evidence ?? lineOf(UNITS_PATH, 0),
      );
    for (const line of journalOf(raw).lines) {
      if (line.unit !== KUBELET_UNIT) continue;
      const told = toldInJson(line.message);
      const id = told === undefined ? kubeletEvent(line.message) : told.id;
      if (id !== undefined) found.events.push(writtenAt(id, line, told?.us));
    }
    readKubeletLog(raw, found);
    return { ...found, events: clientRequestOnly(found.events), printed: readKubeletMetrics(raw, found) };
  },
};

/**
 * Shell command that ends well when kubelet has said in this boot that its node is ready, in the wordings of kubelet-log.ts. It
 * sleeps until the journal has more. A follower whose reader is gone ends with its next line only, so it is ended by its number.
 */
export const NODE_READY_COMMAND = `sh -c 'echo $$; exec journalctl --boot --unit ${KUBELET_UNIT} --output cat --lines all --follow' | {
read -r follower
grep -qE 'event"?[=:]"?NodeReady|as it just became ready' && kill "$follower"
}`;

/** A lag beyond this is no lag: the clock stepped, or the stamp is quoted from elsewhere. */
const LONGEST_LAG_US = 60 * 1_000_000;

/** Zones differ from UTC by whole quarters of an hour. */
const QUARTER_US = 15 * 60 * 1_000_000;

/**
 * When kubelet wrote the line: its stamp against the wall clock of the same line, counted back from the monotonic one. A line in
 * JSON states the time whole, others the time of day in a zone that is not said.
 */
function writtenAt(id: string, line: JournalLine, statedUs: Us | undefined): BootEvent {
  const ofDayUs = klogStamp(line.message)?.timeOfDayUs;
  const lag =
    statedUs !== undefined
      ? line.realtimeUs - statedUs
      : ofDayUs !== undefined
        ? (((line.realtimeUs - ofDayUs) % QUARTER_US) + QUARTER_US) % QUARTER_US
        : undefined;
  if (lag === undefined || lag < 0 || lag > LONGEST_LAG_US) return receivedAt(id, line);
  const evidence = lineOf(line.path, line.line);
  return { id, clock: 'monotonic', us: us(line.monotonicUs - lag), errorUs: us(1), evidence };
}
