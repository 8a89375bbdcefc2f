/**
 * Pathological runs from a seed: two to five variants; boots that failed, broke an expectation, had no machine, or hit a time limit;
 * values that are missing, tied, or zero; changed definitions and controls; blocks, parts of blocks from several shards, or none;
 * reboots among first boots. The same number gives the same run.
 */
import type { z } from 'zod';
import { type Random, seededRandom } from '../../../src/model/random.ts';
import { Samples } from '../../../src/model/samples.ts';

type Written = z.input<typeof Samples>;
type Boot = Written['boots'][number];
type Metric = Written['metrics'][number];

const pick = <T>(random: Random, from: readonly T[]): T => from[random.below(from.length)] as T;
const chance = (random: Random, share: number): boolean => random.next() < share;

const METRICS = ['node.ready', 'kubelet.start', 'cse.total', 'boot.userspace', 'unit.ssh.service'];
const FACTORS = [0.5, 0.9, 0.98, 0.995, 1, 1, 1.002, 1.02, 1.1, 2];
const REASONS = ['ssh: no answer', 'ready-timeout: node.ready was not reached within 10 m', 'boot: kernel panic | <b>'];
const CLAIMS = ['failed units at most 0: 1 failed unit: x.service', 'provisioning exits with 0: exited with 50'];

interface Plan {
  readonly variants: readonly string[];
  readonly metrics: readonly Metric[];
  readonly isBlocked: boolean;
  /** Blocks in the order of their boots: those of one shard after those of another. */
  readonly blocks: readonly number[];
  readonly stepUs: number;
  /** In half of the runs no boot has a fault, so that times alone decide the result. */
  readonly isCalm: boolean;
}

interface Habits {
  readonly fails: number;
  readonly breaks: number;
  readonly misses: number;
  readonly factors: ReadonlyMap<string, number>;
}

export function generatedRun(seed: number): Samples {
  const random = seededRandom(seed);
  const plan = planOf(random);
  const boots = plan.variants.flatMap((variant, index) => bootsOf(variant, index, plan, random));
  return Samples.parse({
    schema: 'bench/samples@1',
    scenario: 'generated',
    seed: 1 + random.below(3),
    baseline: plan.variants[0] ?? '',
    candidates: plan.variants.slice(1),
    metrics: [...plan.metrics],
    // In the order of execution: block by block, whatever the variant.
    boots: boots.sort((a, b) => plan.blocks.indexOf(a.block ?? 0) - plan.blocks.indexOf(b.block ?? 0)),
    warnings: chance(random, 0.1) ? ['3 of 24 planned boots have no record: the run is incomplete'] : [],
  } satisfies Written);
}

function planOf(random: Random): Plan {
  const variants = ['base', 'cand', 'more', 'less', 'last'].slice(0, pick(random, [2, 2, 2, 3, 4, 5]));
  const isCalm = chance(random, 0.5);
  const count = pick(
    random,
    isCalm ? [6, 7, 7, chance(random, 0.1) ? 14 : 9] : [chance(random, 0.3) ? 0 : 1, 3, 5, 6, 7, 7, 8],
  );
  const blocks = Array.from({ length: count }, (_, i) => i + 1);
  const shards = pick(random, [1, 1, 2, 3]);
  return {
    variants,
    metrics: metricsOf(random),
    isBlocked: chance(random, 0.7),
    blocks: blocks.sort((a, b) => (a % shards) - (b % shards) || a - b),
    stepUs: pick(random, [1, 1, 1000, 300_000]),
    isCalm,
  };
}

function metricsOf(random: Random): Metric[] {
  const gates = pick(random, [0, 1, 1, 1, 2, 2, 3]);
  const shown = METRICS.slice(0, Math.max(1, gates + random.below(3)));
  const control: Metric[] = chance(random, 0.5) ? [{ id: 'boot.kernel', control: true }] : [];
  return [
    ...shown.map(
      (id, index): Metric => ({
        id,
        gate: index < gates,
        ...(chance(random, 0.7) && { minimumEffect: pick(random, [0, 0.01, 0.05]) }),
        ...(chance(random, 0.7) && { equivalenceMargin: pick(random, [0.005, 0.01, 0.05, 0.1]) }),
        ...(chance(random, 0.7) && { floorUs: pick(random, [0, 10_000, 500_000]) }),
        ...(chance(random, 0.05) && { moved: 'it waits in one and goes on in the other' }),
      }),
    ),
    ...control,
  ];
}

function bootsOf(variant: string, index: number, plan: Plan, random: Random): Boot[] {
  const { isCalm } = plan;
  const habits: Habits = {
    fails: isCalm ? 0 : pick(random, [0, 0, 0.1, 0.3, 0.7, 1]),
    breaks: isCalm ? 0 : pick(random, [0, 0, 0, 0.1, 0.5]),
    misses: isCalm ? 0 : pick(random, [0, 0.1, 0.5, 1]),
    factors: new Map(
      plan.metrics.map(({ id, control }) => [
        id,
        index === 0 || (control && !chance(random, 0.3)) ? 1 : pick(random, FACTORS),
      ]),
    ),
  };
  return plan.blocks
    .filter(() => plan.isCalm || !chance(random, 0.03))
    .map((block) => bootOf(`${String(block).padStart(4, '0')}-${variant}`, variant, block, { plan, habits, random }));
}

interface Making {
  readonly plan: Plan;
  readonly habits: Habits;
  readonly random: Random;
}

function bootOf(id: string, variant: string, block: number, { plan, habits, random }: Making): Boot {
  const common = {
    id,
    variant,
    block: plan.isBlocked && (plan.isCalm || !chance(random, 0.02)) ? block : null,
    machine: `machine-${id}`,
    bootKind: !plan.isCalm && chance(random, 0.02) ? ('reboot' as const) : ('first' as const),
  };
  if (chance(random, habits.fails)) return failedBoot(common, plan, random);
  const broken = chance(random, habits.breaks) ? [pick(random, CLAIMS)] : [];
  const values = plan.metrics.map(({ id: metric }) => {
    if (chance(random, habits.misses)) return [metric, { missing: 'no line says it' }] as const;
    const us = 20e6 * (habits.factors.get(metric) ?? 1) * (1 + 0.01 * (random.next() - 0.5));
    const isZero = chance(random, 0.005);
    return [metric, { us: isZero ? 0 : plan.stepUs * Math.round(us / plan.stepUs), errorUs: 1000 }] as const;
  });
  return { ...common, outcome: 'booted', broken, values: Object.fromEntries(values) };
}

export function failedBoot(
  common: Pick<Boot, 'id' | 'variant' | 'block'>,
  plan: Pick<Plan, 'metrics'>,
  random: Random,
) {
  const failure = pick(random, REASONS);
  return {
    ...common,
    outcome: 'failed' as const,
    failure,
    ...(chance(random, 0.2) && { infrastructure: true }),
    broken: [],
    values: Object.fromEntries(plan.metrics.map(({ id }) => [id, { missing: `the boot failed: ${failure}` }])),
  };
}
