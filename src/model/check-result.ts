/** One line of `bench doctor`: what was looked at, how it is, and what to do. */
export interface CheckResult {
  readonly check: string;
  readonly state: 'ok' | 'note' | 'missing';
  readonly says: string;
  /** What to do, where something is to be done. */
  readonly todo?: string;
}
