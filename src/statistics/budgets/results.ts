/**
 * Compares the variants of a run with its budgets. All budgets of all candidates are one family. In a run with one variant, that
 * variant must keep the budgets as a candidate must. The baseline of a comparison is its own family, for information: it fails
 * nothing, because the budgets judge the change.
 */
import type { BudgetDeclaration } from '../../model/budget.ts';
import type { BudgetResult, BudgetVerdict } from '../../model/budget-result.ts';
import { us, usOrNull } from '../../model/units.ts';
import type { ComparisonWarning, GateResult } from '../../model/verdict.ts';
import { rounded, roundedOrNull, roundedUs } from '../numbers/rounding.ts';
import { machineValues, observationsOf, type VariantBoots } from '../observations.ts';
import { bootsToSettle } from '../planning/boots-for-budget.ts';
import { quantileBounds, quantileEstimate } from '../quantiles/interval.ts';
import { shareBounds } from '../tests/counts.ts';
import { type Held, type JudgedLimit, judgeTogether } from './judge.ts';

const GATE_RESULTS: Readonly<Record<BudgetVerdict, GateResult>> = {
  within: 'passes',
  exceeded: 'fails',
  inconclusive: 'unjudged',
};

export function budgetResults(
  budgets: readonly BudgetDeclaration[],
  variants: readonly VariantBoots[],
  { alpha, fails }: { readonly alpha: number; readonly fails: boolean },
): BudgetResult[] {
  const rows = variants.flatMap((boots) => budgets.map((budget) => rowOf(budget, boots)));
  // A metric without a value in any boot is no hypothesis and takes no share of alpha.
  const tested = rows.filter(({ held }) => held.values.length > 0);
  const judged = judgeTogether(
    tested.map(({ held }) => held),
    alpha,
  );
  return rows.map((row) => {
    const found = judged[tested.indexOf(row)];
    const result = found ? resultOf(row, found) : unmeasured(row, alpha);
    return fails ? { ...result, gateResult: GATE_RESULTS[result.verdict] } : result;
  });
}

interface Row {
  readonly budget: BudgetDeclaration;
  readonly boots: VariantBoots;
  readonly held: Held;
}

function rowOf(budget: BudgetDeclaration, boots: VariantBoots): Row {
  const lostBoots = [...boots.broken, ...boots.failed.filter(({ infrastructure }) => !infrastructure)];
  const observations = observationsOf(boots, budget.metric);
  // If a machine lost one reboot, drop the machine: the mean of its other reboots is biased towards successful ones.
  const lostMachines = new Set(lostBoots.flatMap((boot) => (boot.bootKind === 'reboot' ? [boot.machine] : [])));
  const values = machineValues(observations.filter(({ machine }) => !lostMachines.has(machine)));
  const lost = lostMachines.size > 0 ? lostMachines.size : lostBoots.length;
  return { budget, boots, held: { values, lost, limit: limitOf(budget) } };
}

const limitOf = (budget: BudgetDeclaration): Held['limit'] =>
  'quantile' in budget
    ? { us: budget.limitUs, allowed: rounded(1 - budget.quantile), kind: 'quantile' }
    : { us: budget.overUs, allowed: budget.atMost, kind: 'share' };

const common = ({ budget, boots, held }: Row) => ({
  metric: budget.metric,
  variant: boots.variant,
  ...('quantile' in budget && { quantile: budget.quantile }),
  limitUs: us(held.limit.us),
  allowed: held.limit.allowed,
  lost: held.lost,
});

function unmeasured(row: Row, alpha: number): BudgetResult {
  return {
    ...common(row),
    verdict: 'inconclusive',
    n: 0,
    over: 0,
    estimateUs: null,
    low: null,
    high: null,
    levels: { exceeded: alpha, within: alpha },
    needs: null,
    warnings: [{ code: 'nothing-to-compare', text: `No sound boot of ${row.boots.variant} measured it.` }],
  };
}

function resultOf(row: Row, { verdict, test, levels }: JudgedLimit): BudgetResult {
  const { budget, held } = row;
  const sorted = [...held.values].sort((a, b) => a - b);
  const bounds =
    'quantile' in budget
      ? quantileBounds(sorted, budget.quantile, levels, held.lost)
      : shareBounds(test.over, test.over + held.lost, test.n, levels);
  return {
    ...common(row),
    verdict,
    n: sorted.length,
    over: test.over,
    estimateUs: usOrNull('quantile' in budget ? roundedUs(quantileEstimate(sorted, budget.quantile)) : null),
    low: roundedOrNull(bounds.low),
    high: roundedOrNull(bounds.high),
    levels: { exceeded: rounded(levels.low), within: rounded(levels.high) },
    ...(verdict === 'inconclusive' && {
      needs: bootsToSettle(test.over, test.n, held.limit.allowed, Math.min(levels.low, levels.high)),
    }),
    warnings: warningsOf(row),
  };
}

function warningsOf({ boots, budget, held }: Row): ComparisonWarning[] {
  const observations = observationsOf(boots, budget.metric);
  const missing = boots.usable.length - observations.length;
  const isAveraged = observations.some(({ machine }) => machine !== '') && held.values.length < observations.length;
  const warnings: (ComparisonWarning | false)[] = [
    held.lost > 0 && {
      code: 'lost-boots',
      text: `${held.lost} boots failed or broke: the verdict assumes the worst for them.`,
    },
    missing > 0 && {
      code: 'missing-values',
      text: `Missing in ${missing} of ${boots.usable.length} sound boots, which are excluded.`,
    },
    isAveraged && {
      code: 'machines-averaged',
      text: 'The reboots of each machine are averaged: the budget applies to machines.',
    },
  ];
  return warnings.filter((warning) => warning !== false);
}
