/** Whether two scenarios ask the same question. Images, the number of boots and budgets may differ. */
import { isDeepStrictEqual } from 'node:util';

const MAY_DIFFER = new Set(['$schema', 'variants', 'blocks', 'precision', 'concurrency', 'budgets', 'reference']);

type Document = Readonly<Record<string, unknown>>;

/** Top-level keys in which two scenarios, as `run.json` holds them, ask different questions. */
export function differingKeys(one: Document, two: Document): readonly string[] {
  const keys = new Set([...Object.keys(one), ...Object.keys(two)]);
  return [...keys].filter((key) => !MAY_DIFFER.has(key) && !isDeepStrictEqual(one[key], two[key]));
}
