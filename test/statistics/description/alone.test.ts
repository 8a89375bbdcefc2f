import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { Comparison } from '../../../src/model/comparison.ts';
import { Samples } from '../../../src/model/samples.ts';
import { compareSamples } from '../../../src/statistics/compare.ts';
import { blocks, boot, written } from '../samples.ts';

type Budgets = z.input<typeof Samples>['budgets'];

const steps = (block: number) => ({ 'node.ready': 40e6 + 1e6 * block, 'cse.a': 4e6 + 1e5 * block, 'cse.total': 20e6 });
const METRICS = [{ id: 'node.ready', gate: true }, { id: 'cse.a' }, { id: 'cse.total' }];

const alone = (count: number, budgets?: Budgets) =>
  Samples.parse({
    ...written({ variants: ['image'], metrics: METRICS, boots: blocks(count, ['image'], steps) }),
    ...(budgets && { budgets }),
  });

const of = (samples: Samples, metric: string) =>
  compareSamples(samples).descriptions?.find((each) => each.metric === metric);

describe('one variant', () => {
  it('has a median, p90 and p95, their bounds, and the boots that a missing bound needs', () => {
    const [median, p90, p95] = of(alone(12), 'node.ready')?.quantiles ?? [];
    expect(median).toEqual({ quantile: 0.5, estimateUs: 46.5e6, lowUs: 43e6, highUs: 50e6, confidence: 0.95 });
    expect(p90).toMatchObject({ estimateUs: 50.9e6, highUs: null, needs: 36 });
    expect(p95).toMatchObject({ highUs: null, needs: 72 });
  });

  it('has the spread from block to block, and no comparison', () => {
    const comparison = compareSamples(alone(12));
    expect(Comparison.safeParse(comparison).error).toBeUndefined();
    expect(comparison).toMatchObject({ candidates: [], metrics: [], attribution: [], outcomes: [], blocks: 12 });
    expect(comparison.descriptions?.[0]?.spread).toBeCloseTo(0.0778, 3);
    expect(comparison.warnings).toEqual([]);
  });

  it('has one value per machine if machines rebooted, and reports it', () => {
    const boots = [1, 2, 3, 4].flatMap((machine) =>
      [1, 2, 3].map((reboot) =>
        boot(
          'image',
          machine,
          { m: 10e6 * machine + 1e5 * reboot },
          { id: `${machine}-${reboot}`, machine: `m${machine}`, bootKind: 'reboot' },
        ),
      ),
    );
    const described = of(written({ variants: ['image'], boots }), 'm');
    expect(described).toMatchObject({ n: 4, missing: 0 });
    expect(described?.spreadWithin).toBeLessThan(0.02);
    expect(described?.spread).toBeGreaterThan(0.5);
    expect(described?.warnings.map(({ code }) => code)).toContain('machines-averaged');
  });

  it('counts its slow boots, and reports two kinds of boots', () => {
    const locked = blocks(40, ['image'], (block) => ({ m: (block % 4 === 0 ? 60e6 : 10e6) * (1 + block / 500) }));
    const described = of(written({ variants: ['image'], boots: locked }), 'm');
    expect(described?.slow).toMatchObject({ threshold: 'upper mode', over: 10 });
    expect(described?.warnings.map(({ code }) => code)).toContain('several-modes');
  });

  it('has paths whose items add up to the mean, each with the middle half of its shares', () => {
    const boots = [1, 2, 3].map((block) =>
      boot('image', block, { m: 10e6 + block }, {
        paths: {
          m: [
            { item: 'unit:a', us: 4e6 },
            { item: 'unit:b', us: 6e6 - 7 },
          ],
        },
      } as never),
    );
    const [path] = compareSamples(written({ variants: ['image'], boots })).paths ?? [];
    expect(path).toMatchObject({ metric: 'm', variant: 'image', boots: 3, meanUs: 10_000_002 });
    expect(path?.rows.map(({ item }) => item)).toEqual(['unit:b', 'unit:a', '(unattributed)']);
    expect(path?.rows.reduce((sum, row) => sum + row.meanUs, 0)).toBe(path?.meanUs);
  });

  it('fails as broken if a boot broke an expectation, and reports nothing booted if no boot came up', () => {
    const broken = [...blocks(5, ['image'], steps), boot('image', 6, steps(6), { broken: ['x'] })];
    expect(compareSamples(written({ variants: ['image'], boots: broken }))).toMatchObject({
      verdict: 'broken',
      result: 'fails',
    });
    const failed = [1, 2].map((block) => boot('image', block, {}, { outcome: 'failed', id: `f${block}` }));
    const comparison = compareSamples(written({ variants: ['image'], boots: failed }));
    expect(comparison.result).toBe('nothing-booted');
    expect(comparison.warnings[0]?.text).toMatch(/^Nothing was measured/);
  });
});

