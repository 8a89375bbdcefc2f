/** One line of `bench doctor`: the thing it checked, its state, and what to do. */
export interface CheckResult {
  readonly check: string;
  readonly state: 'ok' | 'note' | 'missing';
  readonly says: string;
  /** What to do, if anything. */
  readonly todo?: string;
}
