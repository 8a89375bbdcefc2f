/**
 * The last boot of a text log. Three things separate boots: the line that journalctl prints between them, a kernel's first
 * line, and cloud-init's uptime, which only a new boot resets. Two kinds of boot start without firmware:
 *
 *   Reached target soft-reboot.target     userspace restarts under the old kernel: the clock continues, no kernel phase either
 *   Reached target kexec.target           the kernel loads the next one: a new clock; firmware time belongs to an earlier boot
 */

import { type Us, us } from '../../model/units.ts';
import { type Banner, readBanner } from '../cloud-init/banner.ts';
import { isManager, type LogLine, type LogStamp, logLines } from './lines.ts';

export interface Restart {
  readonly kind: 'soft-reboot' | 'kexec';
  readonly path: string;
  readonly line: number;
}

export interface LastBoot {
  /** Only lines that a collector uses: a journal has a hundred thousand lines. */
  readonly lines: readonly LogLine[];
  /** The number of the boot's first line. */
  readonly from: number;
  readonly boots: number;
  /** How the boot began, unless it began with a reset. */
  readonly restart: Restart | undefined;
  /** The last line at which the boot's stamps go backwards. */
  readonly jump: Jump | undefined;
}

export interface Jump {
  readonly line: number;
  readonly clock: LogStamp['clock'];
  readonly backUs: Us;
}

/** journalctl's separator between two boots, and a kernel's first line. */
const BOOT = /^-- (?:Reboot|Boot [0-9a-f]{32}) --|^Linux version \d/;

/** Up to systemd 249 the line has only the description. */
const SOFT_REBOOT = /^Reached target (?:soft-reboot\.target|Reboot System Userspace)\b/;
const KEXEC = /^Reached target (?:kexec\.target|Reboot via kexec)\b|^kexec_core: Starting new kernel/;

/** The kind of restart that a boot's last lines announce. */
export function restartKind(message: string): Restart['kind'] | undefined {
  if (SOFT_REBOOT.test(message)) return 'soft-reboot';
  return KEXEC.test(message) ? 'kexec' : undefined;
}

const WORTH =
  /Startup finished in|Cloud-init v\. |Reached target |^(?:Starting|Started|Finished) |Run \S+ as init process|Switching root|Running in initrd|running in system mode|^(?:Kernel|Initial RAM disk|Userspace) start-up required /;

/** A journal of several boots is long, but no boot has more lines than this. */
const MOST_LINES = 1_000_000;

const known = new WeakMap<Uint8Array, LastBoot>();
const NO_BOOT: LastBoot = { lines: [], from: 1, boots: 0, restart: undefined, jump: undefined };

/** Cached, because several collectors search the log. */
export function lastBootOf(raw: ReadonlyMap<string, Uint8Array>, path: string): LastBoot {
  const bytes = raw.get(path);
  if (bytes === undefined) return NO_BOOT;
  const found = known.get(bytes) ?? readLastBoot(raw, path);
  known.set(bytes, found);
  return found;
}

/** State of the reader: the lines of one boot so far. */
interface Current {
  readonly lines: LogLine[];
  from: number;
  readonly restart: Restart | undefined;
  banner: Banner | undefined;
  jump: Jump | undefined;
  /** The latest stamp of each clock. */
  readonly latestUs: Partial<Record<LogStamp['clock'], Us>>;
}

const begin = (from: number, restart?: Restart): Current => ({
  lines: [],
  from,
  restart,
  banner: undefined,
  jump: undefined,
  latestUs: {},
});

/** Processors, programs and system logs write lines out of order by less than this. */
const BACKWARDS_US = 2_000_000;

/**
 * Whether a line is out of place. The monotonic clock never goes back: an earlier stamp is a quotation, or damage. If someone
 * set the wall clock, we trust it only from then on: earlier lines have no place in this boot.
 */
function isMisplaced({ stamp, number }: LogLine, current: Current): boolean {
  if (stamp === undefined) return false;
  const { clock, us: atUs, errorUs } = stamp;
  const backUs = us((current.latestUs[clock] ?? -Infinity) - atUs);
  const jumps = backUs > BACKWARDS_US + errorUs;
  if (!jumps) current.latestUs[clock] = us(Math.max(current.latestUs[clock] ?? -Infinity, atUs));
  if (!jumps) return false;
  current.jump = { line: number, clock, backUs };
  if (clock === 'monotonic') return true;
  current.latestUs[clock] = atUs;
  current.lines.length = 0;
  current.from = number;
  return false;
}

/** Ignores a boot without a line of interest: a journal begins with the separator of its first boot. */
function readLastBoot(raw: ReadonlyMap<string, Uint8Array>, path: string): LastBoot {
  let told: Current | undefined;
  let current = begin(1);
  let boots = 0;
  let restart: Restart | undefined;
  const next = (line: number) => {
    const isTold = current.lines.length > 0;
    if (isTold) {
      told = current;
      boots += 1;
    }
    // A separator and then the kernel's first line: the same boot.
    current = begin(line, restart ?? (isTold ? undefined : current.restart));
    restart = undefined;
  };
  for (const line of logLines(raw, path)) {
    if (begins(line, current)) next(line.number);
    const kind = isManager(line) || line.source === 'kernel' ? restartKind(line.message) : undefined;
    if (kind !== undefined) restart = { kind, path, line: line.number };
    if (kind === 'soft-reboot') next(line.number);
    else if (!isMisplaced(line, current) && current.lines.length < MOST_LINES && WORTH.test(line.message))
      current.lines.push(line);
  }
  next(0);
  return told === undefined
    ? NO_BOOT
    : { lines: told.lines, from: told.from, boots, restart: told.restart, jump: told.jump };
}

/** Whether a line is the first of another boot. */
function begins(line: LogLine, current: Current): boolean {
  const { message, source, stamp } = line;
  if (BOOT.test(message)) return source === 'kernel' || stamp === undefined;
  const banner = readBanner(message);
  const before = current.banner;
  if (banner !== undefined) current.banner = banner;
  return banner !== undefined && before !== undefined && isOfAnotherBoot(banner, before);
}

/** Setting the clock during a boot moves the computed kernel start by the same amount. */
const LONGEST_STEP_US = 60_000_000;

/** The uptime goes back only after a restart. The new boot's first stage may have as large an uptime as the last banner before. */
function isOfAnotherBoot(banner: Banner, before: Banner): boolean {
  if (banner.uptimeUs < before.uptimeUs) return true;
  const apartUs = banner.utcUs - banner.uptimeUs - (before.utcUs - before.uptimeUs);
  return banner.stage === 'init-local' && Math.abs(apartUs) > LONGEST_STEP_US;
}
