/** The reference values (see fixtures/statistics/PROVENANCE.md), and samples built from them. */
import { readFileSync } from 'node:fs';
import { Samples } from '../../src/model/samples.ts';

interface ConfidenceBounds {
  k: number;
  lower: number | null;
  upper: number | null;
}

interface OracleCase {
  name: string;
  x: number[];
  y: number[];
  n: number;
  m: number;
  has_ties: boolean;
  mwu: {
    U_x: number;
    p_asymptotic: number;
    p_exact_scipy: number;
    p_exact_conditional: number | null;
    p_less: number;
    p_greater: number;
    prob_superiority_y_gt_x: number;
  };
  hl: { shift: number; ci95: ConfidenceBounds; ci90: ConfidenceBounds; ci99: ConfidenceBounds };
  hl_ratio?: { ratio: number; lower: number | null; upper: number | null };
  medians: { x: number; y: number; difference: number };
  quantiles_type7: { probs: number[]; x: number[]; y: number[] };
  ks: { D: number; p_exact: number };
  brunnermunzel: { statistic: number | string; p: number | string };
  welch: { t: number | string; df: number; p: number | string; ci95_x_minus_y: (number | string)[] };
  mad: { x: number; y: number };
  perm_median_exact?: { statistic: number; p: number };
  paired_wilcoxon?: { statistic: number; p: number; method: string; pseudomedian_walsh: number };
  R_wilcox_y_x?: { p: number; estimate: number; lower: number; upper: number; method: string };
  block_flip?: { pooled_midrank_stat: number; p_pooled_midrank: number; p_mean_difference: number };
}

interface Oracle {
  cases: OracleCase[];
  p_adjust: { name: string; p: number[]; holm: number[]; bh: number[]; by: number[]; bonferroni: number[] }[];
  bootstrap: {
    case: string;
    median_diff: { bca95: [number, number]; percentile95: [number, number] };
    mean_diff_bca95: [number, number];
  }[];
  group_sequential_bounds: { bounds: Record<string, number[]> };
}

const path = new URL('../fixtures/statistics/stat-oracle.json', import.meta.url);
export const oracle: Oracle = JSON.parse(readFileSync(path, 'utf8')) as Oracle;

/** Samples with one gate metric: x before, y after; pairs are blocks when `blocked`. */
export function samplesOf(x: readonly number[], y: readonly number[], blocked: boolean): Samples {
  const boots = (variant: string, values: readonly number[]) =>
    values.map((us, i) => ({
      id: `${i + 1}-${variant}`,
      variant,
      block: blocked ? i + 1 : null,
      outcome: 'booted' as const,
      values: { m: { us } },
    }));
  return Samples.parse({
    schema: 'bench/samples@1',
    scenario: 'oracle',
    baseline: 'before',
    candidates: ['after'],
    metrics: [{ id: 'm', gate: true }],
    boots: [...boots('before', x), ...boots('after', y)],
  });
}
