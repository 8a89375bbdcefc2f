/**
 * cloud-init's own account of its boot: each stage and module starts and finishes. Two sources of the same events:
 *
 *   cloud-init.log        2026-08-01 07:13:41,200 - handlers.py[DEBUG]: start: init-local/check-cache: attempting ...
 *   analyze dump (JSON)   {"name": "init-local/check-cache", "event_type": "start", "timestamp": 1755549140.004, ...}
 *
 * cloud-init makes `analyze show` and `blame` from these, with mistakes: their total counts nested stages twice, blame leaves
 * parents out and sorts as text. So this file rebuilds the tree.
 */
import type { Evidence } from '../../model/timeline.ts';
import type { Us } from '../../model/units.ts';

export interface StageEvent {
  readonly kind: 'start' | 'finish';
  /** `init-local`, `init-local/check-cache`, `azure-ds/_get_data`. */
  readonly name: string;
  readonly us: Us;
  readonly errorUs: Us;
  /** `SUCCESS`, `WARN`, `FAIL`; empty for a start. */
  readonly result: string;
  readonly description: string;
  readonly evidence: Evidence;
}

/** A stage from start to finish; one end may be missing. */
export interface Stage {
  readonly name: string;
  readonly start: StageEvent;
  readonly finish: StageEvent | undefined;
  /** Index in the list of the stage that was running when this one started. */
  readonly parent: number | undefined;
}

export interface StageTree {
  readonly stages: readonly Stage[];
  /** Finished without having started. */
  readonly orphans: readonly StageEvent[];
}

/** cloud-init nests no stages deeper than this. */
const DEEPEST = 100;

/** The stages of one boot record, in order of start. */
export function stageTree(events: readonly StageEvent[]): StageTree {
  const stages: { name: string; start: StageEvent; finish: StageEvent | undefined; parent: number | undefined }[] = [];
  const orphans: StageEvent[] = [];
  const underWay: number[] = [];
  for (const event of events) {
    if (event.kind === 'start') {
      if (underWay.length >= DEEPEST) underWay.shift();
      stages.push({ name: event.name, start: event, finish: undefined, parent: underWay.at(-1) });
      underWay.push(stages.length - 1);
      continue;
    }
    const depth = underWay.findLastIndex((index) => stages[index]?.name === event.name);
    const stage = stages[underWay[depth] ?? -1];
    if (stage === undefined) orphans.push(event);
    else {
      stage.finish = event;
      underWay.length = depth;
    }
  }
  return { stages, orphans };
}

/** A record begins with the first stage of a boot. Events before the first such start form their own record. */
export function bootRecords(events: readonly StageEvent[]): StageEvent[][] {
  const records: StageEvent[][] = [];
  for (const event of events) {
    const last = records.at(-1);
    if (last === undefined || (event.kind === 'start' && event.name === 'init-local')) records.push([event]);
    else last.push(event);
  }
  return records;
}
