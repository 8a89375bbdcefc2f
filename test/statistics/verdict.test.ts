import { describe, expect, it } from 'vitest';
import type { MetricDeclaration } from '../../src/model/samples.ts';
import { us } from '../../src/model/units.ts';
import { compareSamples } from '../../src/statistics/compare.ts';
import { around, blocks, boot, textsOf, written } from './samples.ts';

const PAIR = ['before', 'after'];

/** Twelve blocks in which the candidate takes `factor` times as long. */
function changed(factor: number, declared: Partial<MetricDeclaration> = {}) {
  const metrics = [{ id: 'm', gate: true, ...declared }];
  const boots = blocks(12, PAIR, (block, variant) => ({
    m: around(20e6 * (variant === 'after' ? factor : 1), block, variant),
  }));
  return compareSamples(written({ metrics, boots }));
}

describe('the verdict on one gate', () => {
  it('10 % slower is slower and fails the gate', () => {
    const { verdict, metrics } = changed(1.1);
    expect(verdict).toBe('slower');
    expect(metrics[0]).toMatchObject({ verdict: 'slower', failsGate: true, warnings: [] });
  });

  it('10 % faster is faster and fails nothing', () => {
    expect(changed(0.9)).toMatchObject({ verdict: 'faster', metrics: [{ verdict: 'faster', failsGate: false }] });
  });

  it('no change within narrow spread is equivalent', () => {
    expect(changed(1.001)).toMatchObject({ verdict: 'equivalent', metrics: [{ verdict: 'equivalent' }] });
  });

  it('significantly 2 % slower is slower, within margin, and passes', () => {
    const { verdict, metrics } = changed(1.02);
    expect(verdict).toBe('slower');
    expect(metrics[0]).toMatchObject({ verdict: 'slower', failsGate: false });
    expect(textsOf(metrics[0])).toContain('within margin');
  });

  it('slower by more than the margin but less than the minimum effect passes', () => {
    const [metric] = changed(1.1, { minimumEffect: 0.2 }).metrics;
    expect(metric).toMatchObject({ verdict: 'slower', failsGate: false });
    expect(textsOf(metric)).toContain('less than the minimum effect');
  });

  it('slower by a large share of very little time passes: the floor is absolute', () => {
    expect(changed(1.1, { floorUs: us(3e6) }).metrics[0]).toMatchObject({ verdict: 'slower', failsGate: false });
  });

  it('an exploratory metric gets a verdict but never fails a build', () => {
    const boots = blocks(12, PAIR, (block, variant) => ({
      m: around(20e6, block, variant),
      other: around(variant === 'after' ? 40e6 : 20e6, block, variant),
    }));
    const { verdict, metrics } = compareSamples(
      written({ metrics: [{ id: 'm', gate: true }, { id: 'other' }], boots }),
    );
    expect(verdict).toBe('equivalent');
    expect(metrics[1]).toMatchObject({ metric: 'other', gate: false, verdict: 'slower', failsGate: false });
  });

  it('wide spread is inconclusive, with the number of blocks that would settle it', () => {
    const noisy = (block: number, variant: string) =>
      20e6 * (1 + 0.15 * Math.sin(block * 12.9898 + variant.length * 78.233));
    const boots = blocks(8, PAIR, (block, variant) => ({ m: noisy(block, variant) }));
    const [metric] = compareSamples(written({ boots })).metrics;
    expect(metric?.verdict).toBe('inconclusive');
    expect(metric?.needs).toBeGreaterThan(20);
    expect(metric?.needs).toBeLessThan(400);
  });

  it('five blocks are inconclusive even with a clear difference, and need six', () => {
    const boots = blocks(5, PAIR, (block, variant) => ({
      m: around(variant === 'after' ? 40e6 : 20e6, block, variant),
    }));
    const [metric] = compareSamples(written({ boots })).metrics;
    expect(metric).toMatchObject({ verdict: 'inconclusive', needs: 6 });
    expect(textsOf(metric)).toContain('Needs at least 6 blocks');
  });

  it('without a ratio, equivalence uses a margin in time', () => {
    const boots = blocks(12, PAIR, (block, variant) => ({ m: around(1000, block, variant) - 1000 }));
    const [metric] = compareSamples(written({ boots })).metrics;
    expect(metric).toMatchObject({ ratio: null, verdict: 'equivalent' });
  });
});