describe('budgets', () => {
  const verdicts = (samples: Samples) =>
    (compareSamples(samples).budgets ?? []).map(({ metric, variant, verdict, gateResult }) => [
      metric,
      variant,
      verdict,
      gateResult,
    ]);

  it('of one variant fail the run if any is exceeded, pass it if all are within, and leave it unjudged otherwise', () => {
    const at = (limitUs: number) => alone(12, [{ metric: 'node.ready', quantile: 0.5, limitUs }]);
    expect(compareSamples(at(60e6))).toMatchObject({ verdict: 'inconclusive', result: 'passes' });
    expect(compareSamples(at(30e6))).toMatchObject({ verdict: 'inconclusive', result: 'fails' });
    expect(compareSamples(at(46e6))).toMatchObject({ verdict: 'inconclusive', result: 'unjudged' });
    expect(compareSamples(at(46e6)).budgets?.[0]).toHaveProperty('needs');
  });

  it('by a pattern apply to each step, but not to provisioning as a whole or a metric with its own budget', () => {
    const limited = alone(12, [
      { metric: 'cse.*', quantile: 0.5, limitUs: 5e6 },
      { metric: 'node.*', quantile: 0.5, limitUs: 1 },
      { metric: 'node.ready', overUs: 90e6, atMost: 0.5 },
      { metric: 'unit.*', quantile: 0.5, limitUs: 1 },
    ]);
    expect(verdicts(limited)).toEqual([
      ['cse.a', 'image', 'inconclusive', 'unjudged'],
      ['node.ready', 'image', 'within', 'passes'],
    ]);
    expect(
      compareSamples(limited)
        .warnings.map(({ text }) => text)
        .join(),
    ).toContain('unit.* matches no metric');
  });

  it('apply to each candidate, and only inform about the baseline', () => {
    const values = (block: number, variant: string) => ({ m: (variant === 'before' ? 50e6 : 30e6) + block });
    const samples = Samples.parse({
      ...written({ boots: blocks(8, ['before', 'after'], values) }),
      budgets: [{ metric: 'm', quantile: 0.5, limitUs: 40e6 }],
    });
    expect(verdicts(samples)).toEqual([
      ['m', 'before', 'exceeded', undefined],
      ['m', 'after', 'within', 'passes'],
    ]);
    expect(compareSamples(samples).result).toBe('passes');
    const swapped = compareSamples({ ...samples, baseline: 'after', candidates: ['before'] });
    expect(swapped.outcomes).toEqual([{ candidate: 'before', verdict: 'slower', result: 'fails' }]);
  });

  it('fail a candidate that exceeds them even if it is faster', () => {
    const values = (block: number, variant: string) => ({ m: (variant === 'before' ? 50e6 : 30e6) + block });
    const samples = Samples.parse({
      ...written({ boots: blocks(8, ['before', 'after'], values) }),
      budgets: [{ metric: 'm', quantile: 0.5, limitUs: 20e6 }],
    });
    expect(compareSamples(samples)).toMatchObject({ verdict: 'faster', result: 'fails' });
  });

  it('hold for any values that the lost boots could have had', () => {
    const lost = [1, 2, 3, 4, 5, 6, 7].map((block) =>
      boot('image', 20 + block, {}, { outcome: 'failed', id: `f${block}` }),
    );
    const limited = Samples.parse({
      ...written({ variants: ['image'], metrics: METRICS, boots: [...blocks(12, ['image'], steps), ...lost] }),
      budgets: [{ metric: 'node.ready', quantile: 0.5, limitUs: 90e6 }],
    });
    expect(compareSamples(limited).budgets?.[0]).toMatchObject({ verdict: 'inconclusive', n: 12, lost: 7 });
  });

  it('on a metric without values are inconclusive, and take no alpha from the others', () => {
    const limited = alone(5, [
      { metric: 'node.ready', quantile: 0.5, limitUs: 90e6 },
      { metric: 'tls.bootstrap', quantile: 0.5, limitUs: 1e6 },
    ]);
    expect(verdicts(limited).map(([, , verdict]) => verdict)).toEqual(['within', 'inconclusive']);
  });
});
