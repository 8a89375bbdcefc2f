/**
 * Output of `cloud-init analyze show`, `blame` and `boot`, for imports that have nothing better. Offsets count from the first
 * event of the record. We ignore `Total Time`, which counts nested stages twice.
 */
import type { Evidence } from '../../model/timeline.ts';
import { type Us, us } from '../../model/units.ts';
import { spokenLines } from '../reading/lines.ts';

interface PrintedStage {
  readonly name: string;
  readonly us: Us;
  readonly evidence: Evidence;
}

interface ShownEvent {
  readonly text: string;
  readonly atUs: Us;
  readonly tookUs: Us;
  readonly evidence: Evidence;
}

export interface ShowRecord {
  readonly record: number;
  /** In order of their end, inner ones first. */
  readonly stages: readonly PrintedStage[];
  readonly events: readonly ShownEvent[];
  readonly total: Omit<PrintedStage, 'name'> | undefined;
  /** Total length of the outermost stages: the correct value of `Total Time`. */
  readonly outermostUs: Us;
}

export interface BlameRecord {
  readonly record: number;
  readonly items: readonly PrintedStage[];
}

const RECORD = /^\s{0,40}-- Boot Record (\d{1,6}) --/;
const FINISHED = /^\s{0,40}Finished stage: \(([\w./-]{1,200})\) (\d{1,9}(?:\.\d{1,6})?) seconds/;
const STARTING = /^\s{0,40}Starting stage: ([\w./-]{1,200})\s*$/;
const EVENT = /^[\s|`'+\\-]{0,40}->(.{1,1000}) @(-?\d{1,9}(?:\.\d{1,6})?)s \+(-?\d{1,9}(?:\.\d{1,6})?)s\s*$/;
const TOTAL = /^\s{0,40}Total Time: (\d{1,9}(?:\.\d{1,6})?) seconds/;
const BLAMED = /^\s{0,40}(\d{1,9}(?:\.\d{1,6})?)s \(([\w./-]{1,200})\)\s*$/;

const usOf = (seconds: string | undefined): Us => us(Math.round(Number(seconds) * 1e6));

export function readShow(text: string, file: string): ShowRecord[] {
  const records: ShowRecord[] = [];
  let current = emptyShow(1);
  let open: string[] = [];
  let seen = false;
  for (const line of spokenLines(text)) {
    const bare = line.text.slice(0, 1200);
    const evidence = { file, line: line.number };
    const record = RECORD.exec(bare)?.[1];
    const starting = STARTING.exec(bare)?.[1];
    const finished = FINISHED.exec(bare);
    const event = EVENT.exec(bare);
    const total = TOTAL.exec(bare)?.[1];
    if (record !== undefined) {
      if (seen) records.push(current);
      current = emptyShow(Number(record));
      open = [];
      seen = true;
    } else if (starting !== undefined) open.push(starting);
    else if (finished?.[1] !== undefined) {
      const stage = { name: finished[1], us: usOf(finished[2]), evidence };
      const depth = open.lastIndexOf(stage.name);
      if (depth !== -1) open.length = depth;
      current.stages.push(stage);
      if (open.length === 0) current.outermostUs = us(current.outermostUs + stage.us);
      seen = true;
    } else if (event?.[1] !== undefined) {
      current.events.push({ text: event[1], atUs: usOf(event[2]), tookUs: usOf(event[3]), evidence });
      seen = true;
    } else if (total !== undefined) current.total = { us: usOf(total), evidence };
  }
  return seen ? [...records, current] : records;
}

/**
 * The records of the last boot as one. Older versions begin a record with each stage that runs in its own process; only a
 * record with init-local begins a boot.
 */
export function lastBoot(records: readonly ShowRecord[] | undefined): ShowRecord | undefined {
  const all = records ?? [];
  const first = all.findLastIndex(({ stages }) => stages.some(({ name }) => name === 'init-local'));
  const own = all.slice(Math.max(first, 0));
  const [one] = own;
  if (one === undefined || own.length === 1 || first === -1) return all.at(-1);
  return {
    record: one.record,
    stages: own.flatMap(({ stages }) => stages),
    events: own.flatMap(({ events }) => events),
    total: undefined,
    outermostUs: us(own.reduce((sum, { outermostUs }) => sum + outermostUs, 0)),
  };
}

function emptyShow(record: number) {
  return {
    record,
    stages: [] as PrintedStage[],
    events: [] as ShownEvent[],
    total: undefined as Omit<PrintedStage, 'name'> | undefined,
    outermostUs: us(0),
  };
}

export function readBlame(text: string, file: string): BlameRecord[] {
  const records: { record: number; items: PrintedStage[] }[] = [];
  for (const line of spokenLines(text)) {
    const bare = line.text.slice(0, 400);
    const record = RECORD.exec(bare)?.[1];
    if (record !== undefined) records.push({ record: Number(record), items: [] });
    const [, took, name] = BLAMED.exec(bare) ?? [];
    if (name === undefined) continue;
    if (records.length === 0) records.push({ record: 1, items: [] });
    records.at(-1)?.items.push({ name, us: usOf(took), evidence: { file, line: line.number } });
  }
  return records;
}

/** `analyze boot`. Its stamps mix local time and UTC, so we never subtract them and read only the printed differences. */
export interface BootText {
  readonly kernel: PrintedStage | undefined;
  readonly gap: PrintedStage | undefined;
}

const KERNEL = /^\s{0,40}Kernel time to boot \(seconds\): (\d{1,9}(?:\.\d{1,20})?)\s*$/;
const GAP =
  /^\s{0,40}Time between Kernel (?:end )?boot and Cloud-init (?:activation|start) \(seconds\): (\d{1,9}(?:\.\d{1,20})?)\s*$/;

export function readBootText(text: string, file: string): BootText {
  let kernel: PrintedStage | undefined;
  let gap: PrintedStage | undefined;
  for (const line of spokenLines(text)) {
    const evidence = { file, line: line.number };
    const kernelSeconds = KERNEL.exec(line.text.slice(0, 400))?.[1];
    const gapSeconds = GAP.exec(line.text.slice(0, 400))?.[1];
    if (kernelSeconds !== undefined) kernel ??= { name: 'kernel', us: usOf(kernelSeconds), evidence };
    if (gapSeconds !== undefined) gap ??= { name: 'kernel-to-cloud-init', us: usOf(gapSeconds), evidence };
  }
  return { kernel, gap };
}