describe('broken boots', () => {
  const sound = blocks(8, PAIR, (block, variant) => ({ m: around(variant === 'after' ? 10e6 : 20e6, block, variant) }));

  it('one broken boot of the candidate breaks it, even if it is faster', () => {
    const boots = [
      ...sound,
      boot('before', 9, { m: 20e6 }),
      boot('after', 9, { m: 1e6 }, { broken: ['kubelet.service is failed'] }),
    ];
    const comparison = compareSamples(written({ boots }));
    expect(comparison.verdict).toBe('broken');
    expect(comparison.metrics[0]).toMatchObject({ verdict: 'broken', failsGate: true, after: { n: 8, broken: 1 } });
    expect(comparison.counts[1]).toMatchObject({
      boots: 9,
      broken: 1,
      reasons: [{ reason: 'kubelet.service is failed', count: 1 }],
    });
    expect(comparison.counts[1]?.p).toBe(1);
    expect(comparison.counts[0]?.p).toBeNull();
  });

  it('a warning counts repeated machine requests by variant', () => {
    const boots = [...sound, boot('before', 9, { m: 20e6 }), boot('after', 9, { m: 10e6 }, { repeats: 2 })];
    const comparison = compareSamples(written({ boots }));
    const { counts } = comparison;
    expect(counts.map(({ repeats }) => repeats)).toEqual([undefined, 2]);
    expect(textsOf(comparison)).toContain(
      'Some machines had to be requested again (before: 0 for 9 boots; after: 2 for 9 boots).',
    );
    expect(textsOf(compareSamples(written({ boots: sound })))).not.toContain('requested again');
  });

  it('a warning counts waits for a throttling cloud by variant', () => {
    const waited = { throttledUs: us(1_200_000_000) };
    const boots = [...sound, boot('before', 9, { m: 20e6 }, waited), boot('after', 9, { m: 10e6 })];
    const comparison = compareSamples(written({ boots }));
    expect(comparison.counts.map(({ throttled }) => throttled)).toEqual([{ boots: 1, us: 1_200_000_000 }, undefined]);
    expect(textsOf(comparison)).toContain(
      'The cloud throttled requests; boot times exclude the wait (before: 1 of 9 boots, 20.0 min in all; after: 0 of 9 boots, 0.0 min in all).',
    );
    expect(textsOf(compareSamples(written({ boots: sound })))).not.toContain('throttled');
  });

  it('a baseline that broke as often does not excuse the candidate', () => {
    const boots = [...sound, ...PAIR.map((variant) => boot(variant, 9, { m: 20e6 }, { broken: ['x'] }))];
    expect(compareSamples(written({ boots })).verdict).toBe('broken');
  });

  it('a boot that only the baseline broke gives a warning, and its block does not count', () => {
    const boots = [...sound, boot('before', 9, { m: 20e6 }, { broken: ['x'] }), boot('after', 9, { m: 10e6 })];
    const comparison = compareSamples(written({ boots }));
    expect(comparison).toMatchObject({ verdict: 'faster', blocks: 9 });
    expect(comparison.metrics[0]?.p).toBe(2 / 2 ** 8);
    expect(textsOf(comparison)).toContain('the baseline itself has problems');
  });

  const failed = (variant: string, block: number) =>
    boot(variant, block, {}, { outcome: 'failed', failure: 'ready-timeout' });

  it('a single failed boot gives a warning, and its block does not count', () => {
    const boots = [...sound, boot('before', 9, { m: 20e6 }), failed('after', 9)];
    const comparison = compareSamples(written({ boots }));
    expect(comparison.verdict).toBe('faster');
    expect(textsOf(comparison)).toContain('after: 1 of 9 boots failed');
    expect(textsOf(comparison.metrics[0])).toContain('8 of 9 blocks have a sound value on both sides');
  });

  it('a candidate with many more failed boots than the baseline is broken', () => {
    const boots = [
      ...sound,
      ...[9, 10, 11, 12, 13, 14].flatMap((block) => [boot('before', block, { m: 20e6 }), failed('after', block)]),
    ];
    expect(compareSamples(written({ boots })).verdict).toBe('broken');
  });

  describe('boots that had no machine', () => {
    const without = (variant: string, block: number) =>
      boot(variant, block, {}, { outcome: 'failed', failure: 'create: AllocationFailed', infrastructure: true });
    const extra = [9, 10, 11, 12, 13];
    const all = (block: number, variant: string) => boot(variant, block, { m: 20e6 });

    it('do not count against the candidate if the baseline had as many; a warning gives both counts', () => {
      const boots = [
        ...sound,
        ...extra.map((b) => without('after', b)),
        ...extra.slice(0, 4).map((b) => without('before', b)),
      ];
      const comparison = compareSamples(written({ boots: [...boots, failed('after', 14), all(14, 'before')] }));
      expect(comparison.verdict).toBe('faster');
      expect(comparison.counts[1]).toMatchObject({ failed: 6, infrastructure: 5 });
      expect(textsOf(comparison)).toMatch(
        /The environment lost 5 boots of after and 4 of before .*: .* \(Fisher p 1.0; with them 0.69\)/,
      );
    });

    it('count like any other if only one side had them: a cause that depends on the variant is no excuse', () => {
      const most = [...extra, 14];
      const boots = [...sound, ...most.flatMap((b) => [all(b, 'before'), without('after', b)])];
      const comparison = compareSamples(written({ boots }));
      expect(comparison.verdict).toBe('broken');
      expect(textsOf(comparison)).toContain('too large for chance');
    });
  });

  it('a candidate that never came up is broken', () => {
    const boots = [1, 2, 3].flatMap((block) => [boot('before', block, { m: 20e6 }), failed('after', block)]);
    expect(compareSamples(written({ boots })).verdict).toBe('broken');
  });
});

