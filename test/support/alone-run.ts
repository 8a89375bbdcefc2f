/** A run with one variant: the synthetic boots of a baseline, which the product itself compares. */
import type { z } from 'zod';
import { Samples } from '../../src/model/samples.ts';
import type { Findings } from '../../src/stages/derive/findings.ts';
import { compareSamples } from '../../src/statistics/compare.ts';
import { type SyntheticOptions, syntheticRun } from './synthetic-run.ts';

type Budgets = z.input<typeof Samples>['budgets'];

interface AloneOptions extends SyntheticOptions {
  readonly budgets?: Budgets;
  /** Gates for which no boot has a time. */
  readonly without?: readonly string[];
}

export function aloneRun({ budgets, without = [], ...options }: AloneOptions = {}): Findings {
  const { run, records = [], samples } = syntheticRun({ ...options, variants: ['image', 'beside'] });
  const own = Samples.parse({
    ...samples,
    baseline: 'image',
    candidates: [],
    boots: samples.boots
      .filter(({ variant }) => variant === 'image')
      .map((boot) => ({
        ...boot,
        values: Object.fromEntries(Object.entries(boot.values).filter(([metric]) => !without.includes(metric))),
      })),
    warnings: [],
    ...(budgets && { budgets }),
  });
  const blocks = run?.blocks.map((block) => ({
    ...block,
    boots: block.boots.filter((boot) => boot.variant === 'image'),
  }));
  return {
    ...(run && { run: { ...run, blocks: blocks ?? [] } }),
    records: records.filter(({ boot }) => boot.variant === 'image'),
    samples: own,
    comparison: compareSamples(own),
  };
}
