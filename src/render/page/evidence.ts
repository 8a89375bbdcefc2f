/** The lines that show a metric of one boot: its events or its span. */
import type { BootRecord } from '../../model/boot.ts';
import { edgeOf, metricsOfItem } from '../../model/ids.ts';
import type { Evidence, Span, Stamp } from '../../model/timeline.ts';
import { itemOfSpan } from '../items.ts';
import type { ReportView } from '../view.ts';

/** Start and end of the metric in the raw files; empty if the record lacks them. */
export function evidenceOf(view: ReportView, record: BootRecord, metric: string): Evidence[] {
  const declared = view.declared(metric);
  const ends = [declared?.from, declared?.to ?? metric].flatMap((id) => {
    const found = id === undefined ? undefined : stampOf(record, id);
    return found === undefined ? [] : [found.evidence];
  });
  if (ends.length > 0) return ends;
  const span = spanOf(record, metric);
  return span === undefined ? [] : [span.start.evidence, ...(span.end === undefined ? [] : [span.end.evidence])];
}

/** An event, or one end of a span: `unit.containerd.service/start`. */
function stampOf(record: BootRecord, id: string): Stamp | undefined {
  const edge = edgeOf(id);
  const event = record.events.find((one) => one.id === id);
  if (event !== undefined || edge === undefined) return event;
  return spanOf(record, edge.of)?.[edge.end];
}

const spanOf = (record: BootRecord, metric: string): Span | undefined =>
  record.spans.find((span) => metricsOfItem(itemOfSpan(span)).includes(metric));
