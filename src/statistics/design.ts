/** Checks what a comparison assumes of its samples: each boot once, all of one kind, all in blocks or none. */

import type { Samples } from '../model/samples.ts';
import type { ComparisonWarning } from '../model/verdict.ts';
import { comparedKind, type VariantBoots } from './observations.ts';

/** Counts a boot that occurs twice in the samples once: the copy adds no evidence. */
export function countedOnce(samples: Samples): { samples: Samples; warnings: ComparisonWarning[] } {
  const distinct = [...new Map(samples.boots.map((boot) => [JSON.stringify(boot), boot])).values()];
  const again = samples.boots.length - distinct.length;
  const warnings: ComparisonWarning[] = [];
  if (again > 0)
    warnings.push({
      code: 'same-boot-twice',
      text: `${again} of ${samples.boots.length} boots appear more than once; each counts once.`,
    });
  const ids = new Set<string>();
  const twin = distinct.find(({ id }) => ids.has(id) || !ids.add(id));
  if (twin !== undefined)
    warnings.push({
      code: 'same-boot-twice',
      text: `Two different boots have the id ${twin.id}. If they are the same boot, it counts twice.`,
    });
  return { samples: again === 0 ? samples : { ...samples, boots: distinct }, warnings };
}

export function designWarnings(
  samples: Samples,
  baseline: VariantBoots,
  candidates: readonly VariantBoots[],
): ComparisonWarning[] {
  return [
    ...leftOut(samples),
    ...candidates.flatMap((candidate) => besideBlocks(baseline, candidate)),
    ...[baseline, ...candidates]
      .filter(({ all }) => all.length === 0)
      .map((boots) => ({
        code: 'no-boot' as const,
        text:
          boots === baseline && candidates.length > 0
            ? `No boot of the baseline, ${boots.variant}.`
            : `No boot of ${boots.variant}.`,
      })),
    ...(samples.metrics.some((metric) => metric.gate) || candidates.length === 0
      ? []
      : [
          {
            code: 'no-gate' as const,
            text: 'No gate metric is declared, so nothing can fail and nothing is proven.',
          },
        ]),
  ];
}

function leftOut({ boots, baseline, candidates, ...samples }: Samples): ComparisonWarning[] {
  const kind = comparedKind({ boots, baseline, candidates, ...samples });
  const otherKind = boots.filter((boot) => boot.bootKind !== kind).length;
  const compared = new Set([baseline, ...candidates]);
  const strange = boots.filter((boot) => !compared.has(boot.variant)).length;
  const warnings: ComparisonWarning[] = [];
  if (otherKind > 0)
    warnings.push({
      code: 'other-boot-kind',
      text: `Excluded ${otherKind} boots of another kind than "${kind}"; first boots and reboots are never mixed.`,
    });
  if (strange > 0)
    warnings.push({
      code: 'variant-not-compared',
      text: `Excluded ${strange} boots of variants that are not compared.`,
    });
  return warnings;
}

function besideBlocks(baseline: VariantBoots, candidate: VariantBoots): ComparisonWarning[] {
  const both = [...baseline.usable, ...candidate.usable];
  const outside = both.filter((boot) => boot.block === null).length;
  if (outside === 0 || outside === both.length) return [];
  const text = `Excluded ${outside} boots of ${baseline.variant} and ${candidate.variant} that belong to no block.`;
  return [{ code: 'outside-blocks', text }];
}
