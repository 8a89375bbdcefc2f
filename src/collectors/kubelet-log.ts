/**
 * kubelet's lines as text that a user gathered: `raw/aks/kubelet.log` (`journalctl -u kubelet`), or lines of a system log. The
 * stamps have no year and no zone. The first line gets the year that brings it nearest to a dated artifact of the same boot,
 * each further line the year nearest to the line before it (`year.ts`). Without a date, stamps count from the start of their
 * year: the times between them are right, and a warning reports it. kubelet's JSON log has stamps in seconds since 1970.
 */
import type { Evidence } from '../model/timeline.ts';
import { type Us, us } from '../model/units.ts';
import { guestZone } from './aks/guest-zone.ts';
import { journalOf } from './journal-lines.ts';
import { CSR_WORDINGS } from './kubelet-csr.ts';
import { lastBootOf } from './log-text/last-boot.ts';
import { type Parsing, warn } from './parsed.ts';
import { parseObject } from './reading/json-text.ts';
import { klogStamp, syslogStamp } from './reading/klog-stamp.ts';
import { lineOf, linesOf } from './reading/lines.ts';
import { dateOf, MIDDLE_OF_1970_US, nearest } from './reading/year.ts';
import { unitsOf } from './systemd-units.ts';

const KUBELET_LOG = 'aks/kubelet.log';

/**
 * From kubernetes `pkg/kubelet/kubelet_node_status.go`: in use since 1.19; up to 1.20 the last of them is unstructured. A
 * first boot says event="NodeReady"; a machine that was a node before says "Fast updating node status as it just became ready".
 */
const WORDINGS: readonly (readonly [string, RegExp])[] = [
  ['node.registering', /"?Attempting to register node\b/],
  ['node.registered', /"?Successfully registered node\b/],
  [
    'node.ready',
    /"Recording event message for node".*\bevent="?NodeReady\b|\bRecording NodeReady event message for node\b|"?Fast updating node status as it just became ready\b/,
  ],
  ...CSR_WORDINGS,
];

/** The event that a line of kubelet reports. */
export const kubeletEvent = (message: string): string | undefined =>
  WORDINGS.find(([, wording]) => wording.test(message))?.[0];

/** systemd's line, for imports without the unit's stamps: "Started" of a simple unit means that its process runs. */
const STARTED = / systemd\[1\]: Started (?:\S.{0,200})?kubelet|kubelet\.service\b.{0,80}: Started/i;

export function readKubeletLog(raw: ReadonlyMap<string, Uint8Array>, into: Parsing): void {
  // The journal of the same boot has the same lines with better clocks.
  if (journalOf(raw).lines.length > 0) return;
  const logs = [...raw.keys()].filter((path) => /^(?:journal|console)\/.+\.txt$/.test(path)).sort();
  for (const path of [KUBELET_LOG, ...logs]) if (raw.has(path)) readOne(raw, path, into);
}

/** The event of a line and its time; `lastUs` is the time of the line before, which gives the stamp its year. */
interface Told {
  readonly id: string | undefined;
  readonly us: Us;
  readonly errorUs: Us;
  readonly zoned: boolean;
}

function readOne(raw: ReadonlyMap<string, Uint8Array>, path: string, into: Parsing): void {
  const zoneUs = guestZone(raw).offsetUs;
  const dated = dateOf(raw, path);
  const before = into.events.length;
  const told = new Set(into.events.map(momentOf));
  let yearless = false;
  let lastUs = dated ?? MIDDLE_OF_1970_US;
  let latestUs = -Infinity;
  const { from } = lastBootOf(raw, path);
  for (const { text, number } of linesOf(raw.get(path))) {
    if (number < from) continue;
    const found = toldInJson(text) ?? toldBy(text, us(lastUs));
    if (found === undefined) continue;
    lastUs = found.us;
    const evidence = lineOf(path, number);
    if (latestUs - lastUs > BACKWARDS_US) {
      sayBackwards(path, us(latestUs - lastUs), evidence, into);
      latestUs = lastUs;
      into.events.length = before;
    }
    latestUs = Math.max(latestUs, lastUs);
    const { id, errorUs, zoned } = found;
    if (id === undefined || (id === 'kubelet.start' && knowsStart(raw))) continue;
    const atUs = us(lastUs - (zoned ? 0 : zoneUs));
    // Two logs of one machine may contain the same line.
    if (told.has(momentOf({ id, us: atUs }))) continue;
    told.add(momentOf({ id, us: atUs }));
    yearless ||= !zoned && dated === undefined;
    into.events.push({ id, clock: 'realtime', us: atUs, errorUs: us(errorUs), evidence });
  }
  if (yearless)
    warn(
      into,
      'no-year',
      `raw/${path} has no year, and neither have the files with it: its times count from the start of the year`,
      into.events[before]?.evidence,
    );
}

const momentOf = ({ id, us: atUs }: { readonly id: string; readonly us: number }): string => `${id} ${atUs}`;

/** Reads klog's own stamp, or the stamp of systemd's line about kubelet. */
function toldBy(text: string, lastUs: Us): Told | undefined {
  const written = klogStamp(text);
  const started = written === undefined && STARTED.test(text.slice(0, 400));
  const stamp = started ? syslogStamp(text) : written;
  if (stamp === undefined) return undefined;
  const id = started ? 'kubelet.start' : kubeletEvent(text);
  return { id, us: us(nearest(stamp, lastUs)), errorUs: stamp.errorUs, zoned: false };
}

/** Seconds since 1970 with a fraction, or milliseconds (component-base logs/json). We read it as text: a number would lose digits. */
const JSON_STAMP = /^.{0,400}?\{"ts":(\d{10})(\d{3})?(?:\.(\d{1,9}))?,/;

/** The event of a JSON line and its time on the wall clock, in UTC. */
export function toldInJson(text: string): Told | undefined {
  if (!text.includes('{"ts":')) return undefined;
  const [, seconds, millis = '', fraction = ''] = JSON_STAMP.exec(text.slice(0, 600)) ?? [];
  if (seconds === undefined) return undefined;
  const { msg, event, logger } = parseObject(text.slice(text.indexOf('{'))) ?? {};
  const word = (value: unknown) => (typeof value === 'string' ? value : '');
  const digits = `${millis}${fraction}`.slice(0, 6);
  return {
    id: typeof msg === 'string' ? kubeletEvent(`"${msg}" event="${word(event)}" logger="${word(logger)}"`) : undefined,
    us: us(Number(seconds) * 1e6 + Number(digits.padEnd(6, '0'))),
    errorUs: us(10 ** (6 - digits.length)),
    zoned: true,
  };
}

const knowsStart = (raw: ReadonlyMap<string, Uint8Array>): boolean =>
  unitsOf(raw).units.some(({ name, processStart }) => name === 'kubelet.service' && processStart !== undefined);

function sayBackwards(path: string, backUs: Us, evidence: Evidence, into: Parsing): void {
  const seconds = (backUs / 1e6).toFixed(3);
  const message = `the times of raw/${path} jump back by ${seconds} s here: the clock was set; bench leaves out what stands before it`;
  warn(into, 'clock-step', message, evidence);
}

/** Goroutines and systemd write lines out of order by less than this. */
const BACKWARDS_US = 2_000_000;
