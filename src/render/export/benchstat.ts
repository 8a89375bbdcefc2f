/**
 * Measured values in the format of Go's benchmarks, for benchstat: `bench export <run> --format benchstat | benchstat -col variant -`.
 * Only sound boots; benchstat knows no blocks, so its tests see less than bench's own. https://golang.org/design/14313-benchmark-format
 */
import { plain } from '../escape.ts';
import { pointsOf, type ReportInput } from '../input.ts';
import { viewOf } from '../view.ts';

const SECONDS = 1_000_000;

export function renderBenchstat(input: ReportInput): string {
  const view = viewOf(input);
  const lines = [`scenario: ${word(view.samples.scenario)}`];
  for (const variant of view.variants) {
    lines.push('', `variant: ${word(variant)}`);
    for (const { id } of view.samples.metrics)
      for (const point of pointsOf(view, id))
        if (point.variant === variant) lines.push(`BenchmarkBoot/metric=${word(id)} 1 ${point.us / SECONDS} sec/op`);
  }
  return `${lines.join('\n')}\n`;
}

/** A blank would end the name, a slash would begin another part of it. */
const word = (text: string): string => plain(text, 120).replaceAll(/[\s/]/g, '_');
