/** The A/A runs in a history on this setup: how often it gave a false alarm, and how much its blocks spread. */
import type { HistoryContent, HistoryRun } from '../../model/history.ts';
import type { Calibration, Run } from '../../model/run.ts';
import { rounded, roundedOrNull } from '../../statistics/numbers/rounding.ts';
import { isAlarm } from '../../statistics/planning/calibrate.ts';
import { poolSpreads } from '../../statistics/planning/spread.ts';
import { clopperPearson } from '../../statistics/tests/counts.ts';
import { runsOf } from './trend.ts';

/** Facts of a setup: if they differ, the runs calibrated another setup. */
const SETUP = ['provider', 'accelerator', 'timing'] as const;

/** Undefined if the history holds no other A/A run of the scenario with the same setup. */
export function calibrationOf(
  { lines }: HistoryContent,
  { id, scenario, facts }: Pick<Run, 'id' | 'scenario' | 'facts'>,
): Calibration | undefined {
  const runs = runsOf(lines).filter(
    (line) =>
      line.calibration.aa &&
      line.id !== id &&
      line.scenario.name === scenario.name &&
      SETUP.every((key) => line.facts[key] === facts[key]),
  );
  if (runs.length === 0) return undefined;
  const alarms = runs.filter((run) => gateRowsOf(run).some(({ verdict }) => isAlarm(verdict))).length;
  const { low, high } = clopperPearson(alarms, runs.length);
  const metrics = [...new Set(runs.flatMap((run) => gateRowsOf(run).map(({ metric }) => metric)))];
  return {
    runs: runs.length,
    alarms,
    low: rounded(low),
    high: rounded(high),
    metrics: metrics.map((metric) => spreadOfMetric(metric, runs)),
  };
}

const gateRowsOf = ({ metrics }: HistoryRun) => metrics.filter(({ gate }) => gate);

function spreadOfMetric(metric: string, runs: readonly HistoryRun[]): Calibration['metrics'][number] {
  const seen = runs.flatMap((run) =>
    gateRowsOf(run).flatMap((row) => (row.metric === metric ? (row.logRatio ?? []) : [])),
  );
  return {
    metric,
    spread: roundedOrNull(poolSpreads(seen)),
    blocks: seen.reduce((sum, { blocks }) => sum + blocks, 0),
  };
}
