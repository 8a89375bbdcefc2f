/**
 * `raw/aks/kubelet.log`: kubelet's lines as text, gathered by somebody else (`journalctl -u kubelet`). Its stamps have no
 * year and no zone. The year is taken from another artifact of the same boot, never guessed; without one the stamps count
 * from the start of their year, which keeps the times between them right, and a warning says so.
 */
import type { BootEvent } from '../model/timeline.ts';
import { us } from '../model/units.ts';
import { artifactLines, lineOf } from './artifact-lines.ts';
import { journalOf } from './journal-lines.ts';
import { klogStamp } from './klog.ts';
import { type Gathering, warn } from './parsed.ts';

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

export function readKubeletLog(raw: ReadonlyMap<string, Uint8Array>, into: Gathering): void {
  // The journal of the same boot has the same lines with better clocks.
  if (!raw.has(PATH) || journalOf(raw).lines.length > 0) return;
  const year = yearOf(raw);
  const events: BootEvent[] = [];
  for (const { text, number } of artifactLines(raw.get(PATH))) {
    const id = kubeletEvent(text);
    const stamp = id === undefined ? undefined : klogStamp(text);
    if (id === undefined || stamp === undefined) continue;
    const dayUs = Date.UTC(year ?? 1970, stamp.month - 1, stamp.day) * 1000;
    const evidence = lineOf(PATH, number);
    events.push({ id, clock: 'realtime', us: us(dayUs + stamp.timeOfDayUs), errorUs: us(1), evidence });
  }
  into.events.push(...events);
  if (events.length > 0 && year === undefined)
    warn(
      into,
      'no-year',
      `raw/${PATH} has no year and nothing beside it has one: its times count from the start of their year`,
      events[0]?.evidence,
    );
}

/** Artifacts that tell the date of the boot, best first. */
const DATED = ['systemd/manager.show', 'aks/provision.json', 'aks/cluster-provision.log', 'cloud-init/cloud-init.log'];

function yearOf(raw: ReadonlyMap<string, Uint8Array>): number | undefined {
  for (const path of DATED) {
    for (const { text, number } of artifactLines(raw.get(path))) {
      const [, year] = /\b(20\d{2})-\d{2}-\d{2}\b/.exec(text.slice(0, 4096)) ?? [];
      if (year !== undefined) return Number(year);
      if (number > 2000) break;
    }
  }
  return undefined;
}
