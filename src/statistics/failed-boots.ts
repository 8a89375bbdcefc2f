/**
 * Counts the boots of each variant that gave no usable sample, and compares the counts: a variant that loses its slow boots looks fast.
 *
 * Only this file decides when a variant is **broken**:
 * - any boot of the candidate broke an expectation (a service failed, a file has the wrong mode). One boot is enough, as an
 *   expectation is a claim about every boot. Broken boots of the baseline do not excuse the candidate; or
 * - more boots of the candidate failed than of the baseline: Fisher's exact p <= alpha, or no boot of the candidate came up while the
 *   baseline did. A single failed boot is as likely an environment failure (the cloud lost a machine), so it only gives a warning.
 * That count excludes failures with a recorded infrastructure cause, before the variant's code could run. They must be blind to the
 * variant (their own Fisher's p > alpha). A warning gives the result with them.
 * If only the baseline broke, the candidate is not broken; blocks without a sound baseline boot don't count.
 */
import type { VariantCounts } from '../model/comparison.ts';
import type { SampleBoot } from '../model/samples.ts';
import { type Us, us } from '../model/units.ts';
import type { ComparisonWarning } from '../model/verdict.ts';
import { rounded } from './numbers/rounding.ts';
import type { VariantBoots } from './observations.ts';
import { nothingBooted } from './outcome.ts';
import { fisherP } from './tests/fisher.ts';

/** Reasons listed per variant, most frequent first. */
const REASONS_SHOWN = 20;

export function countBoots(boots: VariantBoots, baseline: VariantBoots): VariantCounts {
  const lost = (side: VariantBoots) => side.failed.length + side.broken.length;
  const compared = boots !== baseline && boots.all.length > 0 && baseline.all.length > 0;
  const infrastructure = worldFailures(boots);
  const repeats = repeatsOf(boots);
  const throttled = throttledOf(boots);
  return {
    variant: boots.variant,
    boots: boots.all.length,
    failed: boots.failed.length,
    broken: boots.broken.length,
    ...(infrastructure > 0 && { infrastructure }),
    ...(repeats > 0 && { repeats }),
    ...(throttled.boots > 0 && { throttled }),
    p: compared ? rounded(fisherP(lost(boots), boots.all.length, lost(baseline), baseline.all.length)) : null,
    reasons: reasonsOf([...boots.failed, ...boots.broken]),
  };
}

const repeatsOf = ({ all }: VariantBoots): number => all.reduce((sum, { repeats = 0 }) => sum + repeats, 0);

/** A repeated request gives a machine later and on another host: unequal numbers of repeats are another bias. */
export function repeatWarnings(sides: readonly VariantBoots[]): ComparisonWarning[] {
  const counts = sides.map((boots) => ({ variant: boots.variant, repeats: repeatsOf(boots), boots: boots.all.length }));
  if (counts.every(({ repeats }) => repeats === 0)) return [];
  const told = counts.map(({ variant, repeats, boots }) => `${variant}: ${repeats} for ${boots} boots`);
  return [{ code: 'machines-asked-again', text: `Some machines had to be requested again (${told.join('; ')}).` }];
}

function throttledOf({ all }: VariantBoots): { boots: number; us: Us } {
  const waits = all.flatMap(({ throttledUs }) => throttledUs ?? []);
  return { boots: waits.length, us: us(waits.reduce((sum, wait) => sum + wait, 0)) };
}

/** Boot times exclude the waits, but a variant that waited longer booted later, beside other load. */
export function throttleWarnings(sides: readonly VariantBoots[]): ComparisonWarning[] {
  const counts = sides.map((side) => ({ ...throttledOf(side), variant: side.variant, of: side.all.length }));
  if (counts.every(({ boots }) => boots === 0)) return [];
  const told = counts.map(
    ({ variant, boots, of, us }) => `${variant}: ${boots} of ${of} boots, ${(us / 60e6).toFixed(1)} min in all`,
  );
  return [
    { code: 'throttled', text: `The cloud throttled requests; boot times exclude the wait (${told.join('; ')}).` },
  ];
}

/** Why the candidate counts as broken; undefined when it does not. */
export function brokenBecause(boots: VariantBoots, baseline: VariantBoots, alpha: number): string | undefined {
  const { variant, all } = boots;
  if (boots.broken.length > 0)
    return `${variant}: ${boots.broken.length} of ${all.length} boots broke an expectation (${baseline.variant}: ${baseline.broken.length} of ${baseline.all.length}).`;
  const [own, other] = countedFailures(boots, baseline, alpha);
  if (own.failed === 0) return undefined;
  const noneCameUp = own.failed === own.of && other.failed < other.of;
  const p = fisherP(own.failed, own.of, other.failed, other.of);
  if (noneCameUp || (p <= alpha && own.failed * other.of > other.failed * own.of))
    return `${variant}: ${own.failed} of ${own.of} boots failed (${baseline.variant}: ${other.failed} of ${other.of}).`;
  return undefined;
}

