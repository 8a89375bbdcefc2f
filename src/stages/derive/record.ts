/**
 * Raw artifacts and outcome -> `record.json`: everything one boot reports, on one clock where a link allows it, each stamp with its line. A
 * pure composition: the same files give the same record.
 */
import { collectorsFor } from '../../collectors/index.ts';
import { trial } from '../../collectors/trial.ts';
import { inImage } from '../../collectors/unit-links.ts';
import { criticalPath } from '../../metrics/critical-path.ts';
import { DERIVED_EVENTS } from '../../metrics/derived-events.ts';
import { judgeAll } from '../../metrics/expectations.ts';
import { runningBackwards, stampOf, type Timeline } from '../../metrics/measure.ts';
import type { BootRecord, ExpectationResult, MachineFacts, Outcome, UnitState } from '../../model/boot.ts';
import { type Bounds, type ClockLink, type Instant, instant, translator } from '../../model/clock.ts';
import type { Parsed } from '../../model/collector.ts';
import type { Expectation } from '../../model/expectation.ts';
import { gatesOf, type Scenario } from '../../model/scenario.ts';
import type { BootEvent, Span, Stamp, Warning } from '../../model/timeline.ts';
import { type Us, us } from '../../model/units.ts';

export interface RecordInput {
  readonly outcome: Outcome;
  /** Artifacts by their path under `raw/`. */
  readonly raw: ReadonlyMap<string, Uint8Array>;
  readonly scenario: Scenario;
  readonly tool: string;
}

/** More warnings than this of one boot add nothing. */
const MAX_WARNINGS = 300;

export function recordBoot({ outcome, raw: taken, scenario, tool }: RecordInput): BootRecord {
  const raw = withoutEmpty(taken);
  const parsed = [...collectorsFor(scenario), trial].map((collector) => collector.parse(raw));
  const warnings: Warning[] = [...outcome.warnings, ...parsed.flatMap((part) => part.warnings)];
  const links = withKernelStart(joinedLinks(parsed), parsed);
  const translate = translation(links, warnings);
  const seen = onceEach(
    placedFirst([...marks(outcome), ...parsed.flatMap((part) => translate.events(part.events))]),
    warnings,
  );
  const spans = parsed.flatMap((part) => translate.spans(part.spans));
  for (const span of spans) sayBackwards(span, warnings);
  const events = [...seen, ...derivedEvents({ events: seen, spans, warnings })];
  for (const { reason, evidence } of runningBackwards({ events, spans, printed: [], warnings }))
    warnings.push({ code: 'runs-backwards', message: reason, evidence });
  const printed = parsed.flatMap((part) => part.printed ?? []);
  const units = withImageStates(
    parsed.flatMap((part) => part.units),
    links,
    { raw, scenario },
    warnings,
  );
  const files = parsed.flatMap((part) => part.files);
  const facts: MachineFacts = Object.assign({}, ...parsed.map((part) => part.facts), outcome.machine);
  const timeline = { events, spans, printed, warnings, machine: facts };
  const expected = scenario.expect.filter(({ of }) => of === undefined || of === outcome.boot.variant);
  const observed = { timeline, units, files, facts };
  const expectations =
    outcome.outcome === 'booted' ? [...judgeAll(expected, observed), ...unasked(expected, facts)] : [];
  for (const { claim, held, message } of expectations)
    if (held === null)
      warnings.push({ code: 'not-judged', message: `the expectation "${claim}" could not be checked: ${message}` });
  return {
    schema: 'bench/record@1',
    tool,
    boot: outcome.boot,
    outcome: outcome.outcome,
    ...(outcome.failure && { failure: outcome.failure }),
    machine: facts,
    events,
    spans,
    ...(printed.length > 0 && { printed }),
    links: links.map((link) => ({ ...link, readings: [...link.readings] })),
    units,
    expectations,
    broken: expectations.filter(({ held }) => held === false).map(({ claim, message }) => `${claim}: ${message}`),
    paths: pathsOf(scenario, timeline),
    warnings: bounded(warnings),
  };
}

function derivedEvents(timeline: Timeline): BootEvent[] {
  return DERIVED_EVENTS.flatMap((id) => {
    const stamp = stampOf(id, timeline);
    if (stamp === undefined) return [];
    const { clock, us: atUs, errorUs, linkErrorUs, evidence } = stamp;
    return [{ id, clock, us: atUs, errorUs, ...(linkErrorUs !== undefined && { linkErrorUs }), evidence }];
  });
}

/** A provisioning script that reports its own failure breaks the boot, whether or not the scenario asks for its exit code. */
function unasked(expected: readonly Expectation[], facts: MachineFacts): ExpectationResult[] {
  const code = facts['cse.exit-code'];
  if (typeof code !== 'number' || code === 0 || expected.some(({ exitCode }) => exitCode !== undefined)) return [];
  const message = `provisioning exited with ${code}: ${facts['cse.exit-meaning'] ?? 'meaning not known'}`;
  return [{ claim: 'provisioning exits with 0', held: false, message }];
}

