/** If no boot has a value for any gate: the metrics that most boots have, the longest first, and how to gate on one. */
import type { Samples } from '../../model/samples.ts';

/** Undefined for a single variant: it has no verdict. */
export function otherGate({ boots, metrics, candidates }: Samples): string | undefined {
  if (candidates.length === 0) return undefined;
  const timed = metrics.map(({ id, gate }) => {
    const times = boots.flatMap(({ values: { [id]: value } }) => (value && 'us' in value ? [value.us] : []));
    return { id, gate, boots: times.length, total: times.reduce((sum, time) => sum + time, 0) };
  });
  if (timed.some((metric) => metric.gate && metric.boots > 0)) return undefined;
  const [best] = timed.filter((metric) => metric.boots > 0).sort((a, b) => b.boots - a.boots || b.total - a.total);
  if (best === undefined) return undefined;
  const gates = timed.filter(({ gate }) => gate).map(({ id }) => id);
  return (
    `No boot was timed to ${gates.join(' or ')}, but ${best.boots} of ${boots.length} to ${best.id}. ` +
    `To judge that, import with --map FILE, and in the file: gates: {${best.id}: {}}.`
  );
}