/** The warnings that come first: no boot of a side came up, or most boots failed. */
export function gravestWarnings(baseline: VariantBoots, candidates: readonly VariantBoots[]): ComparisonWarning[] {
  const sides = [baseline, ...candidates];
  const lost = sides.filter(({ all, failed }) => failed.length === all.length);
  if (nothingBooted(baseline, candidates))
    return [
      {
        code: 'nothing-booted',
        text: `${candidates.length === 0 ? 'Nothing was measured' : 'Nothing to compare'}: ${lost.map(noneOf).join(', ')}.${mostlyBecause(lost)}`,
      },
    ];
  if (!sides.some(({ all, failed }) => failed.length > all.length / 2)) return [];
  const shares = sides.map(({ variant, all, failed }) => `${variant} ${failed.length} of ${all.length}`);
  const tests = candidates.map((candidate) => failedP(candidate, baseline).toPrecision(2));
  const compared = tests.length === 0 ? '' : ` (Fisher p ${tests.join(', ')})`;
  return [
    {
      code: 'most-failed',
      text: `Most boots failed: ${shares.join(', ')}${compared}.${mostlyBecause(sides)}`,
    },
  ];
}

const noneOf = ({ variant, all }: VariantBoots): string =>
  all.length === 0 ? `there is no boot of ${variant}` : `all ${all.length} boots of ${variant} failed`;

function mostlyBecause(sides: readonly VariantBoots[]): string {
  const [top] = reasonsOf(sides.flatMap(({ failed }) => failed));
  return top === undefined ? '' : ` Most frequent reason (${top.count}): ${top.reason}`;
}

const failedP = (boots: VariantBoots, baseline: VariantBoots): number =>
  fisherP(boots.failed.length, boots.all.length, baseline.failed.length, baseline.all.length);

/** Warnings about failed and broken boots in a run with one variant. */
export function lossWarningsAlone({ variant, failed, broken, all }: VariantBoots): ComparisonWarning[] {
  const warnings: (ComparisonWarning | false)[] = [
    failed.length > 0 && {
      code: 'boots-failed',
      text: `${variant}: ${failed.length} of ${all.length} boots failed and are excluded.`,
    },
    broken.length > 0 && {
      code: 'broken',
      text: `${variant}: ${broken.length} of ${all.length} boots broke an expectation and are excluded.`,
    },
  ];
  return warnings.filter((warning) => warning !== false);
}

/** Warnings about failed boots that do not make the candidate broken. */
export function lossWarnings(boots: VariantBoots, baseline: VariantBoots, alpha: number): ComparisonWarning[] {
  const isBaseline = boots === baseline;
  const excluded = isBaseline ? [] : exclusionWarnings(boots, baseline, alpha);
  if (!isBaseline && brokenBecause(boots, baseline, alpha) !== undefined) return excluded;
  const share = (lost: number) => `${boots.variant}: ${lost} of ${boots.all.length} boots`;
  const warnings: ComparisonWarning[] = [];
  if (boots.failed.length > 0)
    warnings.push({ code: 'boots-failed', text: `${share(boots.failed.length)} failed and are excluded.` });
  if (isBaseline && boots.broken.length > 0)
    warnings.push({
      code: 'baseline-broken',
      text: `${share(boots.broken.length)} broke an expectation and are excluded; the baseline itself has problems.`,
    });
  return [...warnings, ...excluded];
}

const worldFailures = ({ failed }: VariantBoots): number => failed.filter((boot) => boot.infrastructure).length;

/** Environment failures look independent of the variant: they are not significantly more frequent on one side. */
function blindWorld(boots: VariantBoots, baseline: VariantBoots, alpha: number): boolean {
  return fisherP(worldFailures(boots), boots.all.length, worldFailures(baseline), baseline.all.length) > alpha;
}

/** Failures that count against the candidate, and those of the baseline, each of how many boots. */
function countedFailures(boots: VariantBoots, baseline: VariantBoots, alpha: number) {
  const blind = blindWorld(boots, baseline, alpha);
  const counted = (side: VariantBoots) => {
    const excluded = blind ? worldFailures(side) : 0;
    return { failed: side.failed.length - excluded, of: side.all.length - excluded };
  };
  return [counted(boots), counted(baseline)] as const;
}

/** Both analyses: with the boots that had no machine, and without. Such a boot has no time, so the times are the same in both. */
function exclusionWarnings(boots: VariantBoots, baseline: VariantBoots, alpha: number): ComparisonWarning[] {
  const [lost, lostBefore] = [worldFailures(boots), worldFailures(baseline)];
  if (lost + lostBefore === 0) return [];
  const what = `The environment lost ${lost} boots of ${boots.variant} and ${lostBefore} of ${baseline.variant} (no machine, evicted, or not reachable)`;
  if (!blindWorld(boots, baseline, alpha))
    return [
      { code: 'no-machine', text: `${what}: the difference is too large for chance, so they count as failures.` },
    ];
  const [own, other] = countedFailures(boots, baseline, alpha);
  const all = failedP(boots, baseline);
  const without = fisherP(own.failed, own.of, other.failed, other.of);
  const both = `Fisher p ${without.toPrecision(2)}; with them ${all.toPrecision(2)}`;
  return [
    { code: 'no-machine', text: `${what}: the images are not at fault, so they do not count as failures (${both}).` },
  ];
}

function reasonsOf(lost: readonly SampleBoot[]): VariantCounts['reasons'] {
  const counts = new Map<string, number>();
  for (const { outcome, failure, broken } of lost)
    for (const reason of outcome === 'failed' ? [failure ?? 'failed'] : broken)
      counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts]
    .map(([reason, times]) => ({ reason, count: times }))
    .sort((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1))
    .slice(0, REASONS_SHOWN);
}
