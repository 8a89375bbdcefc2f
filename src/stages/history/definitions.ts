/**
 * Metrics whose definition changed while a history grew. Figures of two definitions measure two things under one id, so bench looks only at
 * those of the newest.
 */
import type { HistoryRun } from '../../model/history.ts';

/** The runs without the metrics that a later definition has replaced, and notes on what that left out. */
export function ofNewestDefinitions(runs: readonly HistoryRun[]): {
  readonly runs: readonly HistoryRun[];
  readonly warnings: readonly string[];
} {
  const newest = new Map<string, number>();
  for (const { id, definition } of runs.flatMap(definedIn)) newest.set(id, Math.max(newest.get(id) ?? 1, definition));
  const replaced = new Map<string, number>();
  const isNewest = ({
    metric,
    definition = 1,
  }: {
    readonly metric: string;
    readonly definition?: number | undefined;
  }) => definition === (newest.get(metric) ?? 1);
  const kept = runs.map((run) => {
    for (const { id } of definedIn(run).filter(({ id, definition }) => !isNewest({ metric: id, definition })))
      replaced.set(id, (replaced.get(id) ?? 0) + 1);
    return {
      ...run,
      metrics: run.metrics.filter(isNewest),
      ...(run.alone && { alone: run.alone.filter(isNewest) }),
    };
  });
  const warnings = [...replaced].map(
    ([id, count]) =>
      `${count} of ${runs.length} runs measured ${id} by an older definition; their values are left out.`,
  );
  return { runs: kept, warnings };
}

/** Each metric of a run once, for any number of candidates. */
function definedIn({ metrics, alone = [] }: HistoryRun): { readonly id: string; readonly definition: number }[] {
  const all = new Map([...metrics, ...alone].map(({ metric, definition = 1 }) => [metric, definition]));
  return [...all].map(([id, definition]) => ({ id, definition }));
}
