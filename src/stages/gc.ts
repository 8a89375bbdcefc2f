/** Finds what crashed or killed runs left in a cloud, and deletes it when told to. Idempotent; safe beside running runs. */
import pLimit from 'p-limit';
import type { AzureOptions } from '../model/azure.ts';
import { BenchError } from '../model/errors.ts';
import type { Timer } from '../model/provider.ts';
import { findLeftovers, type Leftover } from '../providers/azure/leftovers.ts';

export interface GcOptions {
  readonly subscription?: string;
  readonly credentials: AzureOptions['credentials'];
  readonly cloud: AzureOptions['cloud'];
  /** Delete what is due; without it nothing is touched. */
  readonly remove: boolean;
  /** Also what is not due yet: for whoever knows that no run is going. */
  readonly all: boolean;
  /** Ask for no prices. */
  readonly offline: boolean;
}

export interface GcWorld {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Where prices are kept. */
  readonly cacheFolder: string;
  readonly timer: Timer;
  readonly progress: (line: string) => void;
}

export interface GcItem extends Leftover {
  /** `kept`: not due, or it holds something that bench did not make. */
  readonly state: 'kept' | 'due' | 'deleted' | 'failed';
  /** Why it was kept, or what went wrong. */
  readonly note?: string;
}

/** Groups of resources are slow to delete and independent of each other. */
const AT_A_TIME = 10;

export async function collectGarbage(options: GcOptions, world: GcWorld, signal: AbortSignal): Promise<GcItem[]> {
  const { subscription, credentials, cloud } = options;
  const { environment, cwd, timer, cacheFolder } = world;
  const account = { credentials, cloud, ...(subscription && { subscription }) };
  const place = { environment, folder: cwd, timer, ...(!options.offline && { priceFolder: cacheFolder }) };
  const leftovers = await findLeftovers(account, place, signal);
  const limit = pLimit(AT_A_TIME);
  return Promise.all(
    leftovers.found.map((leftover) =>
      limit(async (): Promise<GcItem> => {
        const why = reasonToKeep(leftover, options.all);
        if (why !== undefined) return { ...leftover, state: 'kept', note: why };
        if (!options.remove) return { ...leftover, state: 'due' };
        world.progress(`deleting ${leftover.group}`);
        try {
          if ((await leftovers.remove(leftover, signal)) === 'gone') return { ...leftover, state: 'deleted' };
          return { ...leftover, state: 'kept', note: 'its run went on, or it holds what bench did not make' };
        } catch (cause) {
          if (!(cause instanceof BenchError)) throw cause;
          return { ...leftover, state: 'failed', note: cause.message };
        }
      }),
    ),
  );
}

function reasonToKeep({ foreign, due, deleteAfter }: Leftover, all: boolean): string | undefined {
  if (foreign.length > 0) return `holds ${foreign.length} resources that bench did not make, e.g. ${foreign[0]}`;
  if (!due && !all) return `its run may be going: not before ${deleteAfter}`;
  return undefined;
}
