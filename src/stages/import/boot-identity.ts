/**
 * Identifies a boot: by the kernel's own id of it, else by stamps so fine that no two boots share them. A boot kept twice, under any names,
 * counts once. Stamps good to a second identify nothing: nodes of one pool start in one second.
 */
import { textOf } from '../../collectors/reading/text.ts';
import type { MachineBoot } from './machine-boots.ts';

/** Each line of a journal has an id; the last belongs to the boot in question. */
const TAIL_BYTES = 65_536;
const BOOT_ID = /_BOOT_ID"?\s?[:=]\s?"?([0-9a-f]{32})/g;
const OWN_ID = /\/boot_id:([0-9a-f-]{36})/;
const SCRIPT = /"TaskName"\s*:\s*"AKS\.CSE\.cse_start"/;
const FINE = /"(?:Timestamp|OperationId)"\s*:\s*"([\d: -]{19}\.\d{3,9})"/g;

/** For boots of bench's own runs, the folder is the identity: in virtual time two of them are alike to the microsecond. */
const OWN_RUN = /(?:^|\/)boots\/\d{4}-[^/]+\/raw\//;

/** The boots without duplicates, and a warning for each one left out. */
export function distinct(boots: readonly MachineBoot[]): { boots: MachineBoot[]; warnings: string[] } {
  const seen = new Map<string, MachineBoot>();
  const kept: MachineBoot[] = [];
  const warnings: string[] = [];
  for (const boot of boots) {
    const identity = boot.paths.some((path) => OWN_RUN.test(path)) ? undefined : identityOf(boot);
    const first = identity === undefined ? undefined : seen.get(identity);
    if (first !== undefined) warnings.push(`${boot.name} is the same boot as ${first.name}; it counts once.`);
    else kept.push(boot);
    if (identity !== undefined && first === undefined) seen.set(identity, boot);
  }
  return { boots: kept, warnings };
}

function identityOf({ artifacts }: MachineBoot): string | undefined {
  const tail = (raw: string) => textOf(artifacts.get(raw)?.bytes.subarray(-TAIL_BYTES) ?? new Uint8Array());
  for (const journal of ['journal/boot.jsonl', 'journal/boot.export', 'journal/boot.verbose']) {
    const [, id] = [...tail(journal).matchAll(BOOT_ID)].at(-1) ?? [];
    if (id !== undefined) return id;
  }
  const own = OWN_ID.exec(tail('machine/facts.txt'))?.[1]?.replaceAll('-', '');
  return own ?? stampsOfManager(tail('systemd/manager.show')) ?? stampsOfScript(artifacts);
}

/** Start of the kernel on the wall clock, and two instants of the monotonic one, which have microseconds. */
function stampsOfManager(show: string): string | undefined {
  const stamps = ['KernelTimestamp', 'UserspaceTimestampMonotonic', 'FinishTimestampMonotonic'].map(
    (key) => new RegExp(`^${key}=(.*[1-9].*)$`, 'm').exec(show)?.[1],
  );
  return stamps.includes(undefined) ? undefined : stamps.join(' ');
}

/** Start and end of provisioning, from its own event, which has milliseconds. */
function stampsOfScript(artifacts: MachineBoot['artifacts']): string | undefined {
  for (const [raw, { bytes }] of artifacts) {
    if (!raw.startsWith('guest-agent/events/') || bytes.length > TAIL_BYTES) continue;
    const text = textOf(bytes);
    if (SCRIPT.test(text)) return [...text.matchAll(FINE)].map(([, stamp]) => stamp).join(' ');
  }
  return undefined;
}
