/**
 * Finds the daemon's start in this boot. The agent's log spans boots, and an agent update restarts the daemon within a boot.
 * The first start after the kernel's start counts, if the latter is known. Otherwise the log's last start counts, because we
 * read the machine after the measured boot.
 */
import type { GuestZone } from '../aks/guest-zone.ts';
import { readProvisionResult } from '../aks/provision-result.ts';
import { journalOf } from '../journal-lines.ts';
import { artifactText } from '../reading/text.ts';
import { showBlocks, wallClock } from '../systemd-show.ts';
import { MANAGER_PATH } from '../systemd-units.ts';
import type { AgentLog } from './waagent-log.ts';

type Raw = ReadonlyMap<string, Uint8Array>;
type DaemonStart = AgentLog['daemonStarts'][number];

/** Allows for truncated seconds and small clock steps: no machine starts its agent so soon after its kernel. */
const SLACK_US = 2_000_000;

export function startOfThisBoot(raw: Raw, log: AgentLog, zone: GuestZone): DaemonStart | undefined {
  const kernelUs = kernelStartUs(raw, zone);
  const isAfter = ({ us, zoned }: DaemonStart) =>
    kernelUs !== undefined && us - (zoned ? 0 : zone.offsetUs) >= kernelUs - SLACK_US;
  return log.daemonStarts.find(isAfter) ?? log.daemonStarts.at(-1);
}

/** On the wall clock, to about a second. */
function kernelStartUs(raw: Raw, zone: GuestZone): number | undefined {
  const [line] = journalOf(raw).lines;
  if (line !== undefined) return line.realtimeUs - line.monotonicUs;
  for (const block of showBlocks(raw.get(MANAGER_PATH))) {
    const stamp = wallClock(block, 'KernelTimestampMonotonic');
    if (stamp !== undefined) return stamp.us;
  }
  const text = artifactText(raw, 'aks/provision.json');
  const result = text === undefined ? undefined : readProvisionResult(text, 'raw/aks/provision.json');
  if (result === undefined || 'damaged' in result) return undefined;
  const kernel = result.times.get('kernel')?.stamp;
  return kernel && kernel.us - (kernel.zoned ? 0 : zone.offsetUs);
}
