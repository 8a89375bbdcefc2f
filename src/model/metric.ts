/** A metric is data: a named duration from one event to another, with the question it answers. */
import type { Evidence } from './timeline.ts';
import type { Us } from './units.ts';

export interface Metric {
  readonly id: string;
  readonly title: string;
  readonly question: string;
  readonly from: string;
  readonly to: string;
  /** Increases when the metric's meaning changes; nothing mixes values of two definitions. Absent: 1. */
  readonly definition?: number;
}

/** One metric of one boot. Never 0, NaN or a made-up number for "not seen". */
export type Measured =
  | {
      readonly kind: 'measured';
      readonly valueUs: Us;
      readonly errorUs: Us;
      readonly evidence: readonly [Evidence, Evidence];
    }
  | { readonly kind: 'missing'; readonly reason: string };
