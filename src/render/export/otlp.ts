/**
 * Boots as OpenTelemetry traces (OTLP, JSON): a trace per boot, with the boot as its root, and events on the root. For any collector:
 * `curl --json @- <collector>/v1/traces`. Ids derive from those of the run and the boot, so a repeated export gives the same trace.
 * https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */
import type { BootRecord } from '../../model/boot.ts';
import { toJson } from '../../model/json.ts';
import { type Us, us } from '../../model/units.ts';
import { plain } from '../escape.ts';
import type { ReportInput } from '../input.ts';

type Value = string | number;

export function renderOtlp({ run, samples, records = [] }: ReportInput): string {
  const id = run?.id ?? samples.scenario;
  const startedUs = us(Date.parse(run?.createdAt ?? '') * 1000 || 0);
  const resourceSpans = records.map((record) => ({
    resource: attributes({ 'service.name': samples.scenario, 'bench.run': id, 'bench.variant': record.boot.variant }),
    scopeSpans: [{ scope: { name: 'bench' }, spans: spansOf(record, id, zeroUs(record) ?? startedUs) }],
  }));
  return toJson({ resourceSpans });
}

/** Real time at the zero of the guest's monotonic clock; undefined if no link gives it. */
function zeroUs({ links }: BootRecord): Us | undefined {
  const link = links.find(({ from, to }) => from === 'realtime' && to === 'monotonic');
  const reading = link?.readings.at(-1);
  return reading && us(reading.fromUs - reading.toUs);
}

function spansOf(record: BootRecord, run: string, originUs: Us) {
  const traceId = hex(`${run} ${record.boot.id}`, 4);
  const root = hex(`${run} ${record.boot.id} root`, 2);
  // BigInt: nanoseconds since 1970 do not fit in a number.
  const nanos = (us: Us) => String(BigInt(Math.round(originUs + us)) * 1000n);
  const events = record.events.filter(({ clock }) => clock === 'monotonic');
  const spans = record.spans.flatMap(({ kind, name, start, end }, index) =>
    end && start.clock === 'monotonic' && end.clock === 'monotonic'
      ? [{ index, kind, name, startUs: start.us, endUs: end.us }]
      : [],
  );
  const lastUs = Math.max(0, ...spans.map(({ endUs }) => endUs), ...events.map(({ us }) => us));
  const failed = record.outcome === 'failed' || record.broken.length > 0;
  return [
    {
      traceId,
      spanId: root,
      name: plain(record.boot.id),
      kind: 1,
      startTimeUnixNano: nanos(us(0)),
      endTimeUnixNano: nanos(us(lastUs)),
      ...attributes({
        'bench.outcome': record.outcome,
        ...(record.boot.block !== null && { 'bench.block': record.boot.block }),
      }),
      events: events.map(({ id, us }) => ({ timeUnixNano: nanos(us), name: plain(id) })),
      status: { code: failed ? 2 : 1, message: plain(record.failure?.message ?? record.broken[0] ?? '') },
    },
    ...spans.map(({ index, kind, name, startUs, endUs }) => ({
      traceId,
      spanId: hex(`${run} ${record.boot.id} ${index}`, 2),
      parentSpanId: root,
      name: plain(name),
      kind: 1,
      startTimeUnixNano: nanos(startUs),
      endTimeUnixNano: nanos(endUs),
      ...attributes({ 'bench.kind': kind }),
    })),
  ];
}

const attributes = (values: Readonly<Record<string, Value>>) => ({
  attributes: Object.entries(values).map(([key, value]) => ({
    key,
    value: typeof value === 'string' ? { stringValue: plain(value) } : { intValue: String(value) },
  })),
});

/** FNV-1a, 32 bit, once per word with a different start value: an id, not a secret. */
function hex(text: string, words: number): string {
  return Array.from({ length: words }, (_, word) => {
    let hash = 0x811c9dc5 ^ word;
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    return (hash >>> 0).toString(16).padStart(8, '0');
  }).join('');
}
