/** Builds the scenario from the options of `run`, `plan`, `confirm` and `image build`. Reads it once. */
import { usageError } from '../../model/errors.ts';
import type { Setting } from '../../model/scenario.ts';
import type { World } from '../../model/world.ts';
import type { Document, LoadedScenario, SettingsStep } from '../../store/scenario-file.ts';
import { meant } from '../../store/scenario-problems.ts';
import { imageSettings } from './images.ts';
import { loadForBoots } from './scenario.ts';

export interface DesignOptions {
  readonly scenario?: string;
  readonly set: readonly Setting[];
  readonly before?: string;
  readonly after?: string;
  /** Images by variant: `path` is its name. */
  readonly variant?: readonly Setting[];
  readonly boots?: number;
  readonly precision?: string;
  readonly aa?: boolean;
  /** The one variant to boot. */
  readonly only?: string;
  /** A run that supplies the baseline, so that bench does not boot one. */
  readonly baseline?: string;
  readonly seed?: number;
  readonly out: string;
  /** Runs for a history have the pinned reference as their baseline. */
  readonly history?: string;
  readonly updateReference?: boolean;
}

export type DesignWorld = Pick<World, 'cwd' | 'scenarioFolders' | 'environment'>;

/** Bench applies `question` on top of the options. */
export async function loadDesign(
  options: DesignOptions,
  world: DesignWorld,
  question: SettingsStep = () => [],
): Promise<LoadedScenario> {
  if (!options.scenario)
    throw usageError('No scenario given. Name one: --scenario local-deferral', 'bench scenarios lists them.');
  const steps: SettingsStep[] = [
    (document) => pinnedReference(document, options),
    () => options.set,
    (document) => shortcuts(document, options, world),
    question,
    (document) => (options.aa ? againstItself(document) : []),
    (document) => {
      const only = options.only ?? (options.baseline === undefined ? undefined : candidateIn(document));
      return only === undefined ? [] : onlyOne(document, only);
    },
  ];
  if (options.only !== undefined && (options.aa || options.precision !== undefined))
    throw usageError(
      `--only ${options.only} measures one variant: ${options.aa ? '--aa' : '--precision'} needs two to compare.`,
      'Omit one of them.',
    );
  const loaded = await loadForBoots(options.scenario, steps, world);
  if (options.precision !== undefined && Object.keys(loaded.scenario.variants).length < 2)
    throw usageError(
      `--precision ${options.precision}: ${loaded.scenario.name} has only one variant, so there is nothing to compare.`,
      'Give the number of boots instead: --boots 12.',
    );
  return loaded;
}

/** Compares the candidate with the pinned image if the run adds to a history or moves its reference. */
function pinnedReference(document: Document, options: DesignOptions): Setting[] {
  const [baseline] = Object.keys((document.variants ?? {}) as object);
  const isPinned = options.history !== undefined || options.updateReference === true;
  if (!isPinned || document.reference === undefined || baseline === undefined) return [];
  return [{ path: `variants.${baseline}.image`, value: JSON.stringify(document.reference) }];
}

/** Options that are shorthand for `--set`. */
function shortcuts(document: Document, options: DesignOptions, world: DesignWorld): Setting[] {
  const { boots, precision } = options;
  const isLookedAt = precision !== undefined || document.precision !== undefined;
  return [
    ...(boots === undefined ? [] : [{ path: 'blocks', value: String(boots), option: '--boots' }]),
    ...(precision === undefined ? [] : [{ path: 'precision.detect', value: precision, option: '--precision' }]),
    ...(boots === undefined || !isLookedAt ? [] : looksWithin(document, boots)),
    ...imageSettings(document, options, world),
  ];
}

/** The last look is at the last block. */
function looksWithin({ precision }: Document, boots: number): Setting[] {
  const option = '--boots';
  const looks =
    typeof precision === 'object' && precision !== null && 'looks' in precision ? precision.looks : undefined;
  if (!Array.isArray(looks)) return [{ path: 'precision.atMost', value: String(boots), option }];
  const earlier = looks.filter((look) => typeof look === 'number' && look < boots);
  return [{ path: 'precision.looks', value: JSON.stringify([...earlier, boots]), option }];
}

/** The baseline twice: any difference is chance, or a fault of bench. */
function againstItself(document: Document): Setting[] {
  const [baseline = '', variant] = Object.entries(variantsIn(document))[0] ?? [];
  return [
    {
      path: 'variants',
      value: JSON.stringify({ [baseline]: variant, [`${baseline}-again`]: variant }),
      option: '--aa',
    },
    ...expectationsOf(document, baseline, '--aa'),
  ];
}

/** The variant to compare with a saved baseline. */
function candidateIn(document: Document): string {
  const [, candidate, ...others] = Object.keys(variantsIn(document));
  if (candidate !== undefined && others.length === 0) return candidate;
  throw usageError(
    `--baseline boots one candidate, and the scenario has ${others.length === 0 ? 'none' : [candidate, ...others].join(', ')}.`,
    'Name it: --only <variant>.',
  );
}

function onlyOne(document: Document, only: string): Setting[] {
  const variants = variantsIn(document);
  const names = Object.keys(variants);
  if (!Object.hasOwn(variants, only))
    throw usageError(
      `--only ${only}: the scenario has no variant "${only}"${meant(only, names)}.`,
      `It has ${names.join(', ') || 'none'}.`,
    );
  const option = `--only ${only}`;
  return [
    { path: 'variants', value: JSON.stringify({ [only]: variants[only] }), option },
    ...expectationsOf(document, only, option),
  ];
}

const variantsIn = ({ variants }: Document): Readonly<Record<string, unknown>> =>
  (variants ?? {}) as Record<string, unknown>;

/** Skips the expectations of variants that this run does not boot. */
function expectationsOf({ expect }: Document, variant: string, option: string): Setting[] {
  if (!Array.isArray(expect)) return [];
  const isOfVariant = (each: unknown) =>
    typeof each !== 'object' || each === null || !('of' in each) || each.of === variant;
  return [{ path: 'expect', value: JSON.stringify(expect.filter(isOfVariant)), option }];
}
