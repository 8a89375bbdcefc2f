import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { QemuScenario } from '../../../src/providers/qemu/scenario.ts';
import { planBlocks } from '../../../src/stages/design/blocks.ts';
import { inShard, parseShard } from '../../../src/stages/design/shard.ts';

const scenario = (blocks: number, variants = ['before', 'after']) =>
  QemuScenario.parse({
    name: 'plan',
    provider: { kind: 'qemu' },
    blocks,
    variants: Object.fromEntries(variants.map((name) => [name, { image: { file: `${name}.raw` } }])),
  });

describe('a plan', () => {
  test('boots every variant once in every block, numbered in the order they start', () => {
    const blocks = planBlocks(scenario(5, ['before', 'after', 'other']), 7);
    expect(blocks.map((block) => block.boots.map((boot) => boot.variant).sort())).toEqual(
      Array(5).fill(['after', 'before', 'other']),
    );
    expect(blocks.flatMap((block) => block.boots.map((boot) => boot.id.slice(0, 4)))).toEqual(
      Array.from({ length: 15 }, (_, i) => String(i + 1).padStart(4, '0')),
    );
  });

  test('reboots one machine of every variant in every block, as often as configured', () => {
    const [block] = planBlocks({ ...scenario(1), boot: 'reboot', reboots: 3 }, 7);
    expect(block?.boots.map(({ machine, bootKind }) => [machine, bootKind])).toEqual([
      ...Array(3).fill(['m1', 'reboot']),
      ...Array(3).fill(['m2', 'reboot']),
    ]);
    expect(new Set(block?.boots.map(({ machine, variant }) => `${machine} ${variant}`)).size).toBe(2);
    expect(block?.boots.map(({ id }) => id.slice(0, 4))).toEqual(['0001', '0002', '0003', '0004', '0005', '0006']);
  });

  test('is the same for the same seed, and another for another', () => {
    expect(planBlocks(scenario(20), 42)).toEqual(planBlocks(scenario(20), 42));
    expect(planBlocks(scenario(20), 42)).not.toEqual(planBlocks(scenario(20), 43));
  });

  test('puts each variant first about equally often', () => {
    const first = planBlocks(scenario(1000), 1).filter((block) => block.boots[0]?.variant === 'before').length;
    expect(first).toBeGreaterThan(440);
    expect(first).toBeLessThan(560);
  });

  test('gives every block its own seed that fits in 31 bits', () => {
    const seeds = planBlocks(scenario(200), 3).map((block) => block.seed);
    expect(new Set(seeds).size).toBe(200);
    expect(Math.max(...seeds)).toBeLessThan(2 ** 31);
  });

  test('split into shards gives every block to exactly one of them', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 40 }), (count, blocks) => {
        const plan = planBlocks(scenario(blocks), 1);
        const owners = plan.map(
          (block) =>
            Array.from({ length: count }, (_, i) => inShard(block, { index: i + 1, count })).filter(Boolean).length,
        );
        expect(owners).toEqual(Array(blocks).fill(1));
      }),
      { seed: 1 },
    );
  });

  test.each(['0/2', '3/2', '2', 'a/b', '1/0'])('refuses the shard %s', (text) => {
    expect(() => parseShard(text)).toThrow('give two numbers');
  });
});