describe('what counts', () => {
  it('reboots of one machine in a block count as their average on the log scale', () => {
    const boots = blocks(6, PAIR, (block, variant) => ({ m: around(20e6, block, variant) }));
    const again = [boot('before', 1, { m: 4e6 }), boot('before', 1, { m: 1e6 })];
    const [first] = boots;
    const doubled = compareSamples(written({ boots: [...boots.filter((b) => b !== first), ...again] }));
    const single = compareSamples(
      written({ boots: [...boots.filter((b) => b !== first), boot('before', 1, { m: 2e6 })] }),
    );
    expect(doubled.metrics[0]?.p).toBe(single.metrics[0]?.p);
    expect(doubled.metrics[0]?.ratio).toEqual(single.metrics[0]?.ratio);
  });

  it('first boots and reboots are never mixed', () => {
    const boots = blocks(6, PAIR, (block, variant) => ({ m: around(20e6, block, variant) }));
    const plain = compareSamples(written({ boots }));
    const mixed = compareSamples(written({ boots: [...boots, boot('after', 3, { m: 1 }, { bootKind: 'reboot' })] }));
    expect(mixed.metrics).toEqual(plain.metrics);
    expect(textsOf(mixed)).toContain('first boots and reboots are never mixed');
  });

  it('a warning counts and tests values missing on one side', () => {
    const boots = blocks(12, PAIR, (block, variant) => ({ m: around(20e6, block, variant) })).map((b, i) =>
      b.variant === 'after' && i < 14 ? { ...b, values: { m: { missing: 'not seen' } } } : b,
    );
    const [metric] = compareSamples(written({ boots })).metrics;
    expect(metric?.after).toMatchObject({ n: 5, missing: 7 });
    expect(textsOf(metric)).toMatch(
      /Missing in 0 sound boots of before and 7 of after \(Fisher p 0\.00\d+: the sides differ\)/,
    );
  });

  it('a comparison of unblocked boots warns that nothing was interleaved', () => {
    const boots = blocks(12, PAIR, (block, variant) => ({
      m: around(variant === 'after' ? 30e6 : 20e6, block, variant),
    })).map((b) => ({ ...b, block: null }));
    const [metric] = compareSamples(written({ boots })).metrics;
    expect(metric).toMatchObject({ verdict: 'slower', method: 'permutation of pooled midranks, exact' });
    expect(textsOf(metric)).toContain('The boots were not interleaved');
  });

  it('a difference below the clock error gives a warning', () => {
    const boots = blocks(12, PAIR, (block, variant) => ({ m: around(20e6, block, variant) })).map((b) => ({
      ...b,
      values: { m: { us: b.variant === 'after' ? 20_001_000 + (b.block ?? 0) : 20_000_000, errorUs: 5000 } },
    }));
    expect(textsOf(compareSamples(written({ boots })).metrics[0])).toContain('smaller than the clock error');
  });
});

