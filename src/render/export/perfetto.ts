/**
 * Boots as a trace for ui.perfetto.dev (Chrome's trace events, JSON): a process per boot, lanes of spans that do not overlap,
 * instants for events. Time counts from each boot's own kernel start, so that boots line up beneath one another.
 * https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
 */
import { toJson } from '../../model/json.ts';
import type { Span } from '../../model/timeline.ts';
import type { Us } from '../../model/units.ts';
import { plain } from '../escape.ts';
import type { ReportInput } from '../input.ts';

export function renderPerfetto({ records = [] }: ReportInput): string {
  const traceEvents = records.flatMap((record, index) => {
    const pid = index + 1;
    const { id, variant, block } = record.boot;
    const known = record.events.filter(({ clock }) => clock === 'monotonic');
    return [
      { name: 'process_name', ph: 'M', pid, tid: 0, args: { name: plain(`${id} (${record.outcome})`) } },
      { name: 'process_sort_index', ph: 'M', pid, tid: 0, args: { sort_index: block ?? pid } },
      ...lanes(record.spans).flatMap((lane, nth) =>
        lane.map(({ kind, name, startUs, endUs }) => ({
          name: plain(name),
          cat: kind,
          ph: 'X',
          ts: startUs,
          dur: endUs - startUs,
          pid,
          tid: nth + 1,
          args: { variant: plain(variant) },
        })),
      ),
      ...known.map((event) => ({ name: plain(event.id), cat: 'event', ph: 'i', s: 'p', ts: event.us, pid, tid: 0 })),
    ];
  });
  return toJson({ displayTimeUnit: 'ms', traceEvents });
}

interface Bar {
  readonly kind: string;
  readonly name: string;
  readonly startUs: Us;
  readonly endUs: Us;
}

/** Finished spans, in as few lanes as possible without overlaps. */
function lanes(spans: readonly Span[]): Bar[][] {
  const bars = spans.flatMap(({ kind, name, start, end }) =>
    end && start.clock === 'monotonic' && end.clock === 'monotonic'
      ? [{ kind, name, startUs: start.us, endUs: end.us }]
      : [],
  );
  bars.sort((a, b) => a.startUs - b.startUs || b.endUs - a.endUs);
  const found: Bar[][] = [];
  for (const bar of bars) {
    const lane = found.find((each) => (each.at(-1)?.endUs ?? 0) <= bar.startUs);
    if (lane) lane.push(bar);
    else found.push([bar]);
  }
  return found;
}
