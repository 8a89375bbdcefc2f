/** Events and spans of one boot -> one metric: its value with its error and both lines, or the reason why there is none. */
import type { BootRecord } from '../model/boot.ts';
import { elapsedOnOneClock, type Instant, instant } from '../model/clock.ts';
import { edgeOf, metricIdOf, SPAN_FAMILIES, spanFamilyOf } from '../model/ids.ts';
import type { Measured, Metric } from '../model/metric.ts';
import type { Evidence, Span, Stamp } from '../model/timeline.ts';
import { type Us, us } from '../model/units.ts';
import { eventMeaning, METRICS, metricOf } from './catalogue.ts';
import { derivedStamp, reasonEvent } from './derived-events.ts';

/** The parts of a record that metrics need. */
export type Timeline = Pick<BootRecord, 'events' | 'spans' | 'printed' | 'warnings'> &
  Partial<Pick<BootRecord, 'machine'>>;

export function measure(id: string, timeline: Timeline): Measured {
  const metric = metricOf(id);
  if (metric === undefined) return { kind: 'missing', reason: `there is no metric ${id}` };
  const stamped = measureStamps(metric, timeline);
  return stamped.kind === 'measured' ? stamped : (printedValue(id, timeline) ?? stamped);
}

/** The value that a pasted text states for a metric without stamps. */
function printedValue(id: string, { printed = [] }: Timeline): Measured | undefined {
  const found = printed.find(({ metric }) => metric === id);
  if (found?.us === undefined) return undefined;
  return { kind: 'measured', valueUs: found.us, errorUs: found.errorUs, evidence: [found.evidence, found.evidence] };
}

function measureStamps(metric: Metric, timeline: Timeline): Measured {
  const from = stampOf(metric.from, timeline);
  if (from === undefined) return { kind: 'missing', reason: whyMissing(metric.from, timeline) };
  const to = stampOf(metric.to, timeline);
  if (to === undefined) return { kind: 'missing', reason: whyMissing(metric.to, timeline) };
  return acrossParking(metric, from, to, timeline) ?? notWaitedFor(metric, to, timeline) ?? between(metric, from, to);
}

/** Time parked in a warm pool is not boot time, and bench does not know its exact length. */
function acrossParking(
  { from: start, to: end }: Metric,
  from: Stamp,
  to: Stamp,
  timeline: Timeline,
): Measured | undefined {
  const parked = timeline.events.find(({ id }) => id === 'machine.parked');
  if (parked === undefined || parked.clock !== from.clock || parked.clock !== to.clock) return undefined;
  if (parked.us < from.us || parked.us >= to.us) return undefined;
  const line = `${parked.evidence.file}:${parked.evidence.line}`;
  const reason = `the machine was booted in advance and parked between ${start} and ${end} (${line})`;
  return { kind: 'missing', reason };
}

/** The task of the node controller that a boothook launches: it runs provisioning, which begins some time later. */
const CONTROLLER = 'AKS.AKSNodeController.Provision';

/** No controller works longer than this before it runs the scripts. */
const LONGEST_LAUNCH_US = 15 * 60_000_000;

/** When a boothook launched the node controller before provisioning, on the clock of provisioning's start: the earliest report. */
export function launchOf(timeline: Timeline, beforeUs: Us): Stamp | undefined {
  const task = timeline.spans.find(({ kind, name }) => kind === 'task' && name === CONTROLLER);
  const clock = stampOf('cse.start', timeline)?.clock ?? task?.start.clock;
  const endUs = stampOf('controller.end', timeline)?.us ?? task?.end?.us ?? Infinity;
  return [stampOf('controller.launch', timeline), stampOf('controller.start', timeline), task?.start]
    .filter((stamp) => stamp !== undefined)
    .filter((stamp) => clock === undefined || stamp.clock === clock)
    .filter(({ us: atUs }) => atUs <= beforeUs && beforeUs - atUs <= LONGEST_LAUNCH_US && endUs >= beforeUs)
    .reduce<Stamp | undefined>(
      (first, stamp) => (first === undefined || stamp.us < first.us ? stamp : first),
      undefined,
    );
}

/** Provisioning that a boothook launched did not wait for the guest agent, however long the agent was up. */
function notWaitedFor(metric: Metric, to: Stamp, timeline: Timeline): Measured | undefined {
  const launch = metric.id === 'agent.wait' ? launchOf(timeline, to.us) : undefined;
  if (launch === undefined) return undefined;
  const { file, line } = launch.evidence;
  return {
    kind: 'missing',
    reason: `the boothook started provisioning (${file}:${line}), so nothing waited for the guest agent`,
  };
}

