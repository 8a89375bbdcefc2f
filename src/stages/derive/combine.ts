/**
 * Two runs, or two lots of imported boots, put side by side: samples without blocks, for the methods that need none.
 * What would make the comparison meaningless is refused; what merely weakens it is said.
 */
import { usageError } from '../../model/errors.ts';
import type { Run } from '../../model/run.ts';
import type { MetricDeclaration, SampleBoot, Samples } from '../../model/samples.ts';

export interface Side {
  /** How the caller named the run. */
  readonly name: string;
  readonly run: Run | undefined;
  readonly samples: Samples;
  readonly variant: string | undefined;
}

/** Facts of a fleet whose difference would be measured instead of the images'. */
const MUST_AGREE = ['provider', 'accelerator', 'timing', 'cpus', 'memoryBytes'];

export function combineRuns(before: Side, after: Side): Samples {
  refuseDifferentWorlds(before, after);
  const sides = [before, after].map((side) => ({ ...side, variant: chosenVariant(side) }));
  const [one, two] = sides as [(typeof sides)[0], (typeof sides)[0]];
  const same = one.variant === two.variant;
  const labels = [
    same ? `${one.variant} (${one.name})` : one.variant,
    same ? `${two.variant} (${two.name})` : two.variant,
  ] as const;
  return {
    schema: 'bench/samples@1',
    scenario:
      one.samples.scenario === two.samples.scenario
        ? one.samples.scenario
        : `${one.samples.scenario}, ${two.samples.scenario}`,
    seed: one.samples.seed,
    alpha: one.samples.alpha,
    baseline: labels[0],
    candidates: [labels[1]],
    metrics: mergeMetrics(one.samples.metrics, two.samples.metrics),
    boots: [...relabel(one, labels[0], 'a'), ...relabel(two, labels[1], 'b')],
    warnings: warningsOf(one, two),
  };
}

function refuseDifferentWorlds(before: Side, after: Side): void {
  for (const key of MUST_AGREE) {
    const [one, two] = [before.run?.facts[key], after.run?.facts[key]];
    if (one !== undefined && two !== undefined && one !== two) {
      throw usageError(
        `${before.name} ran with ${key} = ${one}, ${after.name} with ${two}: that difference would be measured, not the images'.`,
        'Run both again under equal conditions, best in one run.',
      );
    }
  }
}

/** The variant asked for, the only one with boots, or the first candidate: what the run was about. */
function chosenVariant({ samples, variant, name }: Side): string {
  const present = [...new Set(samples.boots.map((boot) => boot.variant))];
  if (variant !== undefined) {
    if (present.includes(variant)) return variant;
    throw usageError(`${name} has no boots of a variant "${variant}": it has ${present.join(', ') || 'none'}.`);
  }
  const [only] = present;
  if (present.length === 1 && only !== undefined) return only;
  return samples.candidates[0] ?? samples.baseline;
}

function mergeMetrics(one: readonly MetricDeclaration[], two: readonly MetricDeclaration[]): MetricDeclaration[] {
  const merged = new Map(one.map((metric) => [metric.id, metric]));
  for (const metric of two) if (!merged.has(metric.id)) merged.set(metric.id, metric);
  return [...merged.values()];
}

/** Boots of one variant, their blocks forgotten: those of two runs have nothing to do with one another. */
function relabel(
  { samples, variant }: { samples: Samples; variant: string },
  label: string,
  prefix: string,
): SampleBoot[] {
  return samples.boots
    .filter((boot) => boot.variant === variant)
    .map((boot) => ({
      ...boot,
      id: `${prefix}/${boot.id}`,
      machine: `${prefix}/${boot.machine}`,
      variant: label,
      block: null,
    }));
}

function warningsOf(one: Side, two: Side): string[] {
  const kinds = new Set([...one.samples.boots, ...two.samples.boots].map((boot) => boot.bootKind));
  if (kinds.size > 1)
    throw usageError(
      `${one.name} and ${two.name} mix first boots with reboots.`,
      'A first boot does more work; compare like with like.',
    );
  const hashes = [one.samples.scenarioSha256, two.samples.scenarioSha256];
  const differs = hashes[0] !== undefined && hashes[1] !== undefined && hashes[0] !== hashes[1];
  return [
    ...one.samples.warnings,
    ...two.samples.warnings,
    ...(differs ? ['the two runs were made from scenarios that differ'] : []),
  ];
}
