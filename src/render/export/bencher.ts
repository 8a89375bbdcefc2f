/**
 * Gate metrics in Bencher's metric format, for `bencher run --adapter json`. The measure is its built-in `latency`, in nanoseconds;
 * the bounds are one median absolute deviation around the median.
 * https://bencher.dev/docs/reference/bencher-metric-format
 */
import { toJson } from '../../model/json.ts';
import type { ReportInput } from '../input.ts';
import { gateMedians } from './gate-medians.ts';

const MICROSECOND_NS = 1000;

export const renderBencher = (input: ReportInput): string =>
  toJson(
    Object.fromEntries(
      gateMedians(input).map(({ name, medianUs, madUs }) => [
        name,
        {
          latency: {
            value: medianUs * MICROSECOND_NS,
            ...(madUs !== null && {
              lower_value: (medianUs - madUs) * MICROSECOND_NS,
              upper_value: (medianUs + madUs) * MICROSECOND_NS,
            }),
          },
        },
      ]),
    ),
  );
