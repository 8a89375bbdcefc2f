/**
 * A provider as all other folders see it. Code that depends on a provider's abilities reads its descriptor and never compares
 * its name. A new provider is a folder in `src/providers/` and a line in `src/providers/registry.ts`.
 */
import type { z } from 'zod';
import type { BOOT_KINDS } from './boot.ts';
import type { CheckResult } from './check-result.ts';
import type { ClusterRequest, ClusterStart, ClusterWorld } from './cluster.ts';
import type { Leftovers, LeftoversWorld } from './leftover.ts';
import type { AskWorld, Preflight } from './preflight.ts';
import type { Problem } from './problem.ts';
import type { Fleet, RunContext } from './provider.ts';
import type { Scenario } from './scenario.ts';
import type { Shelf } from './shelf.ts';

/** Whether something is possible. If not, `why` continues from "the <kind> provider", and `todo` says what to do instead. */
export type Ability = { readonly can: true } | { readonly can: false; readonly why: string; readonly todo: string };

export interface Capabilities {
  readonly boots: Readonly<Record<(typeof BOOT_KINDS)[number], Ability>>;
  /** The run can leave machines running (`--keep-machines`). */
  readonly keeps: Ability;
  /** `told`: a machine itself reports the end of its boot. `asked`: bench asks the machine, once it can reach it. */
  readonly readiness: 'told' | 'asked';
  /** The cloud bills each minute of a machine. */
  readonly billed: boolean;
  /** The variants of a block take turns on one machine: blocks, not machines, run side by side. */
  readonly blocksInTurn?: boolean;
}

/** What a plan uses before it asks the provider. */
export interface Estimate {
  readonly machinesAtATime: number;
  readonly secondsPerBoot: number;
}

export interface PrepareWorld {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface ComputerWorld {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly nodeVersion: string;
  readonly cacheFolder: string;
  readonly scratchFolder: string;
  readonly signal: AbortSignal;
}

export type ImageWorld = Pick<
  RunContext,
  'cacheFolder' | 'scenarioFolder' | 'environment' | 'timer' | 'progress' | 'signal'
>;

/** Cached images, and their size on disk. */
export interface KeptImages {
  readonly folder: string;
  size(): Promise<{ readonly count: number; readonly bytes: number }>;
  /** Removes the oldest builds until at most `maxBytes` remain. Resolves with their names. */
  prune(maxBytes: number): Promise<string[]>;
}

/** Images built on this computer. */
export interface LocalImages<S> {
  /** Minutes to build those that the cache lacks. */
  minutes(scenario: S, world: ImageWorld): Promise<number>;
  /** Those in the folder of all caches. */
  kept(cacheFolder: string): Promise<KeptImages>;
  /** Builds them, or finds them in the cache: disk by variant. */
  build(scenario: S, world: ImageWorld): Promise<ReadonlyMap<string, string>>;
}

/** Whose machines to look for: those of a scenario's account, or of the account that the environment names. */
export interface LeftoversRequest<S> {
  readonly scenario?: S;
  readonly subscription?: string;
  readonly prices: boolean;
}

/**
 * All members are methods, not properties that hold functions, so that kinds with different scenarios fit in one list. A kind
 * only ever receives a scenario that its own `schema` has parsed (`kindOf` in the registry).
 */
export interface ProviderKind<S extends Scenario = Scenario> {
  /** `provider.kind` of its scenarios. */
  readonly kind: string;
  /** Schema of its scenarios: the common keys, its own options and images, and its own further keys. */
  readonly schema: z.ZodType<S>;
  readonly capabilities: Capabilities;
  /** What bench sends to programs that others write for it: schemas by file name, published with those of bench's own files. */
  readonly messages?: Readonly<Record<string, z.ZodType>>;
  estimate(scenario: S): Estimate;
  /** The inputs alone decide the boots of this scenario: the same seed gives the same boots, also in another run. */
  repeats?(scenario: S): boolean;
  /** Checks everything possible before the first machine costs money, and throws on an error. */
  open(scenario: S, run: RunContext): Promise<Fleet>;
  /** Errors in a scenario that its schema cannot find, e.g. an image file that does not exist. Changes nothing. */
  problems?(scenario: S, scenarioFolder: string): Promise<readonly Problem[]>;
  /** The scenario's value for an image in one word, as `--before` takes it. */
  imageOf(text: string, cwd: string): unknown;
  /** Files of this computer that a scenario names, relative to its own folder. */
  localFiles?(scenario: S): readonly string[];
  readonly localImages?: LocalImages<S>;
  /** Makes this computer ready for a run. */
  prepare?(scenario: S, world: PrepareWorld): Promise<void>;
  /** `machines` is how many run at the same time. */
  preflight?(scenario: S, machines: number, world: AskWorld): Promise<Preflight>;
  /** Warnings of a run that a plan can already give. */
  cautions?(scenario: S, world: AskWorld): Promise<readonly string[]>;
  /** Whether the place of a scenario's machines is ready, and what to do if not. Changes nothing. */
  examine?(scenario: S, machines: number, world: AskWorld): Promise<CheckResult[]>;
  /** The same for this computer, if machines run on it. */
  examineComputer?(scenario: S, world: ComputerWorld): Promise<CheckResult[]>;
  leftovers?(request: LeftoversRequest<S>, world: LeftoversWorld, signal: AbortSignal): Promise<Leftovers>;
  /** A first scenario and node configuration, if the provider has clusters whose nodes bench can measure. */
  startFromCluster?(
    request: ClusterRequest,
    name: string,
    world: ClusterWorld,
    signal: AbortSignal,
  ): Promise<ClusterStart>;
  /** Opens a history at an address, if the provider's cloud can store one. */
  shelf?(address: string, environment: Readonly<Record<string, string | undefined>>, cwd: string): Promise<Shelf>;
}
