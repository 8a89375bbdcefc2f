/** Builds samples for tests from short descriptions of boots. */

import type { z } from 'zod';
import { seededRandom } from '../../src/model/random.ts';
import { type MetricDeclaration, type SampleBoot, Samples } from '../../src/model/samples.ts';
import type { ComparisonWarning } from '../../src/model/verdict.ts';

type Boot = z.input<typeof Samples>['boots'][number];

export interface Written {
  readonly variants?: readonly string[];
  readonly metrics?: readonly (Partial<MetricDeclaration> & { id: string })[];
  readonly boots: readonly Boot[];
  readonly alpha?: number;
}

export function written({
  variants = ['before', 'after'],
  metrics = [{ id: 'm', gate: true }],
  boots,
  alpha = 0.05,
}: Written): Samples {
  const [baseline = '', ...candidates] = variants;
  return Samples.parse({ schema: 'bench/samples@1', scenario: 'written', baseline, candidates, metrics, boots, alpha });
}

/** A sound boot with its values in microseconds. */
export function boot(
  variant: string,
  block: number | null,
  values: Record<string, number>,
  more: Partial<SampleBoot> = {},
): Boot {
  const measured = Object.fromEntries(Object.entries(values).map(([id, us]) => [id, { us }]));
  return {
    id: `${block ?? 0}-${variant}-${Object.values(values).join('-')}`,
    variant,
    block,
    outcome: 'booted',
    values: measured,
    ...more,
  };
}

/** Blocks of both sides from a function of block and variant. */
export function blocks(
  count: number,
  variants: readonly string[],
  values: (block: number, variant: string) => Record<string, number>,
): Boot[] {
  return Array.from({ length: count }, (_, i) =>
    variants.map((variant) => boot(variant, i + 1, values(i + 1, variant))),
  ).flat();
}

/** A value within half a percent of `us` that depends only on block and variant. */
export function around(us: number, block: number, variant: string): number {
  const letters = [...variant].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7);
  return Math.round(us * (1 + 0.01 * (seededRandom(1000 * block + (letters % 997)).next() - 0.5)));
}

/** Texts of the warnings of a comparison or of one of its rows, one after the other. */
export const textsOf = (of: { readonly warnings: readonly ComparisonWarning[] } | undefined): string =>
  (of?.warnings ?? []).map(({ text }) => text).join(' ');
