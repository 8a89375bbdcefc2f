/**
 * Where a number comes from, line by line: the two stamps of a metric and their lines in the raw files, the clock reading that moved a
 * stamp, and the parts of the time.
 */
import { isMonotonic } from '../../collectors/index.ts';
import { checkMetricId, metricOf } from '../../metrics/catalogue.ts';
import { criticalPath } from '../../metrics/critical-path.ts';
import { measure, stampOf } from '../../metrics/measure.ts';
import type { BootRecord } from '../../model/boot.ts';
import { usageError } from '../../model/errors.ts';
import { isObject, jsonOrUndefined } from '../../model/json.ts';
import type { Evidence, Stamp } from '../../model/timeline.ts';

/** Shows at most this much of a raw file's line; journal lines can be long. */
const SHOWN_CHARACTERS = 160;

/** The machine's own work needs no word. */
const KINDS = { work: '', wait: '  (waiting)', unknown: '  (unknown)' } as const;

export function explain(id: string, record: BootRecord, raw: ReadonlyMap<string, Uint8Array>): string {
  const metric = metricOf(id);
  if (!metric) throw usageError(`bench record --explain: ${checkMetricId(id, [])}.`);
  const measured = measure(id, record);
  const heading = `${record.boot.id}  ${id}: ${metric.question}`;
  if (measured.kind === 'missing') return `${heading}\n  missing: ${measured.reason}`;
  const ends = [metric.from, metric.to].flatMap((event) => {
    const stamp = stampOf(event, record);
    return stamp
      ? [
          `  ${stampText(event, stamp)}`,
          `    ${stamp.evidence.file}:${stamp.evidence.line}  ${lineAt(stamp.evidence, raw)}`,
          ...linkText(stamp, record),
        ]
      : [];
  });
  const path = (record.paths[id] ?? criticalPath(id, record) ?? []).map(
    (segment) => `  ${String(segment.toUs - segment.fromUs).padStart(12)} us  ${segment.item}${KINDS[segment.kind]}`,
  );
  const onPath = path.length > 0 ? ['  made of', ...path] : [];
  return [heading, `  ${measured.valueUs} us, +-${measured.errorUs} us`, ...ends, ...onPath].join('\n');
}

const stampText = (event: string, stamp: Stamp): string =>
  `${event} = ${stamp.us} us on the ${stamp.clock} clock, +-${stamp.errorUs} us`;

function linkText({ clock, us, evidence }: Stamp, { links }: BootRecord): string[] {
  const readings = links.find(({ from, to }) => from === 'realtime' && to === clock)?.readings ?? [];
  // The stamps of systemd and journald are monotonic already; a link moved everything else to that clock.
  if (evidence.file === 'outcome.json' || isMonotonic(evidence.file)) return [];
  const [nearest] = [...readings].sort((a, b) => Math.abs(a.toUs - us) - Math.abs(b.toUs - us));
  if (nearest === undefined) return [];
  const wall = new Date(nearest.fromUs / 1000).toISOString();
  return [
    `    converted from the wall clock, which read ${wall} when the ${clock} clock read ${nearest.toUs} us, +-${nearest.errorUs} us`,
  ];
}

function lineAt({ file, line }: Evidence, raw: ReadonlyMap<string, Uint8Array>): string {
  const bytes = raw.get(file.replace(/^raw\//, ''));
  if (!bytes) return '';
  const text = new TextDecoder().decode(bytes).split('\n')[line - 1] ?? '';
  const shown = file === 'raw/journal/boot.jsonl' ? journalText(text) : text;
  return shown.length > SHOWN_CHARACTERS ? `${shown.slice(0, SHOWN_CHARACTERS)}...` : shown;
}

/** The fields of a journal line that a reader looks for; they come in any order, and the message late. */
function journalText(line: string): string {
  const fields = jsonOrUndefined(line);
  if (!isObject(fields)) return line;
  const { __MONOTONIC_TIMESTAMP: at, UNIT, _SYSTEMD_UNIT, MESSAGE } = fields;
  return `${at} us, ${UNIT ?? _SYSTEMD_UNIT ?? 'the kernel'}: ${MESSAGE}`;
}
