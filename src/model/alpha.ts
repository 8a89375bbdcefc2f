/** Chance of any false claim of a kind in a run, among its gates or among its budgets, over all of its looks together. */
export const ALPHA = 0.05;
