/** What bench observes of a machine from outside: facts, and marks on two clocks, the controller's and the cloud's own. */
import type { MachineFacts } from '../../../model/boot.ts';
import type { BootEvent } from '../../../model/timeline.ts';
import { type Ms, type Us, us } from '../../../model/units.ts';
import type { OperationStatus } from '../arm/operation.ts';

/** It grows while the machine boots and outlives a failure. */
export interface Observations {
  readonly marks: BootEvent[];
  facts: MachineFacts;
  /** Present once bench can reach the machine. */
  reached?: Reached;
}

export interface Reached {
  readonly address: string;
  /** When the request that Azure accepted left: the zero of the marks. */
  readonly zeroMs: Ms;
}

const EVIDENCE = { file: 'outcome.json', line: 0 };

/** Milliseconds since the request left, on the controller's clock. */
export const mark = (id: string, atMs: Ms, errorMs: Ms): BootEvent => ({
  id,
  clock: 'controller',
  us: us(Math.round(atMs * 1000)),
  errorUs: us(Math.round(errorMs * 1000)),
  evidence: EVIDENCE,
});

/** Marks from an operation's own timestamps. */
export function stampsOf({ startTime, endTime }: OperationStatus, name: string): BootEvent[] {
  const stamp = (id: string, text: string | undefined): BootEvent[] => {
    const atUs = text === undefined ? undefined : cloudUs(text);
    return atUs === undefined ? [] : [{ id, clock: 'cloud', us: atUs, errorUs: us(1), evidence: EVIDENCE }];
  };
  return [...stamp(`outside.${name}-start`, startTime), ...stamp(`outside.${name}-end`, endTime)];
}

/** Microseconds since 1970 of a timestamp with up to seven digits after the point; JavaScript itself reads only three. */
export function cloudUs(text: string): Us | undefined {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(text);
  if (!match) return undefined;
  return us(Date.parse(`${match[1]}${match[3]}`) * 1000 + Math.round(Number(`0.${match[2] ?? 0}`) * 1e6));
}
