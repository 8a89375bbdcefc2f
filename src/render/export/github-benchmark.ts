/**
 * Gate metrics for the action github-action-benchmark: `tool: customSmallerIsBetter`. One entry per metric and variant.
 * https://github.com/benchmark-action/github-action-benchmark#readme
 */
import { toJson } from '../../model/json.ts';
import type { ReportInput } from '../input.ts';
import { gateMedians } from './gate-medians.ts';

const MILLISECOND_US = 1000;

export const renderGithubBenchmark = (input: ReportInput): string =>
  toJson(
    gateMedians(input).map(({ name, medianUs, madUs, n }) => ({
      name,
      unit: 'ms',
      value: medianUs / MILLISECOND_US,
      ...(madUs !== null && { range: `± ${madUs / MILLISECOND_US}` }),
      extra: `median of ${n} boots; range: median absolute deviation`,
    })),
  );
