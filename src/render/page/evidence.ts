/** Which lines show a metric of one boot: the events or the span it was made from. */
import type { BootRecord } from '../../model/boot.ts';
import type { Evidence } from '../../model/timeline.ts';
import { declarationOf, type ReportInput } from '../input.ts';

/** Start and end of the metric as they stand in the raw files; empty where the record does not tell. */
export function evidenceOf(input: ReportInput, record: BootRecord, metric: string): Evidence[] {
  const declared = declarationOf(input, metric);
  const ends = [declared?.from, declared?.to ?? metric].flatMap((id) => {
    const found = id === undefined ? undefined : record.events.find((event) => event.id === id);
    return found === undefined ? [] : [found.evidence];
  });
  if (ends.length > 0) return ends;
  const span = record.spans.find((one) => one.name === metric || `${FAMILY[one.kind] ?? ''}${one.name}` === metric);
  return span === undefined ? [] : [span.start.evidence, ...(span.end === undefined ? [] : [span.end.evidence])];
}

const FAMILY: Readonly<Record<string, string>> = { unit: 'unit.', task: 'cse.', 'cloud-init': 'cloud-init.' };
