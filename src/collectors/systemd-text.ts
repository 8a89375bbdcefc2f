/**
 * systemd by what `systemd-analyze` printed, for imports without `systemctl show` (which is exact, and read by `systemd.ts`;
 * where it is there, nothing is read here). Everything is in milliseconds, cut off, and phases add up with an error each.
 */
import type { Collector, Parsed } from '../model/collector.ts';
import type { Evidence, PrintedDuration, Span, Stamp } from '../model/timeline.ts';
import { us } from '../model/units.ts';
import { readProvisionResult } from './aks/provision-result.ts';
import { addAll, type Gathering, nothingYet, warn } from './parsed.ts';
import { PLAUSIBLE_US } from './reading/duration-text.ts';
import { artifactText } from './reading/text.ts';
import { readBlameText } from './systemd-text/blame.ts';
import { type ChainLink, readChainText } from './systemd-text/chain.ts';
import { TEXT_SIGNS } from './systemd-text/signs.ts';
import { addTime, movedTo, printedPhase } from './systemd-text/summary.ts';
import { readTimeText } from './systemd-text/time.ts';
import { comparableName } from './unit-names.ts';

const TIME = 'systemd/analyze-time.txt';
const BLAME = 'systemd/analyze-blame.txt';
const CHAIN = 'systemd/analyze-critical-chain.txt';

/** Declares nothing: a machine that can be asked is asked for exact figures. */
export const systemdText: Collector = { id: 'systemd-text', artifacts: [], signs: TEXT_SIGNS, parse };

type Raw = ReadonlyMap<string, Uint8Array>;

function parse(raw: Raw): Parsed {
  const gathering = nothingYet();
  const printed: PrintedDuration[] = [];
  const time = raw.has('systemd/manager.show') ? undefined : read(raw, TIME, readTimeText);
  if (time) printed.push(...addTime(gathering, time, `raw/${TIME}`));
  else if (!raw.has('systemd/manager.show')) printed.push(...quotedTime(gathering, raw));
  if (raw.has('systemd/units.show')) return { ...gathering, printed };
  const blame = read(raw, BLAME, readBlameText);
  if (blame) {
    for (const unit of blame.units)
      printed.push(printedUnit(gathering, 'systemd-analyze blame', unit.unit, { tookUs: unit.us, ...unit }));
    if (blame.cutShort)
      warn(gathering, 'list-cut-short', `raw/${BLAME} shows the longest units only.`, {
        file: `raw/${BLAME}`,
        line: 1,
      });
    for (const line of blame.strange)
      warn(gathering, 'list-line', `raw/${BLAME}:${line.line} is neither a unit nor a prompt.`, line);
  }
  const chain = read(raw, CHAIN, readChainText) ?? [];
  const userspace = gathering.events.find(({ id }) => id === 'userspace.start');
  if (userspace) addAll(gathering.spans, chainSpans(chain, userspace));
  else
    for (const link of chain) printed.push(printedUnit(gathering, 'systemd-analyze critical-chain', link.unit, link));
  return { ...gathering, printed };
}

function read<T>(raw: Raw, path: string, reader: (text: string, file: string) => T): T | undefined {
  const text = artifactText(raw, path);
  return text === undefined ? undefined : reader(text, `raw/${path}`);
}

/**
 * provision.json quotes what systemd-analyze printed when provisioning ended. It gives durations and no instants, as the rest
 * of provision.json is on the wall clock, and an event can be on one clock only.
 */
function quotedTime(gathering: Gathering, raw: Raw): PrintedDuration[] {
  const result = read(raw, 'aks/provision.json', readProvisionResult);
  if (result === undefined || 'damaged' in result || result.systemdSummary === undefined) return [];
  const { text, evidence } = result.systemdSummary;
  const time = readTimeText(text, evidence.file);
  if (time.kind === 'unreadable') return [];
  const apart = nothingYet();
  const durations = addTime(apart, movedTo(time, evidence), evidence.file);
  addAll(gathering.warnings, apart.warnings);
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
  readonly tookUs: number | undefined;
  readonly atUs?: number | undefined;
  readonly errorUs: number;
  readonly evidence: Evidence;
}

function printedUnit(
  gathering: Gathering,
  tool: string,
  unit: string,
  { tookUs, atUs, errorUs, evidence }: PrintedUnit,
) {
  const name = comparableName(unit);
  const plausible = tookUs !== undefined && tookUs <= PLAUSIBLE_US;
  if (tookUs !== undefined && !plausible) {
    const message = `${name} is said to have taken ${(tookUs / 86_400e6).toFixed(0)} days: the clock jumped; not used.`;
    warn(gathering, 'implausible-unit', message, evidence);
  }
  return {
    tool,
    name,
    ...(plausible && { metric: `unit.${name}` }),
    ...(tookUs !== undefined && { us: us(tookUs) }),
    ...(atUs !== undefined && { atUs: us(atUs) }),
    errorUs: us(errorUs),
    evidence,
  };
}

/** Each unit waited for the one below it. A unit without `+` took no time that could be printed. */
function chainSpans(chain: readonly ChainLink[], userspace: Stamp): Span[] {
  return chain.flatMap((link, index): Span[] => {
    if (link.atUs === undefined || link.atUs > PLAUSIBLE_US || (link.tookUs ?? 0) > PLAUSIBLE_US) return [];
    const below = chain[index + 1];
    const at = (afterUs: number, errorUs: number): Stamp => ({
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
        end: at(link.atUs + (link.tookUs ?? 0), 2 * link.errorUs),
        ...(below && { after: [comparableName(below.unit)] }),
      },
    ];
  });
}
