/** Sends the boots of a run as traces to the OpenTelemetry collector of the environment, if it names one. */
import { collectorOf, pushTraces } from '../code-hosts/otlp.ts';
import { BenchError } from '../model/errors.ts';
import { renderOtlp } from '../render/export/otlp.ts';
import type { ReportInput } from '../render/input.ts';

export interface TelemetryWorld {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** Resolves with one line about what it sent; undefined without a collector. */
export async function sendTraces(input: ReportInput, world: TelemetryWorld): Promise<string | undefined> {
  const collector = collectorOf(world.environment);
  if (!collector) return undefined;
  const problem = await pushTraces(renderOtlp(input), collector, world.signal);
  const { origin } = new URL(collector.url);
  return `sent the traces of ${input.records?.length ?? 0} boots to ${origin}${problem === undefined ? '' : `; ${problem}`}`;
}

/** A collector that is down must not cost the results of a run. */
export async function tellCollector(input: ReportInput, world: TelemetryWorld): Promise<string | undefined> {
  return sendTraces(input, world).catch((error: unknown) => {
    if (error instanceof BenchError) return `traces were not sent. ${error.message} ${error.hint ?? ''}`.trim();
    throw error;
  });
}
