/**
 * systemd from the output of `systemd-analyze`, for imports. `systemd.ts` reads `systemctl show`, which is exact and takes
 * precedence, event by event and unit by unit. systemd-analyze truncates times to milliseconds, and each phase adds an error.
 */
import type { Collector, Parsed } from '../model/collector.ts';
import type { BootEvent, Evidence, PrintedDuration, Span, Stamp } from '../model/timeline.ts';
import { type Us, us } from '../model/units.ts';
import { readProvisionResult } from './aks/provision-result.ts';
import { restartOf } from './log-text/restart.ts';
import { addAll, nothingYet, type Parsing, warn } from './parsed.ts';
import { PLAUSIBLE_US } from './reading/duration-text.ts';
import { spokenLines } from './reading/lines.ts';
import { artifactText } from './reading/text.ts';
import { readManager } from './systemd-manager.ts';
import { readBlameText } from './systemd-text/blame.ts';
import { type ChainLink, mainChain, readChains } from './systemd-text/chain.ts';
import { readDumpText } from './systemd-text/dump.ts';
import { TEXT_SIGNS } from './systemd-text/signs.ts';
import { readUnitStates } from './systemd-text/status.ts';
import { addTime, movedTo, ofThisBoot, printedPhase } from './systemd-text/summary.ts';
import { readTimeText } from './systemd-text/time.ts';
import { unitsOf } from './systemd-units.ts';
import { comparableName } from './unit-names.ts';

const TIME = 'systemd/analyze-time.txt';
const BLAME = 'systemd/analyze-blame.txt';
const CHAIN = 'systemd/analyze-critical-chain.txt';

/** Requests no artifacts: from a live machine `systemd.ts` requests exact figures. */
export const systemdText: Collector = { id: 'systemd-text', artifacts: [], signs: TEXT_SIGNS, parse };

type Raw = ReadonlyMap<string, Uint8Array>;

function parse(raw: Raw): Parsed {
  const parsing = nothingYet();
  const known = knownBySystemd(raw);
  const printed: PrintedDuration[] = [
    ...summary(parsing, raw, known),
    ...blamed(parsing, raw, known),
    ...chained(parsing, raw, known),
  ];
  sayJobs(parsing, raw);
  addAll(parsing.events, raw.has('systemd/units.show') ? [] : readUnitStates(raw));
  return { ...parsing, printed };
}

/** Events and units with exact stamps from systemd itself, which replace printed figures. */
interface Known {
  readonly events: readonly BootEvent[];
  readonly units: ReadonlySet<string>;
}

function knownBySystemd(raw: Raw): Known {
  const told = nothingYet();
  readManager(raw, told);
  const timed = unitsOf(raw).units.filter(
    ({ activating, activated }) => activating !== undefined && activated !== undefined,
  );
  return { events: told.events, units: new Set(timed.map(({ name }) => name)) };
}

/** The phases that the manager's properties lack. */
function summary(parsing: Parsing, raw: Raw, known: Known): PrintedDuration[] {
  const isKnown = (event: string) => known.events.some(({ id, clock }) => id === event && clock === 'monotonic');
  if (isKnown('userspace.start') && isKnown('startup.finish')) return [];
  const apart = nothingYet();
  const time = read(raw, TIME, readTimeText);
  const printed = time ? addTime(apart, ofThisBoot(time, restartOf(raw)), `raw/${TIME}`) : quotedTime(apart, raw);
  if (time?.kind !== 'finished') readDumpText(raw, apart);
  addAll(parsing.warnings, apart.warnings);
  Object.assign(parsing.facts, apart.facts);
  const told = new Map(known.events.filter(({ clock }) => clock === 'monotonic').map((event) => [event.id, event]));
  for (const event of apart.events) {
    const exact = event.clock === 'monotonic' ? told.get(event.id) : undefined;
    if (exact === undefined) parsing.events.push(event);
    else if (Math.abs(exact.us - event.us) > exact.errorUs + event.errorUs + DISAGREEMENT_US)
      warn(
        parsing,
        'sources-disagree',
        `${event.id} is ${((event.us - exact.us) / 1000).toFixed(0)} ms later here than at ${exact.evidence.file}:${exact.evidence.line}; bench uses the latter`,
        event.evidence,
      );
  }
  return printed;
}

/** Sources further apart than their errors plus this do not mean the same moment. */
const DISAGREEMENT_US = 50_000;

function blamed(parsing: Parsing, raw: Raw, known: Known): PrintedDuration[] {
  const blame = read(raw, BLAME, readBlameText);
  if (blame === undefined) return [];
  const units = blame.units.filter(({ unit }) => !known.units.has(comparableName(unit)));
  if (units.length < blame.units.length && raw.has('systemd/units.show') && known.units.size >= WHOLE_LIST) return [];
  const printed = units.map((unit) =>
    printedUnit(parsing, 'systemd-analyze blame', unit.unit, { tookUs: unit.us, ...unit }),
  );
  const here = { file: `raw/${BLAME}`, line: 1 };
  if (blame.cutShort) warn(parsing, 'list-cut-short', `raw/${BLAME} shows only the longest units.`, here);
  for (const line of blame.strange)
    warn(parsing, 'list-line', `raw/${BLAME}:${line.line} is neither a unit nor a prompt.`, line);
  return printed;
}