/** Fixed metrics whose end comes before their start, each with the reason and the end's line. */
export function runningBackwards(timeline: Timeline): { readonly reason: string; readonly evidence: Evidence }[] {
  return METRICS.flatMap((metric) => {
    const [from, to] = [stampOf(metric.from, timeline), stampOf(metric.to, timeline)];
    if (from === undefined || to === undefined || from.clock !== to.clock) return [];
    const measured = measure(metric.id, timeline);
    if (measured.kind === 'measured' || !measured.reason.includes(IS_BEFORE)) return [];
    return [{ reason: `${metric.id} has no value: ${measured.reason}`, evidence: to.evidence }];
  });
}

const IS_BEFORE = ') is before ';

function between(metric: Metric, from: Stamp, to: Stamp): Measured {
  const shared = Math.min(from.linkErrorUs ?? 0, to.linkErrorUs ?? 0);
  const ownError = (stamp: Stamp): Instant => instant(stamp.clock, stamp.us, stamp.errorUs - shared);
  const length = elapsedOnOneClock(ownError(from), ownError(to));
  if (length === undefined)
    return {
      kind: 'missing',
      reason: `${metric.from} is on the ${from.clock} clock and ${metric.to} on the ${to.clock} clock, with no link between them`,
    };
  if (length.us < -length.errorUs)
    return {
      kind: 'missing',
      reason: `${metric.to} (${to.evidence.file}:${to.evidence.line}${IS_BEFORE}${metric.from} (${from.evidence.file}:${from.evidence.line})`,
    };
  // Within the stamps' error the order may appear reversed; a duration is never negative.
  const valueUs = us(Math.max(0, length.us));
  return { kind: 'measured', valueUs, errorUs: length.errorUs, evidence: [from.evidence, to.evidence] };
}

/** The stamp of an event, or of one end of a span (`unit.containerd.service/start`). */
export function stampOf(id: string, timeline: Timeline): Stamp | undefined {
  const event = timeline.events.find((each) => each.id === id);
  if (event !== undefined) return event;
  const edge = edgeOf(id);
  if (edge !== undefined) return spanOf(edge.of, timeline)?.[edge.end];
  return derivedStamp(id, (other) => stampOf(other, timeline));
}

/** The span that a metric of a family is about. */
export function spanOf(metricId: string, { spans }: Timeline): Span | undefined {
  if (metricId === 'tls.bootstrap-event') return spans.find((span) => span.name === 'bootstrap-event');
  const member = spanFamilyOf(metricId);
  return member && spans.find(({ kind, name }) => kind === member.family && name === member.name);
}

/** The metric of a span, for those that have one. */
export function metricOfSpan({ kind, name }: Span): string | undefined {
  const family = SPAN_FAMILIES.find((each) => each === kind);
  return family && metricIdOf(family, name);
}

/** The collector's reason, or else the source that lacks it. */
function whyMissing(wanted: string, timeline: Timeline): string {
  const id = reasonEvent(wanted);
  const said = timeline.warnings.find(({ code }) => code === `missing:${id}`);
  if (said !== undefined)
    return said.evidence === undefined ? said.message : `${said.message} (${said.evidence.file}:${said.evidence.line})`;
  const edge = edgeOf(id);
  if (edge !== undefined) {
    const span = spanOf(edge.of, timeline);
    if (span === undefined) return whyNoSpan(edge.of, timeline);
    return `${edge.of} did not end: ${span.open ?? 'no end was seen'} (${span.start.evidence.file}:${span.start.evidence.line})`;
  }
  const meaning = eventMeaning.get(id);
  if (meaning === undefined) return `no ${id} was seen`;
  const where = notGathered(meaning.source, timeline) ? `${meaning.source} was not collected` : `in ${meaning.source}`;
  return `no ${id} (${meaning.title})${where.startsWith('in ') ? ' ' : ': '}${where}`;
}

/** A run collects everything, so a missing span did not run; an import may contain only a part. */
function whyNoSpan(id: string, { spans, machine }: Timeline): string {
  if (machine?.[GATHERED] === undefined) return `${id} did not run in this boot`;
  const family = spanFamilyOf(id)?.family;
  const others = spans.some(({ kind }) => kind === family) ? ', which has others of this kind' : '';
  return `no collected artifact mentions ${id}${others}`;
}

/** The fact of an imported boot that lists its artifacts. */
export const GATHERED = 'imported.artifacts';

/** Whether the import lacks every artifact that reports an event. False for runs, which collect everything. */
function notGathered(source: string, { machine }: Timeline): boolean {
  const gathered = machine?.[GATHERED];
  if (typeof gathered !== 'string') return false;
  const there = gathered.split(' ');
  return (source.match(/raw\/\S+/g) ?? []).every((path) => !there.some((each) => `raw/${each}`.startsWith(path)));
}
