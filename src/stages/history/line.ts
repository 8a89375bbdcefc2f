/** The line that a run leaves in the history: what it compared, exactly, and the outcome. */
import { usageError } from '../../model/errors.ts';
import type { HistoryMetric, HistoryRun, HistorySide } from '../../model/history.ts';
import type { Run } from '../../model/run.ts';
import { gatesOf } from '../../model/scenario.ts';
import { rounded } from '../../statistics/numbers/rounding.ts';
import { pairedBlocks } from '../../statistics/planning/calibrate.ts';
import { pooledSpread } from '../../statistics/planning/spread.ts';
import { sha256 } from '../../store/files.ts';
import { type Findings, scenarioOf } from '../derive/findings.ts';
import { aloneMetrics, definitionsOf } from './alone.ts';
import { exactImage, isImageFact } from './images.ts';

/** `link`: address of the run's page. */
export function historyLine(findings: Findings, link?: string): HistoryRun {
  const { run, samples, comparison } = findings;
  if (!run) throw usageError('A history needs run.json, which names the images; this folder has only samples.');
  const side = sideOf(findings, run);
  return {
    schema: 'bench/history@1',
    kind: 'run',
    id: run.id,
    night: run.createdAt.slice(0, 10),
    at: run.createdAt,
    tool: run.tool,
    ...(link !== undefined && { link }),
    scenario: { name: samples.scenario, sha256: run.scenarioSha256, definition: definitionOf(run) },
    reference: side(samples.baseline),
    candidates: samples.candidates.map(side),
    verdict: comparison.verdict,
    ...((comparison.budgets || comparison.descriptions) && { result: comparison.result }),
    calibration: {
      aa: run.aa === true,
      unproven: comparison.unproven,
      alpha: comparison.alpha,
      seed: comparison.seed,
    },
    facts: Object.fromEntries(Object.entries(run.facts).filter(([key]) => !isImageFact(key))),
    metrics: metricsOf(findings, run),
    ...(comparison.descriptions && { alone: aloneMetrics(findings) }),
  };
}

function sideOf({ comparison }: Findings, run: Run): (variant: string) => HistorySide {
  return (variant) => {
    const counts = comparison.counts.find((each) => each.variant === variant);
    const source = variantsOf(run)[variant]?.image;
    return {
      variant,
      image: exactImage(run, variant) ?? JSON.stringify(source ?? null),
      source: source ?? null,
      boots: counts?.boots ?? 0,
      failed: counts?.failed ?? 0,
      broken: counts?.broken ?? 0,
    };
  };
}

const variantsOf = (run: Run) => (run.scenario.variants ?? {}) as Record<string, { readonly image?: unknown }>;

/** Hash of the question, without the images. */
function definitionOf({ scenario }: Run): string {
  const { reference: _, variants, ...rest } = scenario;
  return sha256(JSON.stringify({ ...rest, variants: Object.keys((variants ?? {}) as object) }));
}

function metricsOf({ samples, comparison }: Findings, run: Run): HistoryMetric[] {
  const gates = gatesOf(scenarioOf(run));
  const definitions = definitionsOf(samples);
  return comparison.metrics.map((row) => {
    const blocks = pairedBlocks({ ...samples, candidates: [row.candidate] }, row.metric);
    const { estimate, low, high } = row.ratio ?? {};
    const owner = gates[row.metric]?.owner;
    return {
      metric: row.metric,
      candidate: row.candidate,
      gate: row.gate,
      ...definitions(row.metric),
      ...(owner !== undefined && { owner }),
      verdict: row.verdict,
      ...(estimate !== null &&
        estimate !== undefined &&
        estimate > 0 && {
          logRatio: {
            estimate: short(Math.log(estimate)),
            low: logOrNull(low),
            high: logOrNull(high),
            blocks: blocks[0]?.before.length ?? 0,
            spread: shortOrNull(pooledSpread(blocks)),
          },
        }),
      referenceUs: row.before.medianUs,
      candidateUs: row.after.medianUs,
    };
  });
}

/** A millionth of a ratio is finer than any boot, and the history keeps lines for years. */
const short = (value: number): number => rounded(Math.round(value * 1e7) / 1e7);

const logOrNull = (bound: number | null | undefined): number | null =>
  bound === null || bound === undefined || bound <= 0 ? null : short(Math.log(bound));

const shortOrNull = (value: number | null): number | null => (value === null ? null : short(value));
