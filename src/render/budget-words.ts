/** Budgets in words: the limit, the observed value, and what would settle it. One source for all outputs. */
import { quantileNamed } from '../model/budget.ts';
import type { BudgetResult, BudgetVerdict } from '../model/budget-result.ts';
import { us } from '../model/units.ts';
import type { RunResult } from '../model/verdict.ts';
import { count, fixed, percent, type Scale, scaleOf, share, time } from './format.ts';

export const BUDGET_SYMBOLS: Readonly<Record<BudgetVerdict, string>> = {
  within: '✓',
  inconclusive: '?',
  exceeded: '✖',
};

/** The build's result, as the colour of a badge. */
export const BUDGET_LOOKS: Readonly<Record<BudgetVerdict, 'faster' | 'inconclusive' | 'slower'>> = {
  within: 'faster',
  inconclusive: 'inconclusive',
  exceeded: 'slower',
};

export const budgetVerdict = (row: BudgetResult): string => `${BUDGET_SYMBOLS[row.verdict]} ${row.verdict}`;

/** `p90 at most 45 s`, `at most 2 % over 60 s` */
export function limitWords(row: Pick<BudgetResult, 'quantile' | 'allowed' | 'limitUs'>): string {
  const limit = limitTime(row);
  return row.quantile === undefined
    ? `at most ${share(row.allowed)} of boots over ${limit}`
    : `${quantileNamed(row.quantile)} at most ${limit}`;
}

/** As declared: `45 s`, `1.5 s`, `250 ms`. */
export function limitTime({ limitUs }: Pick<BudgetResult, 'limitUs'>): string {
  const { unit, usPerUnit } = scaleOf(limitUs, us(0));
  return `${Number((limitUs / usPerUnit).toPrecision(12)).toLocaleString('en-US', { maximumFractionDigits: 6 })} ${unit}`;
}

/** `41.2 s`, `1 of 24 boots`, or a dash if there is no value. */
export function seenWords(row: BudgetResult, scale: Scale): string {
  if (row.n === 0) return '–';
  return row.quantile === undefined ? `${row.over} of ${count(row.n, 'boot')}` : time(row.estimateUs, scale);
}

/** The interval at the levels of the verdict: `40.1 to 43.6 s`, `0 to 22 %`, `40.1 s or more`. */
export function boundsWords({ quantile, low, high, n }: BudgetResult, scale: Scale): string {
  if (n === 0) return '–';
  if (quantile === undefined) return `${percent(low ?? 0, 0).replace(' %', '')} to ${percent(high ?? 1, 0)}`;
  const size = (value: number) => fixed(value / scale.usPerUnit, scale.decimals);
  if (low === null) return high === null ? 'unbounded' : `${size(high)} ${scale.unit} or less`;
  return high === null ? `${size(low)} ${scale.unit} or more` : `${size(low)} to ${size(high)} ${scale.unit}`;
}

/** What an open budget needs. */
export function settleWords({ verdict, needs, n }: BudgetResult): string | undefined {
  if (verdict !== 'inconclusive') return undefined;
  if (n === 0) return 'not measured in any sound boot';
  return typeof needs === 'number'
    ? `needs about ${count(needs, 'boot')}`
    : 'no number of boots decides it: the share over the limit is close to the allowed share';
}

/** `node.ready: p90 at most 45 s exceeded (47.1 s, 46.2 s or more)` as a sentence without its full stop. */
export function budgetSentence(row: BudgetResult, scale: Scale): string {
  const settle = settleWords(row);
  const seen = row.n === 0 ? '' : `: ${seenWords(row, scale)}, interval ${boundsWords(row, scale)}`;
  return `budget ${row.metric} ${limitWords(row)} is ${row.verdict}${seen}${settle === undefined ? '' : `; ${settle}`}`;
}

/** Result of a run with one variant, in words. */
export const RESULT_WORDS: Readonly<Record<RunResult, string>> = {
  passes: 'within budget',
  fails: 'budget exceeded',
  unjudged: 'budget undecided',
  'nothing-booted': 'nothing booted',
};
