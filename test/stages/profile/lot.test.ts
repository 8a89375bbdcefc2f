import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../../src/model/boot.ts';
import type { Trial } from '../../../src/model/trial.ts';
import { us } from '../../../src/model/units.ts';
import { inParts, type LotDesign, lotOf } from '../../../src/stages/profile/lot.ts';
import { outcome } from '../boots.ts';

const design: LotDesign = { variant: 'before', bootKind: 'first', seed: 1, times: 1, mostBoots: 25 };
const dose = (item: string): Trial => ({
  purpose: 'dose',
  label: `sleep ahead of ${item}`,
  interventions: [{ action: 'sleep', item, us: us(2_000_000) }],
});
const [a, b, c] = ['task:a', 'unit:b.service', 'task:c'].map(dose) as [Trial, Trial, Trial];

/** The boots of a lot as finished ones. */
const made = (lot: ReturnType<typeof lotOf>): Outcome[] =>
  lot.blocks.flatMap(({ boots }) =>
    boots.map((boot) => {
      const trial = lot.trials.get(boot.id);
      return outcome({ ...(trial && { trial }) }, boot);
    }),
  );
const labels = (lot: ReturnType<typeof lotOf>) => [...lot.trials.values()].map(({ label }) => label);

describe('a lot of boots', () => {
  test('has every trial once a block, all of a block with one seed, in an order that the run determines', () => {
    const lot = lotOf([a, b], [], { ...design, times: 3 });
    expect(lot.blocks.map(({ block, boots }) => [block, boots.length])).toEqual([
      [1, 2],
      [2, 2],
      [3, 2],
    ]);
    expect(new Set(lot.blocks.map(({ seed }) => seed)).size).toBe(3);
    expect(lotOf([a, b], [], { ...design, times: 3 })).toEqual(lot);
    const [first] = lotOf([c], made(lot), { ...design, times: 1 }).blocks;
    expect(first?.seed).toBe(lot.blocks[0]?.seed);
  });

  test('boots the rest after any interrupt, under free numbers', () => {
    const whole = made(lotOf([a, b, c], [], { ...design, times: 2 }));
    for (let kept = 0; kept <= whole.length; kept++) {
      const before = whole.filter((_, index) => (index * 5) % whole.length < kept);
      const rest = made(lotOf([a, b, c], before, { ...design, times: 2 }));
      const all = [...before, ...rest];
      expect(new Set(all.map(({ boot }) => boot.id)).size).toBe(6);
      const trials = all.map(({ boot, trial }) => `${trial?.label} ${boot.block}`);
      expect(new Set(trials).size).toBe(6);
    }
  });

  test('does not mistake a boot for another because the plan has changed meanwhile', () => {
    const before = made(lotOf([a, b], [], design));
    expect(labels(lotOf([c, b], before, design))).toEqual([c.label]);
    expect([...lotOf([c, b], before, design).trials.keys()]).toEqual(['0003-before']);
  });

  test('leaves out boots over the limit, and names them', () => {
    const before = made(lotOf([a], [], design));
    const lot = lotOf([a, b, c], before, { ...design, mostBoots: 2 });
    expect([labels(lot), lot.leftOut]).toEqual([[b.label], [c]]);
    expect(lotOf([b, c], before, { ...design, times: 2, mostBoots: 3 }).leftOut).toEqual([c]);
  });

  test('goes out in parts of at most the number of parallel machines: more of a block would wait for one another', () => {
    const { blocks } = lotOf([a, b, c], [], { ...design, times: 2 });
    const parts = inParts(blocks, 2);
    expect(parts.map(({ block, boots }) => [block, boots.length])).toEqual([
      [1, 2],
      [1, 1],
      [2, 2],
      [2, 1],
    ]);
    expect(parts.flatMap(({ boots }) => boots)).toEqual(blocks.flatMap(({ boots }) => boots));
    expect(inParts(blocks, 25)).toEqual(blocks);
  });
});
