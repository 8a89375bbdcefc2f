/** A journal as journald would have written it, on a machine with the given clock steps. */

export interface Step {
  /** Monotonic time of the step. */
  readonly atUs: number;
  readonly byUs: number;
}

/** Real time at kernel start: 2026-08-01 07:13:36 UTC. */
export const EPOCH_US = 1_785_568_416_000_000;

export const realtimeAt = (monotonicUs: number, steps: readonly Step[]): number =>
  steps.reduce((sum, { atUs, byUs }) => sum + (atUs <= monotonicUs ? byUs : 0), EPOCH_US + monotonicUs);

export interface SimulatedLine {
  readonly monotonicUs: number;
  readonly unit?: string;
  readonly message?: string;
  /** SYSLOG_IDENTIFIER. */
  readonly source?: string;
  /** journald reads the second clock this much later than the first. */
  readonly betweenUs?: number;
}

export const simulatedJournal = (lines: readonly SimulatedLine[], steps: readonly Step[] = []): string =>
  lines
    .map(({ monotonicUs, unit, source, message = '', betweenUs = 0 }) =>
      JSON.stringify({
        __CURSOR: 's=1;i=1',
        __REALTIME_TIMESTAMP: String(realtimeAt(monotonicUs, steps)),
        __MONOTONIC_TIMESTAMP: String(monotonicUs + betweenUs),
        _BOOT_ID: '0',
        _TRANSPORT: 'stdout',
        ...(unit && { _SYSTEMD_UNIT: unit }),
        ...(source && { SYSLOG_IDENTIFIER: source }),
        MESSAGE: message,
      }),
    )
    .join('\n');
