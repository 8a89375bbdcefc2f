/** What an import did with each file: which artifact it is, and how much bench read from it. */
import type { BootRecord } from '../../model/boot.ts';
import type { ImportedBoot } from './boots.ts';

export interface FileAccount {
  /** The file, or the part of one. */
  readonly from: string;
  /** Its path below `raw/`. */
  readonly raw: string;
  /** How many instants, spans, durations and states bench read from it; 0 if it understood nothing. */
  readonly read: number;
  /** The file that bench reads in its place, as both report the same. */
  readonly instead?: string;
}

export interface MachineAccount {
  readonly boot: string;
  readonly machine: string;
  readonly files: readonly FileAccount[];
}

export function accountOf({ outcome, artifacts, witnesses }: ImportedBoot, record: BootRecord): MachineAccount {
  const counts = countByFile(record);
  const read = [...artifacts].map(
    ([raw, { from }]): FileAccount => ({ from, raw, read: counts.get(`raw/${raw}`) ?? 0 }),
  );
  const passed = witnesses.map(({ from, raw, instead }): FileAccount => ({ from, raw, read: 0, instead }));
  return { boot: outcome.boot.id, machine: outcome.boot.machine, files: [...read, ...passed] };
}

function countByFile({ events, spans, printed = [], units, warnings }: BootRecord): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const count = (file: string | undefined) => file !== undefined && counts.set(file, (counts.get(file) ?? 0) + 1);
  for (const { evidence } of [...events, ...printed, ...units]) count(evidence.file);
  for (const { start, end } of spans) {
    count(start.evidence.file);
    if (end !== undefined && end.evidence.file !== start.evidence.file) count(end.evidence.file);
  }
  // A reason for something missing counts as read: that start-up has not finished, that a unit is absent.
  for (const { code, evidence } of warnings) if (code.startsWith('missing:')) count(evidence?.file);
  return counts;
}

/** Whether a boot has anything to say; an import without any such boot measured nothing. */
export const saysSomething = ({ events, spans, printed = [], machine, warnings }: BootRecord): boolean =>
  events.length + spans.length + printed.length > 0 ||
  'cse.exit-code' in machine ||
  warnings.some(({ code }) => code.startsWith('missing:'));

/** For a machine with hundreds of event files, bench names only the first. */
const FILES_NAMED = 12;

/** `before/n1: time.txt is systemd/analyze-time.txt (9 read); notes.txt repeats it`. */
export function accountText({ machine, files }: MachineAccount): string {
  const named = files.slice(0, FILES_NAMED).map(({ from, raw, read, instead }) => {
    if (instead !== undefined) return `${from} also contains ${raw}, which is read from ${instead}`;
    return `${from} is ${raw} (${read === 0 ? 'recognised, but nothing could be read' : `${read} read`})`;
  });
  const more = files.length > FILES_NAMED ? [`and ${files.length - FILES_NAMED} more files`] : [];
  return `${machine}: ${[...named, ...more].join('; ')}`;
}
