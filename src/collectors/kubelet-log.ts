/**
 * `raw/aks/kubelet.log`: kubelet's lines as text, gathered by somebody else (`journalctl -u kubelet`). Its stamps have no
 * year and no zone. The first line is put into the year that brings it nearest to a dated artifact of the same boot, each
 * further one into the year nearest to the line before it: a boot may see the New Year. Without a date the stamps count from
 * the start of their year, which keeps the times between them right, and a warning says so.
 */
import { us } from '../model/units.ts';
import { guestZone } from './aks/guest-zone.ts';
import { journalOf } from './journal-lines.ts';
import { type Gathering, warn } from './parsed.ts';
import { type KlogStamp, klogStamp, syslogStamp } from './reading/klog-stamp.ts';
import { lineOf, linesOf } from './reading/lines.ts';
import { UNITS_PATH } from './systemd-units.ts';

const PATH = 'aks/kubelet.log';

/**
 * From kubernetes `pkg/kubelet/kubelet_node_status.go`, in use since 1.19. A first boot says event="NodeReady"; a machine that
 * was a node before says "Fast updating node status as it just became ready".
 */
const WORDINGS: readonly (readonly [string, RegExp])[] = [
  ['node.registering', /"?Attempting to register node\b/],
  ['node.registered', /"?Successfully registered node\b/],
  [
    'node.ready',
    /"Recording event message for node".*\bevent="?NodeReady\b|"?Fast updating node status as it just became ready\b/,
  ],
];

/** The event that a line of kubelet tells of. */
export const kubeletEvent = (message: string): string | undefined =>
  WORDINGS.find(([, wording]) => wording.test(message))?.[0];

/** systemd's own word, for imports without the unit's stamps: the process of a simple unit runs when it is started. */
const STARTED = / systemd\[1\]: Started \S.{0,200}kubelet|kubelet\.service\b.{0,80}: Started/i;

export function readKubeletLog(raw: ReadonlyMap<string, Uint8Array>, into: Gathering): void {
  // The journal of the same boot has the same lines with better clocks.
  if (!raw.has(PATH) || journalOf(raw).lines.length > 0) return;
  const zoneUs = guestZone(raw).offsetUs;
  const dated = dateOf(raw);
  const before = into.events.length;
  let lastUs = dated ?? MIDDLE_OF_1970_US;
  let latestUs = -Infinity;
  for (const { text, number } of linesOf(raw.get(PATH))) {
    const written = klogStamp(text);
    const started = written === undefined && !raw.has(UNITS_PATH) && STARTED.test(text.slice(0, 400));
    const stamp = started ? syslogStamp(text) : written;
    if (stamp === undefined) continue;
    lastUs = nearest(stamp, lastUs);
    const evidence = lineOf(PATH, number);
    if (latestUs - lastUs > BACKWARDS_US) {
      const seconds = ((latestUs - lastUs) / 1e6).toFixed(3);
      const message = `the stamps of raw/${PATH} go back by ${seconds} s here: the clock was set, and times across it are not to be trusted`;
      warn(into, 'clock-step', message, evidence);
      latestUs = lastUs;
    }
    latestUs = Math.max(latestUs, lastUs);
    const id = started ? 'kubelet.start' : kubeletEvent(text);
    if (id === undefined) continue;
    const errorUs = us(started ? 1_000_000 : 1);
    into.events.push({ id, clock: 'realtime', us: us(lastUs - zoneUs), errorUs, evidence });
  }
  if (into.events.length > before && dated === undefined)
    warn(
      into,
      'no-year',
      `raw/${PATH} has no year and nothing beside it has one: its times count from the start of their year`,
      into.events[before]?.evidence,
    );
}

/** Goroutines and systemd write past each other by less. */
const BACKWARDS_US = 2_000_000;

const HALF_A_YEAR_US = 183 * 86_400e6;
const MIDDLE_OF_1970_US = 182 * 86_400e6;

/** The stamp in the year that brings it nearest to a time. */
function nearest({ month, day, timeOfDayUs }: KlogStamp, toUs: number): number {
  const year = new Date(toUs / 1000).getUTCFullYear();
  const within = [year - 1, year, year + 1]
    .map((each) => Date.UTC(each, month - 1, day) * 1000 + timeOfDayUs)
    .find((atUs) => Math.abs(atUs - toUs) <= HALF_A_YEAR_US);
  return within ?? Date.UTC(year, month - 1, day) * 1000 + timeOfDayUs;
}

/** Artifacts that tell the date of the boot, best first. */
const DATED = ['systemd/manager.show', 'aks/provision.json', 'aks/cluster-provision.log', 'cloud-init/cloud-init.log'];

/** `journalctl -o short-iso` dates the log itself. */
const DATED_LINE = /^\s*(20\d{2})-(\d{2})-(\d{2})T\d{2}:/;

function dateOf(raw: ReadonlyMap<string, Uint8Array>): number | undefined {
  const date = (path: string, pattern: RegExp) => {
    for (const { text, number } of linesOf(raw.get(path))) {
      const [, year, month, day] = pattern.exec(text.slice(0, 4096)) ?? [];
      if (year !== undefined) return Date.UTC(Number(year), Number(month) - 1, Number(day)) * 1000;
      if (number > 2000) break;
    }
    return undefined;
  };
  const dates = DATED.map((path) => date(path, /\b(20\d{2})-(\d{2})-(\d{2})\b/));
  return date(PATH, DATED_LINE) ?? dates.find((each) => each !== undefined);
}
