/** Chance per run of any false claim among its gates, and again among its budgets, over all looks together. */
export const ALPHA = 0.05;
