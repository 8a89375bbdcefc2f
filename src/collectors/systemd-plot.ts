/**
 * `systemd-analyze plot`, often a user's only attachment: the picture (SVG), JSON, or a table. JSON has instants of the
 * monotonic clock in microseconds. The table and the picture have printed durations; the picture also has the summary.
 * Sources: systemd `src/analyze/analyze-plot.c`.
 */
import type { Collector, Parsed } from '../model/collector.ts';
import { isObject, jsonOrUndefined } from '../model/json.ts';
import type { PrintedDuration, Span, Stamp } from '../model/timeline.ts';
import { type Us, us } from '../model/units.ts';
import { addAll, nothingYet, warn } from './parsed.ts';
import { durationAt, PLAUSIBLE_US, readDuration } from './reading/duration-text.ts';
import { lineOf, linesOf } from './reading/lines.ts';
import { artifactText, lineCounter } from './reading/text.ts';
import { PLOT_SIGNS } from './systemd-text/signs.ts';
import { addTime, movedTo } from './systemd-text/summary.ts';
import { readTimeText } from './systemd-text/time.ts';
import { unitsOf } from './systemd-units.ts';
import { comparableName, isOfTheLogin } from './unit-names.ts';

const SVG = 'systemd/plot.svg';
const JSON_PATH = 'systemd/plot.json';
const TABLE = 'systemd/plot.txt';

export const systemdPlot: Collector = { id: 'systemd-plot', artifacts: [], signs: PLOT_SIGNS, parse };

type Raw = ReadonlyMap<string, Uint8Array>;

function parse(raw: Raw): Parsed {
  const found = nothingYet();
  const printed: PrintedDuration[] = [];
  const known = new Set(unitsOf(raw).units.map(({ name }) => name));
  const spans = [...jsonSpans(raw), ...tableSpans(raw)];
  const taken = new Set(known);
  for (const span of spans) {
    if (taken.has(span.name)) continue;
    taken.add(span.name);
    found.spans.push(span);
  }
  const svg = svgLines(raw);
  addAll(
    printed,
    unitsOfPicture(svg).filter(({ name }) => !known.has(name)),
  );
  // The picture's summary is that of systemd-analyze; if an artifact has that, another collector reads it there.
  const others = ['systemd/manager.show', 'systemd/analyze-time.txt'];
  if (!others.some((path) => raw.has(path))) addAll(printed, summaryOfPicture(svg, found));
  if (raw.has(SVG) && printed.length === 0)
    warn(found, 'plot-empty', `raw/${SVG} is not a plot of systemd-analyze, or has no units.`, lineOf(SVG, 1));
  return { ...found, printed };
}

interface Labelled {
  readonly text: string;
  readonly number: number;
}

/** `text` elements contain the labels, with XML entities. */
const LABEL = /<text\b[^>]{0,200}>([^<]{1,600})<\/text>/g;
const MOST_LABELS = 20_000;
/** The summary has a line break before the part about the target (systemd 239 and later). */
const UNCLOSED = /<text\b[^>]{0,200}>([^<]{1,600})$/;
const REST = /^([^<]{1,600})<\/text>/;

function svgLines(raw: Raw): Labelled[] {
  const labels: Labelled[] = [];
  let open: Labelled | undefined;
  for (const { text, number } of linesOf(raw.get(SVG))) {
    const rest = open && REST.exec(text)?.[1];
    if (open !== undefined && rest !== undefined)
      labels.push({ text: plain(`${open.text} ${rest}`), number: open.number });
    for (const [, label = ''] of text.matchAll(LABEL)) labels.push({ text: plain(label), number });
    const begun = UNCLOSED.exec(text)?.[1];
    open = begun === undefined ? undefined : { text: begun, number };
    if (labels.length > MOST_LABELS) break;
  }
  return labels;
}

const plain = (text: string): string =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&');

