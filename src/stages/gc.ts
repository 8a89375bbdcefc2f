/** `bench gc`: finds what crashed or killed runs left in a cloud, and deletes it on request. Idempotent; safe beside running runs. */
import path from 'node:path';
import pLimit from 'p-limit';
import { shellOpener } from '../guest/shell.ts';
import { BenchError, usageError } from '../model/errors.ts';
import type { Leftover, LeftoversWorld } from '../model/leftover.ts';
import type { ProviderKind } from '../model/provider-kind.ts';
import type { Scenario } from '../model/scenario.ts';
import type { World } from '../model/world.ts';
import { kindOf, providerKinds } from '../providers/registry.ts';
import { loadScenario } from './design/scenario.ts';

export interface GcOptions {
  /** Looks where this scenario's machines are, if its cloud or account is not the environment's. */
  readonly scenario?: Scenario;
  readonly subscription?: string;
  /** Delete what is due; without it, bench touches nothing. */
  readonly remove: boolean;
  /** Delete also what is not due yet: for a user who knows that no run is in progress. */
  readonly all: boolean;
  /** Ask for no prices. */
  readonly offline: boolean;
}

export interface GcWorld extends LeftoversWorld {
  readonly progress: (line: string) => void;
}

export interface GcItem extends Leftover {
  /** `kept`: not due, or it holds something that bench did not make. */
  readonly state: 'kept' | 'due' | 'deleted' | 'failed';
  /** Why bench kept it, or what went wrong. */
  readonly note?: string;
}

/** Groups of resources are slow to delete and independent of each other. */
const AT_A_TIME = 10;

/** `name`: a scenario, if its machines are not in the environment's own account. */
export async function collectNamed(
  name: string | undefined,
  options: Omit<GcOptions, 'scenario'>,
  world: World,
  progress: (line: string) => void,
): Promise<GcItem[]> {
  const loaded = name === undefined ? undefined : await loadScenario(name, [], world);
  const about = {
    progress,
    nowIso: world.now(),
    connect: shellOpener(world.timer),
    scenarioFolder: loaded && path.dirname(loaded.file),
  };
  return collectGarbage(
    { ...options, ...(loaded && { scenario: loaded.scenario }) },
    { ...world, ...about },
    world.signal,
  );
}

export async function collectGarbage(options: GcOptions, world: GcWorld, signal: AbortSignal): Promise<GcItem[]> {
  const { scenario, subscription, offline } = options;
  const request = { ...(scenario && { scenario }), ...(subscription && { subscription }), prices: !offline };
  const perKind = await Promise.all(
    kindsThatLeave(scenario).map(async (kind) => {
      const leftovers = await kind.leftovers?.(request, world, signal);
      return (leftovers?.found ?? []).map((leftover) => ({ leftover, remove: leftovers?.remove }));
    }),
  );
  const limit = pLimit(AT_A_TIME);
  return Promise.all(
    perKind.flat().map(({ leftover, remove }) =>
      limit(async (): Promise<GcItem> => {
        const why = reasonToKeep(leftover, options.all);
        if (why !== undefined) return { ...leftover, state: 'kept', note: why };
        if (!options.remove) return { ...leftover, state: 'due' };
        world.progress(
          `deleting ${leftover.inside === undefined ? leftover.group : `${leftover.inside} in ${leftover.group}`}`,
        );
        try {
          if ((await remove?.(leftover, signal)) === 'gone') return { ...leftover, state: 'deleted' };
          return {
            ...leftover,
            state: 'kept',
            note: 'its run resumed, or it contains resources that bench did not create',
          };
        } catch (cause) {
          if (!(cause instanceof BenchError)) throw cause;
          return { ...leftover, state: 'failed', note: cause.message };
        }
      }),
    ),
  );
}

function kindsThatLeave(scenario: Scenario | undefined): readonly ProviderKind[] {
  const kinds = (scenario === undefined ? providerKinds() : [kindOf(scenario)]).filter((kind) => kind.leftovers);
  if (kinds.length > 0 || scenario === undefined) return kinds;
  throw usageError(`${scenario.name} does not use a cloud: its provider is ${scenario.provider.kind}.`);
}

function reasonToKeep({ foreign, due, deleteAfter }: Leftover, all: boolean): string | undefined {
  if (foreign.length > 0) return `contains ${foreign.length} resources that bench did not create, e.g. ${foreign[0]}`;
  if (!due && !all) return `its run may still be in progress; not before ${deleteAfter}`;
  return undefined;
}