describe('negative controls', () => {
  const run = (factor: number) =>
    compareSamples(
      written({
        metrics: [
          { id: 'm', gate: true },
          { id: 'boot.kernel', control: true },
        ],
        boots: blocks(12, PAIR, (block, variant) => ({
          m: around(variant === 'after' ? 30e6 : 20e6, block, variant),
          'boot.kernel': around(5e6 * (variant === 'after' ? factor : 1), block, variant),
        })),
      }),
    );

  it('one that moved marks the run unproven, by name', () => {
    const comparison = run(1.2);
    expect(comparison).toMatchObject({ verdict: 'slower', unproven: true });
    expect(textsOf(comparison)).toContain('negative control boot.kernel changed');
  });

  it('one without any value gives a warning that it guards nothing', () => {
    const metrics = [
      { id: 'm', gate: true },
      { id: 'boot.firmware', control: true },
    ];
    const boots = blocks(6, PAIR, (block, variant) => ({ m: around(20e6, block, variant) }));
    const comparison = compareSamples(written({ metrics, boots }));
    expect(comparison.unproven).toBe(false);
    expect(textsOf(comparison)).toContain('The control boot.firmware could not be compared');
  });

  it('one that stayed, or moved by far less than its margin, does not make the run unproven', () => {
    expect(run(1)).toMatchObject({ unproven: false });
    expect(run(1.015)).toMatchObject({ unproven: false });
  });
});

describe('slow boots', () => {
  const boots = blocks(12, PAIR, (block, variant) => ({ m: variant === 'after' && block > 5 ? 60e6 : 20e6 + block }));

  it('of a gate count beyond its declared threshold', () => {
    const metrics = [{ id: 'm', gate: true, slowUs: us(30e6) }];
    const [metric] = compareSamples(written({ metrics, boots })).metrics;
    expect(metric?.tail).toMatchObject({ thresholdUs: 30e6, threshold: 'given', before: 0, after: 7, p: 2 / 2 ** 7 });
  });
});

describe('several candidates', () => {
  it('the comparison tests each against the baseline, and the worst decides', () => {
    const variants = ['before', 'same', 'worse'];
    const boots = blocks(12, variants, (block, variant) => ({
      m: around(variant === 'worse' ? 30e6 : 20e6, block, variant),
    }));
    const comparison = compareSamples(written({ variants, boots }));
    expect(comparison.verdict).toBe('slower');
    expect(comparison.metrics.map(({ candidate, verdict }) => [candidate, verdict])).toEqual([
      ['same', 'equivalent'],
      ['worse', 'slower'],
    ]);
    expect(comparison.families?.[0]).toMatchObject({ family: 'gates', tests: 2 });
  });
});
