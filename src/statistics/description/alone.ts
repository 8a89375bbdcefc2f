/** The comparison of a run with one variant: a description of its metrics and of its critical paths. */
import type { Comparison } from '../../model/comparison.ts';
import type { Declared } from '../margins.ts';
import type { VariantBoots } from '../observations.ts';
import type { DipTest } from '../shape/dip.ts';
import { describePath } from './describe-path.ts';
import { describeVariant } from './describe-variant.ts';

export function describeAlone(
  metrics: readonly Declared[],
  boots: VariantBoots,
  context: { readonly alpha: number; readonly dip: DipTest },
): Required<Pick<Comparison, 'descriptions' | 'paths'>> {
  return {
    descriptions: describeVariant(metrics, boots, context),
    paths: metrics.flatMap(({ id }) => describePath(id, boots) ?? []),
  };
}
