import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Attribution } from '../../src/model/comparison.ts';
import { seededRandom } from '../../src/model/random.ts';
import type { SampleBoot } from '../../src/model/samples.ts';
import { us } from '../../src/model/units.ts';
import { attribute, costShifts, UNATTRIBUTED } from '../../src/statistics/attribute.ts';
import { compareSamples } from '../../src/statistics/compare.ts';
import { around, boot, textsOf, written } from './samples.ts';

type Path = Record<string, number>;

/** A boot whose value is the sum of its path plus `leftOut`. */
function walked(variant: string, block: number, path: Path, leftOut = 0): SampleBoot {
  const items = Object.entries(path).map(([item, lengthUs]) => ({ item, us: us(lengthUs) }));
  const total = items.reduce((sum, { us: lengthUs }) => sum + lengthUs, leftOut);
  return { ...written({ boots: [boot(variant, block, { m: total })] }).boots[0], paths: { m: items } } as SampleBoot;
}

const of = (before: readonly SampleBoot[], after: readonly SampleBoot[]) => {
  const found = attribute({ metric: 'm', candidate: 'after', before, after, alpha: 0.05 }, seededRandom(1));
  return found && Attribution.parse(found);
};

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

describe('attribution', () => {
  it('rows add up to the end-to-end difference to the microsecond, in every column, for any paths', () => {
    const us = fc.integer({ min: 0, max: 60_000_000 });
    const path = fc.dictionary(fc.constantFrom('kernel', 'initrd', 'kubelet.service', 'cse', '__proto__', 'x'), us, {
      maxKeys: 5,
    });
    const both = fc.record({ before: path, after: path, gap: fc.integer({ min: 0, max: 1000 }) });
    fc.assert(
      fc.property(fc.array(both, { minLength: 1, maxLength: 9 }), (blocks) => {
        const before = blocks.map((block, b) => walked('before', b + 1, block.before, block.gap));
        const after = blocks.map((block, b) => walked('after', b + 1, block.after));
        const found = of(before, after);
        const total = (boots: readonly SampleBoot[]) =>
          sum(boots.map(({ values }) => (values.m && 'us' in values.m ? values.m.us : 0)));
        const mean = (total(after) - total(before)) / blocks.length;
        expect(Math.abs((found?.differenceUs ?? Number.NaN) - mean)).toBeLessThanOrEqual(0.5);
        const rows = found?.rows ?? [];
        expect(sum(rows.map((row) => row.differenceUs))).toBe(found?.differenceUs);
        expect(sum(rows.map((row) => row.afterUs)) - sum(rows.map((row) => row.beforeUs))).toBe(found?.differenceUs);
        for (const row of rows) {
          expect(row.afterUs - row.beforeUs).toBe(row.differenceUs);
          expect(Number.isInteger(row.beforeUs)).toBe(true);
        }
      }),
      { seed: 41, numRuns: 150 },
    );
  });

  it('names the item that carries the difference, and clears the others', () => {
    const path = (block: number, variant: string): Path => ({
      kernel: around(2e6, block, variant),
      initrd: around(1e6, block, `${variant}i`),
      cse: around(variant === 'after' ? 3e6 : 9e6, block, variant),
    });
    const side = (variant: string) =>
      Array.from({ length: 12 }, (_, b) => walked(variant, b + 1, path(b + 1, variant)));
    const found = of(side('before'), side('after'));
    const [first, ...others] = found?.rows ?? [];
    expect(first).toMatchObject({ item: 'cse' });
    expect(first?.pAdjusted).toBeLessThanOrEqual(0.05);
    expect(first?.highUs).toBeLessThan(-5.8e6);
    expect(first?.lowUs).toBeGreaterThan(-6.2e6);
    for (const row of others) expect(row.pAdjusted).toBeGreaterThan(0.05);
  });

  it('the part of a boot outside its path has its own row', () => {
    const found = of([walked('before', 1, { kernel: 5 }, 100)], [walked('after', 1, { kernel: 5 }, 300)]);
    expect(found?.rows[0]).toMatchObject({
      item: UNATTRIBUTED,
      beforeUs: 100,
      afterUs: 300,
      differenceUs: 200,
      lowUs: null,
      highUs: null,
    });
  });

  it('reports a cost that moved instead of disappearing', () => {
    const side = (variant: string) =>
      Array.from({ length: 10 }, (_, b) =>
        walked(variant, b + 1, {
          'a.service': around(variant === 'after' ? 1e6 : 3e6, b, variant),
          'b.service': around(variant === 'after' ? 3e6 : 1e6, b, variant),
          'c.service': around(5e6, b, variant),
        }),
      );
    const boots = [...side('before'), ...side('after')];
    const comparison = compareSamples(written({ boots }));
    expect(comparison.attribution).toHaveLength(1);
    expect(textsOf(comparison.metrics[0])).toMatch(
      /Cost shifted: a\.service −\d+(\.\d)? ms, b\.service \+\d+(\.\d)? ms\./,
    );
    expect(costShifts({ ...(comparison.attribution[0] as Attribution), rows: [] }, 0.05)).toEqual([]);
  });

  it('does not exist without a path on both sides of any block', () => {
    expect(of([walked('before', 1, { kernel: 5 })], [walked('after', 2, { kernel: 5 })])).toBeUndefined();
  });

  it('has a bounded size even if a hostile guest names another item in every boot', () => {
    const side = (variant: string) =>
      [1, 2, 3].map((b) =>
        walked(variant, b, Object.fromEntries(Array.from({ length: 400 }, (_, i) => [`${variant}-${b}-${i}`, i + 1]))),
      );
    const found = of(side('before'), side('after'));
    expect(found?.rows).toHaveLength(200);
    expect(sum(found?.rows.map((row) => row.differenceUs) ?? [])).toBe(found?.differenceUs);
  });
});
