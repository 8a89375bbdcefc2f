/** `bench plan`: how many boots an effect needs, or the smallest effect that a number of boots can detect. */
import { ALPHA } from '../../model/alpha.ts';
import type { Samples } from '../../model/samples.ts';
import { gatesOf, type Scenario } from '../../model/scenario.ts';
import { pairedBlocks } from '../../statistics/planning/calibrate.ts';
import {
  meanBlocks,
  type Plan,
  type PlanInput,
  type PowerPoint,
  planBoots,
  powerCurve,
  powerOf,
  smallestEffect,
} from '../../statistics/planning/plan.ts';
import { pooledSpread } from '../../statistics/planning/spread.ts';
import { gatesWorth } from '../../statistics/planning/worth.ts';
import { planSchedule } from './blocks.ts';

/** Where the spread comes from: the user states it, or the samples of a pilot run or of an A/A history show it. */
export type Spread =
  | { readonly kind: 'stated'; readonly sigma: number }
  | { readonly kind: 'seen'; readonly samples: readonly Samples[] };

export interface PowerQuestion {
  readonly scenario: Scenario;
  readonly spread: Spread;
  /** The change to find, as a ratio; by default that of the scenario's `precision`, else the smallest that its blocks can detect. */
  readonly effect: number | undefined;
  readonly power: number;
}

export interface PowerAnswer {
  readonly metric: string;
  readonly sigma: number;
  /** Pairs of boots that gave the spread; 0 if a user stated it. */
  readonly pairs: number;
  readonly effect: number | null;
  readonly plan: Plan | undefined;
  /** The power of the scenario's own number of blocks; with looks, that of the last. */
  readonly blocks: number;
  readonly powerOfBlocks: number | null;
  /**
   * The same for a change that moves this gate alone; present if bench does not know how gates move together, and `plan` assumes that the
   * change moves them all.
   */
  readonly alone?: { readonly gates: number; readonly plan: Plan; readonly powerOfBlocks: number };
  /** Blocks that a run with looks boots on average, if the effect is there. */
  readonly meanBlocks?: number;
  readonly curve: readonly PowerPoint[];
}

/** One answer per gate metric; leaves out gates whose spread is unknown. */
export function powerAnswers(question: PowerQuestion): PowerAnswer[] {
  const gates = Object.keys(gatesOf(question.scenario));
  const tests = testsOf(question.spread, gates);
  return gates.flatMap((metric) => {
    const seen = seenSpread(question.spread, metric);
    return seen === undefined ? [] : [answer(metric, seen, tests, question)];
  });
}

/** How the gates share alpha: from the boots of a pilot, or the share that applies if a change moves all of them. */
function testsOf(spread: Spread, gates: readonly string[]): Pick<PlanInput, 'gates' | 'allMove'> {
  if (spread.kind === 'stated') return { gates: gates.length, allMove: true };
  return { gates: Math.max(...spread.samples.map((samples) => gatesWorth(samples, gates, ALPHA))) };
}

function seenSpread(spread: Spread, metric: string): { sigma: number; pairs: number } | undefined {
  if (spread.kind === 'stated') return { sigma: spread.sigma, pairs: 0 };
  const runs = spread.samples.flatMap((samples) => pairedBlocks(samples, metric));
  const sigma = pooledSpread(runs);
  return sigma === null ? undefined : { sigma, pairs: runs.reduce((sum, { before }) => sum + before.length, 0) };
}

/** Share of boots without a value, failed or broken: each costs its block, so the plan needs more blocks. */
function lostShare(spread: Spread): number {
  const boots = spread.kind === 'stated' ? [] : spread.samples.flatMap((samples) => samples.boots);
  const lost = boots.filter(({ outcome, broken }) => outcome === 'failed' || broken.length > 0).length;
  return boots.length === 0 ? 0 : lost / boots.length;
}

function answer(
  metric: string,
  seen: { sigma: number; pairs: number },
  tests: Pick<PlanInput, 'gates' | 'allMove'>,
  question: PowerQuestion,
): PowerAnswer {
  const { scenario, power, spread } = question;
  const schedule = planSchedule(scenario);
  const blocks = schedule?.looks.at(-1)?.blocks ?? scenario.blocks;
  const candidates = Object.keys(scenario.variants).length - 1;
  const common = {
    ...{ sigma: seen.sigma, power, alpha: ALPHA, ...tests, candidates, failureShare: lostShare(spread) },
    ...(schedule && { looks: schedule.looks }),
  };
  const effect = question.effect ?? scenario.precision?.detect ?? smallestEffect(common, blocks);
  if (effect === null) return { metric, ...seen, effect, plan: undefined, blocks, powerOfBlocks: null, curve: [] };
  const plan = planBoots({ ...common, effect });
  const most = Math.max(blocks, Math.min(plan.blocks * 2, plan.blocks + 20));
  return {
    metric,
    ...seen,
    effect,
    plan,
    blocks,
    powerOfBlocks: powerOf({ ...common, effect }, blocks),
    ...alone({ ...common, effect }, blocks),
    ...(schedule && { meanBlocks: meanBlocks({ ...common, effect }, blocks) }),
    curve: powerCurve({ ...common, effect }, most),
  };
}

function alone(input: PlanInput, blocks: number): Pick<PowerAnswer, 'alone'> {
  const { gates = 1, allMove = false } = input;
  if (!allMove || gates === 1) return {};
  const single = { ...input, allMove: false };
  return { alone: { gates, plan: planBoots(single), powerOfBlocks: powerOf(single, blocks) } };
}