/** With so many exact units the user has shown them all; the printed list then has the same figures, in milliseconds. */
const WHOLE_LIST = 20;

function chained(parsing: Parsing, raw: Raw, known: Known): PrintedDuration[] {
  const chains = read(raw, CHAIN, readChains) ?? [];
  const main = mainChain(chains);
  const userspace = [...parsing.events, ...known.events].find(
    ({ id, clock }) => id === 'userspace.start' && clock === 'monotonic',
  );
  const isNew = ({ unit }: ChainLink) => !known.units.has(comparableName(unit));
  if (known.units.size >= WHOLE_LIST) return [];
  const spans = userspace === undefined ? [] : chainSpans(main, userspace).filter(({ name }) => !known.units.has(name));
  addAll(parsing.spans, spans);
  const told = new Set(spans.map(({ name }) => name));
  // A link without a place in time still states its unit's duration.
  return [main, ...chains.filter((chain) => chain !== main)]
    .flat()
    .filter((link) => isNew(link) && !told.has(comparableName(link.unit)))
    .map((link) => printedUnit(parsing, 'systemd-analyze critical-chain', link.unit, link));
}

const JOBS = 'systemd/list-jobs.txt';

/** The remaining jobs show what an unfinished boot waits for. */
function sayJobs(parsing: Parsing, raw: Raw): void {
  const jobs: string[] = [];
  for (const { text } of spokenLines(raw.get(JOBS))) {
    const [, unit, kind, state] = /^\s*\d+\s+(\S{1,255})\s+([a-z-]+)\s+(running|waiting)/.exec(text) ?? [];
    if (unit !== undefined) jobs.push(`${unit} (${kind}, ${state})`);
  }
  if (jobs.length === 0) return;
  const names = jobs.slice(0, 10).join(', ');
  const message = `start-up was not finished: ${jobs.length} jobs were left, ${names}`;
  const evidence = { file: `raw/${JOBS}`, line: 1 };
  warn(parsing, 'jobs-left', message, evidence);
  warn(parsing, 'missing:startup.finish', message, evidence);
}

function read<T>(raw: Raw, path: string, reader: (text: string, file: string) => T): T | undefined {
  const text = artifactText(raw, path);
  return text === undefined ? undefined : reader(text, `raw/${path}`);
}

/**
 * provision.json quotes the output of systemd-analyze at the end of provisioning. This adds durations and no instants: the rest
 * of provision.json is on the wall clock, and an event has only one clock.
 */
function quotedTime(parsing: Parsing, raw: Raw): PrintedDuration[] {
  const result = read(raw, 'aks/provision.json', readProvisionResult);
  if (result === undefined || 'damaged' in result || result.systemdSummary === undefined) return [];
  const { text, evidence } = result.systemdSummary;
  const time = readTimeText(text, evidence.file);
  if (time.kind === 'unreadable') return [];
  const apart = nothingYet();
  const durations = addTime(apart, movedTo(time, evidence), evidence.file);
  addAll(parsing.warnings, apart.warnings);
  const ends = [
    ['boot.target', 'target.reached'],
    ['boot.finish', 'startup.finish'],
  ] as const;
  for (const [metric, event] of ends) {
    const end = apart.events.find(({ id }) => id === event);
    if (end) durations.push({ ...printedPhase(event, end), metric });
  }
  return durations;
}

interface PrintedUnit {
  readonly tookUs: Us | undefined;
  readonly atUs?: Us | undefined;
  readonly errorUs: Us;
  readonly evidence: Evidence;
}

function printedUnit(parsing: Parsing, tool: string, unit: string, { tookUs, atUs, errorUs, evidence }: PrintedUnit) {
  const name = comparableName(unit);
  const plausible = tookUs !== undefined && tookUs <= PLAUSIBLE_US;
  if (tookUs !== undefined && !plausible) {
    const message = `${name} took ${(tookUs / 86_400e6).toFixed(0)} days according to its stamps: the clock jumped; ignored.`;
    warn(parsing, 'implausible-unit', message, evidence);
  }
  return {
    tool,
    name,
    ...(plausible && { metric: `unit.${name}` }),
    ...(tookUs !== undefined && { us: tookUs }),
    ...(atUs !== undefined && { atUs }),
    errorUs,
    evidence,
  };
}

/** Each unit waited for the one below it. A unit without `+` took too little time for systemd-analyze to print. */
function chainSpans(chain: readonly ChainLink[], userspace: Stamp): Span[] {
  return chain.flatMap((link, index): Span[] => {
    if (link.atUs === undefined || link.atUs > PLAUSIBLE_US || (link.tookUs ?? 0) > PLAUSIBLE_US) return [];
    const below = chain[index + 1];
    const at = (afterUs: Us, errorUs: Us): Stamp => ({
      clock: 'monotonic',
      us: us(userspace.us + afterUs),
      errorUs: us(userspace.errorUs + errorUs),
      evidence: link.evidence,
    });
    return [
      {
        kind: 'unit',
        name: comparableName(link.unit),
        start: at(link.atUs, link.errorUs),
        end: at(us(link.atUs + (link.tookUs ?? 0)), us(2 * link.errorUs)),
        ...(below && { after: [comparableName(below.unit)] }),
      },
    ];
  });
}
