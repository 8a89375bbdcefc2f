/** From the options of `run`, `plan` and `image build` to a scenario and the design of its run. */
import { usageError } from '../model/errors.ts';
import type { Run } from '../model/run.ts';
import { FIRST_LOOK } from '../model/scenario.ts';
import { checkScenario, loadScenario, namedImage } from '../stages/design/scenario.ts';
import { bootsRepeat } from '../stages/provider.ts';
import { designRun } from '../stages/run.ts';
import type { LoadedScenario, Setting } from '../store/scenario-file.ts';
import type { World } from './world.ts';

export interface DesignOptions {
  readonly scenario?: string;
  readonly set: readonly Setting[];
  readonly before?: string;
  readonly after?: string;
  readonly boots?: number;
  readonly precision?: string;
  readonly aa?: boolean;
  readonly seed?: number;
  readonly out: string;
  /** Runs for a history have the pinned reference as their baseline. */
  readonly history?: string;
  readonly updateReference?: boolean;
}

export async function loadDesign(options: DesignOptions, world: World): Promise<LoadedScenario> {
  if (!options.scenario)
    throw usageError('Which scenario? Name one: --scenario local-deferral', 'bench scenarios lists them.');
  const place = { cwd: world.cwd, folders: world.scenarioFolders, environment: world.environment };
  const settings = (document: Readonly<Record<string, unknown>>) => [
    ...pinnedReference(document, options),
    ...options.set,
    ...shortcuts(document, options, world),
  ];
  const loaded = await loadScenario(options.scenario, settings, place);
  checkScenario(loaded);
  return options.aa
    ? loadScenario(options.scenario, (document) => [...settings(document), againstItself(loaded)], place)
    : loaded;
}

/** What goes into a history, or moves its reference, is held against the pinned image. */
function pinnedReference(document: Readonly<Record<string, unknown>>, options: DesignOptions): Setting[] {
  const [baseline] = Object.keys((document.variants ?? {}) as object);
  const isPinned = options.history !== undefined || options.updateReference === true;
  if (!isPinned || document.reference === undefined || baseline === undefined) return [];
  return [{ path: `variants.${baseline}.image`, value: JSON.stringify(document.reference) }];
}

/** Options that are another way to write `--set`. */
function shortcuts(document: Readonly<Record<string, unknown>>, options: DesignOptions, world: World): Setting[] {
  const { boots, precision } = options;
  const isLookedAt = precision !== undefined || document.precision !== undefined;
  return [
    ...(boots === undefined ? [] : [{ path: 'blocks', value: String(boots) }]),
    ...(precision === undefined ? [] : [{ path: 'precision.detect', value: precision }]),
    ...(boots === undefined || !isLookedAt
      ? []
      : [{ path: 'precision.looks', value: JSON.stringify(looksUpTo(boots)) }]),
    ...images(document, options, world),
  ];
}

/** Four looks, evenly from the first block that may be looked at to the last that is booted. */
const looksUpTo = (blocks: number): number[] => [
  ...new Set(
    [0, 1, 2, 3].map((i) => (blocks < FIRST_LOOK ? blocks : Math.round(FIRST_LOOK + ((blocks - FIRST_LOOK) * i) / 3))),
  ),
];

/** The baseline twice: whatever differs then is chance, or a fault of ours. */
function againstItself({ document }: LoadedScenario): Setting {
  const [baseline = '', variant] = Object.entries(document.variants as Record<string, unknown>)[0] ?? [];
  return { path: 'variants', value: JSON.stringify({ [baseline]: variant, [`${baseline}-again`]: variant }) };
}

/** `--before` and `--after` name images as the scenario's provider does; the variants are those of the scenario, first the baseline. */
function images(document: Readonly<Record<string, unknown>>, options: DesignOptions, world: World): Setting[] {
  const given = [
    ['before', options.before],
    ['after', options.after],
  ] as const;
  return given.flatMap(([variant, image]) =>
    image === undefined
      ? []
      : [{ path: `variants.${variant}.image`, value: JSON.stringify(namedImage(document, image, world.cwd)) }],
  );
}

export function design(loaded: LoadedScenario, options: DesignOptions, world: World): Omit<Run, 'facts'> {
  const createdAt = world.now();
  const seed = options.seed ?? defaultSeed(loaded, options, createdAt);
  return designRun(loaded.scenario, {
    id: `${loaded.scenario.name}-${createdAt.replaceAll(/[-:]|Z$/g, '').replace('T', '-')}-${seed.toString(36)}`,
    tool: `bench ${world.version}`,
    createdAt,
    scenario: loaded.document,
    scenarioSha256: loaded.sha256,
    ...(options.scenario !== undefined && { scenarioFile: options.scenario }),
    seed,
    ...(options.aa && { aa: true }),
  });
}

/** Boots that repeat are not made twice, so a run asks for the same ones again unless it is told otherwise. */
const USUAL_SEED = 1;

/** Evidence that is to be independent of what was seen before (a history, an A/A run) takes its seed from the time. */
function defaultSeed({ scenario }: LoadedScenario, { history, aa }: DesignOptions, createdAt: string): number {
  if (history === undefined && !aa && bootsRepeat(scenario)) return USUAL_SEED;
  return Math.floor(Date.parse(createdAt) / 1000) % 2 ** 31;
}