function summaryOfPicture(labels: readonly Labelled[], found: ReturnType<typeof nothingYet>): PrintedDuration[] {
  const label = labels.find(({ text }) => text.startsWith('Startup finished in '));
  if (label === undefined) return [];
  const evidence = lineOf(SVG, label.number);
  return addTime(found, movedTo(readTimeText(label.text, evidence.file), evidence), evidence.file);
}

/** `auditd.service (701ms)`; a unit that took no time has no number. */
const UNIT = /^(\S{1,255}\.(?:service|mount|swap|socket|device|automount|path|timer|target)) \(([^()]{2,60})\)$/;

function unitsOfPicture(labels: readonly Labelled[]): PrintedDuration[] {
  return labels.flatMap(({ text, number }): PrintedDuration[] => {
    const [, unit, length = ''] = UNIT.exec(text) ?? [];
    const took = unit === undefined ? undefined : readDuration(length);
    if (unit === undefined || took === undefined || took.us > PLAUSIBLE_US || isOfTheLogin(unit)) return [];
    const name = comparableName(unit);
    return [
      {
        tool: 'systemd-analyze plot',
        name,
        metric: `unit.${name}`,
        us: took.us,
        errorUs: took.errorUs,
        evidence: lineOf(SVG, number),
      },
    ];
  });
}

/** Each miss searches the whole text. */
const MOST_MISSES = 50;

function jsonSpans(raw: Raw): Span[] {
  const text = artifactText(raw, JSON_PATH);
  if (text === undefined) return [];
  const lineAt = lineCounter(text);
  let at = 0;
  let misses = 0;
  return listOf(text).flatMap((entry): Span[] => {
    const { name, activating, activated } = entry;
    if (typeof name !== 'string') return [];
    // The text may have escapes in a name, so that the search misses.
    const found = misses < MOST_MISSES ? text.indexOf(JSON.stringify(name), at) : -1;
    if (found === -1) misses += 1;
    at = Math.max(at, found);
    return span(name, activating, activated, lineOf(JSON_PATH, lineAt(at)));
  });
}

function listOf(text: string): Readonly<Record<string, unknown>>[] {
  const value = jsonOrUndefined(text.slice(Math.max(0, text.indexOf('['))));
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** Finds columns by their headings, which systemd prints in capitals and in its own order. */
function tableSpans(raw: Raw): Span[] {
  let columns: string[] = [];
  const spans: Span[] = [];
  for (const { text, number } of linesOf(raw.get(TABLE))) {
    const [name = ''] = text.trim().split(/\s/);
    if (name === 'NAME') columns = text.trim().split(/\s+/).slice(1);
    const cells = columns.length > 0 ? durationsIn(text, text.indexOf(name) + name.length) : [];
    const cell = (heading: string) => cells[columns.indexOf(heading)];
    spans.push(...span(name, cell('ACTIVATING'), cell('ACTIVATED'), lineOf(TABLE, number)));
  }
  return spans;
}

/** Consecutive durations; a dash means none. */
function durationsIn(text: string, from: number): (number | undefined)[] {
  const found: (number | undefined)[] = [];
  for (let at = from; at < text.length && found.length < 20; ) {
    const duration = durationAt(text, at);
    if (duration !== undefined || text[at] === '-') found.push(duration?.us);
    at = duration?.end ?? at + 1;
  }
  return found;
}

/** A unit that never became active has no end; a unit that was active before the manager started has no start. */
function span(unit: string, activating: unknown, activated: unknown, evidence: Stamp['evidence']): Span[] {
  const isTime = (value: unknown): value is number => typeof value === 'number' && value > 0 && value <= PLAUSIBLE_US;
  if (!/\.\w{4,9}$/.test(unit) || !isTime(activating) || isOfTheLogin(unit)) return [];
  const at = (atUs: Us): Stamp => ({ clock: 'monotonic', us: atUs, errorUs: us(1), evidence });
  const name = comparableName(unit);
  const end = isTime(activated) && activated >= activating ? { end: at(us(activated)) } : { open: 'it was not active' };
  return [{ kind: 'unit', name, start: at(us(activating)), ...end }];
}
