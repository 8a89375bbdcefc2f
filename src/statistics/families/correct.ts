/**
 * Groups the tests into families and corrects each family.
 *
 * Gates (times candidates) are one family at alpha: step-down max-T if boots came in blocks, Holm otherwise. All other metrics
 * are exploratory: Benjamini-Hochberg at EXPLORATORY_RATE; they never fail a build. Controls (which may be gates or exploratory
 * as well) are a separate family, by Holm: a run is unproven when any of them moved.
 */
import type { TestFamily } from '../../model/comparison.ts';
import { seededRandom } from '../../model/random.ts';
import type { MetricRow } from '../metric-row.ts';
import { withinMargin } from '../verdict.ts';
import { benjaminiHochberg, holm } from './adjust.ts';
import { type FamilyMember, type Joint, stepDownMaxT } from './max-t.ts';

/** Share of false claims allowed among the claims on exploratory metrics. */
export const EXPLORATORY_RATE = 0.1;

export interface Families {
  /** In the order of the rows; null for a row without a test. */
  readonly adjusted: readonly (number | null)[];
  readonly families: readonly TestFamily[];
  /** Number of independent tests that the gates are worth. */
  readonly effectiveTests: number;
}

export function correct(rows: readonly MetricRow[], alpha: number, seed: number): Families {
  const adjusted: (number | null)[] = rows.map(() => null);
  const tested = rows.flatMap((row, index) => (row.test.p === null ? [] : [{ row, index, p: row.test.p }]));
  const gates = tested.filter(({ row }) => row.declared.gate);
  const others = tested.filter(({ row }) => !row.declared.gate);
  const gateFamily = correctGates(
    gates.map(({ row }) => row),
    alpha,
    seed,
  );
  gates.forEach(({ index }, i) => {
    adjusted[index] = gateFamily.adjusted[i] ?? null;
  });
  const otherAdjusted = benjaminiHochberg(others.map(({ p }) => p));
  others.forEach(({ index }, i) => {
    adjusted[index] = otherAdjusted[i] ?? null;
  });
  const controls = tested.filter(({ row }) => row.declared.control).length;
  return {
    adjusted,
    effectiveTests: gateFamily.effectiveTests,
    families: [
      { family: 'gates', tests: gates.length, method: gateFamily.method },
      {
        family: 'exploratory',
        tests: others.length,
        method: `Benjamini-Hochberg, false-discovery rate ${EXPLORATORY_RATE}`,
      },
      ...(controls > 0 ? [{ family: 'controls' as const, tests: controls, method: 'Holm' }] : []),
    ],
  };
}

/**
 * Controls that moved: significant within their own family, and not equivalent. A shift inside the equivalence margin, however
 * significant, explains no effect worth a verdict.
 */
export function movedControls(rows: readonly MetricRow[], alpha: number): readonly MetricRow[] {
  const controls = rows.filter((row) => row.declared.control && row.test.p !== null);
  const adjusted = holm(controls.map((row) => row.test.p ?? 1));
  return controls.filter(
    (row, i) => (adjusted[i] ?? 1) <= alpha && !withinMargin(row.declared, row.test, row.before.medianUs),
  );
}

function correctGates(gates: readonly MetricRow[], alpha: number, seed: number): Joint & { method: string } {
  const members = gates.flatMap((row): FamilyMember[] =>
    row.arrangement.kind === 'blocked' && row.test.differences && row.test.p !== null
      ? [
          {
            group: row.candidate.variant,
            blocks: row.arrangement.blocks,
            differences: row.test.differences,
            p: row.test.p,
          },
        ]
      : [],
  );
  const own = gates.map((row) => row.test.p ?? 1);
  if (gates.length <= 1) return { adjusted: own, effectiveTests: 1, method: 'nothing to correct' };
  if (members.length === gates.length)
    return { ...stepDownMaxT(members, alpha, seededRandom(seed)), method: 'step-down max-T over shared flips' };
  return { adjusted: holm(own), effectiveTests: gates.length, method: 'Holm' };
}