/** A command that finds nothing leaves an empty artifact, which counts as none. */
const withoutEmpty = (raw: ReadonlyMap<string, Uint8Array>): ReadonlyMap<string, Uint8Array> =>
  new Map([...raw].filter(([, bytes]) => bytes.length > 0));

/** The state in the image of the units that the scenario asks about. */
function withImageStates(
  units: readonly UnitState[],
  links: readonly ClockLink[],
  { raw, scenario }: Pick<RecordInput, 'raw' | 'scenario'>,
  warnings: Warning[],
): UnitState[] {
  const asked = new Set(
    scenario.expect.flatMap(({ unit, inImage: state }) => (state === undefined ? [] : (unit ?? []))),
  );
  const link = links.find(({ from, to }) => from === 'realtime' && to === 'monotonic');
  const place = link && translator(link);
  // The kernel stamps files by its tick, 4 to 10 ms.
  const madeInThisBoot = place && ((realtimeUs: Us) => place(instant(link.from, realtimeUs, 10_000)) !== undefined);
  return units.map((unit) => {
    if (!asked.has(unit.unit)) return unit;
    const found = inImage(unit.unit, raw, madeInThisBoot);
    if ('state' in found) return { ...unit, enabledInImage: found.state };
    const message = `the state of ${unit.unit} in the image is unknown: ${found.unknown}`;
    warnings.push({ code: 'image-state-unknown', message, evidence: unit.evidence });
    return unit;
  });
}

function pathsOf(scenario: Scenario, timeline: Timeline): BootRecord['paths'] {
  return Object.fromEntries(
    Object.keys(gatesOf(scenario)).flatMap((id) => {
      const path = criticalPath(id, timeline);
      return path === undefined ? [] : [[id, path]];
    }),
  );
}

/** The outside events, and the request itself, the zero of their clock. */
function marks(outcome: Outcome): BootEvent[] {
  if (outcome.marks.length === 0 || outcome.marks.some(({ id }) => id === 'request.sent')) return outcome.marks;
  const evidence = { file: 'outcome.json', line: 0 };
  return [{ id: 'request.sent', clock: 'controller', us: us(0), errorUs: us(0), evidence }, ...outcome.marks];
}

/** Joins all readings of one pair of clocks into one link. */
function joinedLinks(parsed: readonly Parsed[]): ClockLink[] {
  const links = new Map<string, ClockLink>();
  for (const link of parsed.flatMap((part) => part.links)) {
    const key = `${link.from} ${link.to}`;
    const known = links.get(key);
    links.set(key, known ? { ...known, readings: [...known.readings, ...link.readings] } : link);
  }
  return [...links.values()];
}

/** A boot is over within a day, and its records are not much older. */
const LONGEST_BOOT_US = 86_400e6;

/**
 * For boots without another link between the clocks: the kernel's start is the zero of the monotonic clock. So its time on the wall clock,
 * however exact, is a reading of both.
 */
function withKernelStart(links: readonly ClockLink[], parsed: readonly Parsed[]): ClockLink[] {
  if (links.some(({ from, to }) => from === 'realtime' && to === 'monotonic')) return [...links];
  const [best] = parsed
    .flatMap(({ events }) => events.filter(({ id, clock }) => KERNEL_STARTS.has(id) && clock === 'realtime'))
    .sort((a, b) => a.errorUs - b.errorUs);
  if (best === undefined) return [...links];
  const at = (toUs: Us) => ({ fromUs: us(best.us + toUs), toUs, errorUs: best.errorUs });
  return [...links, { from: 'realtime', to: 'monotonic', readings: [at(us(0)), at(us(LONGEST_BOOT_US))] }];
}

/** The kernel's start, from any source that has it on the wall clock. */
const KERNEL_STARTS = new Set(['kernel.start', 'cloud-init.kernel-start', 'provision-result.kernel']);

/** All readings of the link have one difference of its clocks. */
const isStepless = ({ readings }: ClockLink): boolean =>
  new Set(readings.map(({ fromUs, toUs }) => fromUs - toUs)).size === 1;

