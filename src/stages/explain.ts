/** How a number came about, line by line: the two stamps of a metric, and the lines of the raw files that they stand in. */
import { metricOf } from '../metrics/catalogue.ts';
import { measure, stampOf } from '../metrics/measure.ts';
import type { BootRecord } from '../model/boot.ts';
import { usageError } from '../model/errors.ts';
import type { Evidence, Stamp } from '../model/timeline.ts';

/** A line of a raw file is shown up to here; journal lines can be long. */
const SHOWN_CHARACTERS = 160;

export function explain(id: string, record: BootRecord, raw: ReadonlyMap<string, Uint8Array>): string {
  const metric = metricOf(id);
  if (!metric) throw usageError(`There is no metric "${id}".`, 'ARCHITECTURE.md says where they are listed.');
  const measured = measure(id, record);
  const heading = `${record.boot.id}  ${id}: ${metric.question}`;
  if (measured.kind === 'missing') return `${heading}\n  missing: ${measured.reason}`;
  const ends = [metric.from, metric.to].flatMap((event) => {
    const stamp = stampOf(event, record);
    return stamp
      ? [
          `  ${stampText(event, stamp)}`,
          `    ${stamp.evidence.file}:${stamp.evidence.line}  ${lineAt(stamp.evidence, raw)}`,
        ]
      : [];
  });
  const path = (record.paths[id] ?? []).map(
    (segment) => `  ${String(segment.toUs - segment.fromUs).padStart(12)} us  ${segment.item}`,
  );
  const onPath = path.length > 0 ? ['  made of', ...path] : [];
  return [heading, `  ${measured.valueUs} us, +-${measured.errorUs} us`, ...ends, ...onPath].join('\n');
}

const stampText = (event: string, stamp: Stamp): string =>
  `${event} = ${stamp.us} us on the ${stamp.clock} clock, +-${stamp.errorUs} us`;

function lineAt({ file, line }: Evidence, raw: ReadonlyMap<string, Uint8Array>): string {
  const bytes = raw.get(file.replace(/^raw\//, ''));
  if (!bytes) return '';
  const text = new TextDecoder().decode(bytes).split('\n')[line - 1] ?? '';
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}...` : text;
}
