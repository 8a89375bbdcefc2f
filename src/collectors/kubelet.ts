/**
 * kubelet: its process, and its lines until the node is ready. Each line has klog's own stamp (month, day and
 * microseconds, neither year nor zone), which says when kubelet wrote it. The journal entry's two clocks give the rest. */
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
  // Other collectors already take the journal and the units, which have the rest; users gather kubelet.log.
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
 * Shell command that succeeds once kubelet reports a ready node in this boot, in the wordings of kubelet-log.ts. It sleeps
 * until the journal has more. A follower without a reader would exit only at its next line, so the command kills it by pid.
 */
export const NODE_READY_COMMAND = `sh -c 'echo $$; exec journalctl --boot --unit ${KUBELET_UNIT} --output cat --lines all --follow' | {
read -r follower
grep -qE 'event"?[=:]"?NodeReady|as it just became ready' && kill "$follower"
}`;

/** A larger difference is not a lag: the clock stepped, or the line quotes another stamp. */
const LONGEST_LAG_US = 60 * 1_000_000;

/** Zones differ from UTC by multiples of 15 minutes. */
const QUARTER_US = 15 * 60 * 1_000_000;

/**
 * When kubelet wrote the line: subtracts the lag between kubelet's stamp and the entry's wall clock from the entry's monotonic
 * clock. A JSON line states the full time; other lines state the time of day in an unknown zone.
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