/** Moves everything to the guest's monotonic clock; drops stamps of another boot with a warning. */
function translation(links: readonly ClockLink[], warnings: Warning[]) {
  const translators = new Map(
    links.filter(({ to }) => to === 'monotonic').map((link) => [link.from, translator(link)] as const),
  );
  const stepless = new Set(links.filter(isStepless).map(({ from }) => from));
  const stamp = <S extends Stamp>(at: S, bounds?: Bounds): S | undefined => {
    const translate = translators.get(at.clock);
    if (translate === undefined) return at;
    const moved: Instant | undefined = translate(instant(at.clock, at.us, at.errorUs), bounds);
    if (moved === undefined) return undefined;
    const linkErrorUs = stepless.has(at.clock) ? { linkErrorUs: us(moved.errorUs - at.errorUs) } : {};
    return { ...at, clock: 'monotonic', us: moved.us, errorUs: moved.errorUs, ...linkErrorUs };
  };
  const dropped = (what: string, at: Stamp) =>
    warnings.push({
      code: 'not-of-this-boot',
      message: `${what} has a time that the guest's clock never showed in this boot; it is left out`,
      evidence: at.evidence,
    });
  return {
    events: (events: readonly BootEvent[]): BootEvent[] =>
      events.flatMap((event) => {
        const moved = stamp(event);
        if (moved === undefined) dropped(event.id, event);
        return moved ?? [];
      }),
    spans: (spans: readonly Span[]): Span[] =>
      spans.flatMap((span) => {
        const moved = translatedSpan(span, stamp);
        if (moved === undefined) dropped(span.name, span.start);
        return moved ?? [];
      }),
  };
}

/** A clock that was set back leaves two places for an instant. A span ends after it starts, which tells the two apart. */
function translatedSpan(span: Span, stamp: (at: Stamp, bounds?: Bounds) => Stamp | undefined): Span | undefined {
  const first = stamp(span.start);
  if (first === undefined || span.end === undefined) return first === undefined ? undefined : { ...span, start: first };
  const end = stamp(span.end, { notBeforeUs: us(first.us - first.errorUs) });
  if (end === undefined) return undefined;
  const start = stamp(span.start, { notAfterUs: us(end.us + end.errorUs) }) ?? first;
  return { ...span, start, end };
}

/**
 * A span that ends before it starts has no length (`measure.ts`); the warning saves a user the search. Steps of provisioning have their own
 * warning, with the cause.
 */
function sayBackwards({ kind, name, start, end }: Span, warnings: Warning[]): void {
  if (kind === 'task' || end === undefined || end.clock !== start.clock) return;
  const backUs = start.us - end.us;
  if (backUs <= start.errorUs + end.errorUs) return;
  const message = `${name} ends ${(backUs / 1e6).toFixed(3)} s before it starts according to its log: its length is unknown`;
  warnings.push({ code: 'runs-backwards', message, evidence: end.evidence });
}

/** Sources further apart than their errors and this much do not mean the same moment. */
const DISAGREEMENT_US = 50_000;

/**
 * One event per id. The first report wins (collectors come in order of trust, lines in order of time); others stay as `<id>~2`, `<id>~3`.
 * Reports a disagreement between files.
 */
/** Puts an event on an unlinked wall clock behind the same event with a place in this boot. */
function placedFirst(events: readonly BootEvent[]): BootEvent[] {
  const placed = new Set(events.filter(({ clock }) => clock === 'monotonic').map(({ id }) => id));
  const isAdrift = ({ id, clock }: BootEvent) => clock === 'realtime' && placed.has(id);
  return [...events.filter((event) => !isAdrift(event)), ...events.filter(isAdrift)];
}

function onceEach(events: readonly BootEvent[], warnings: Warning[]): BootEvent[] {
  const seen = new Map<string, { readonly first: BootEvent; readonly files: Set<string>; count: number }>();
  return events.map((event) => {
    const { file } = event.evidence;
    const same = seen.get(event.id);
    if (same === undefined) {
      seen.set(event.id, { first: event, files: new Set([file]), count: 1 });
      return event;
    }
    if (!same.files.has(file)) sayDisagreement(same.first, event, warnings);
    same.files.add(file);
    same.count += 1;
    return { ...event, id: `${event.id}~${same.count}` };
  });
}

function sayDisagreement(first: BootEvent, other: BootEvent, warnings: Warning[]): void {
  const apartUs = Math.abs(first.us - other.us);
  if (first.clock !== other.clock || apartUs <= first.errorUs + other.errorUs + DISAGREEMENT_US) return;
  const where = `${first.evidence.file}:${first.evidence.line}`;
  warnings.push({
    code: 'sources-disagree',
    message: `${first.id} differs by ${(apartUs / 1000).toFixed(3)} ms from ${where}; the latter is used`,
    evidence: other.evidence,
  });
}

function bounded(warnings: readonly Warning[]): Warning[] {
  if (warnings.length <= MAX_WARNINGS) return [...warnings];
  const more = warnings.length - MAX_WARNINGS;
  return [
    ...warnings.slice(0, MAX_WARNINGS),
    { code: 'more-warnings', message: `${more} more warnings are not shown` },
  ];
}
