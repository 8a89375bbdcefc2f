/**
 * A provider as all other rooms see it. Code that depends on what a provider can do reads its descriptor, and never compares its name:
 * a new one is a folder in `src/providers/` and a line in `src/providers/registry.ts`.
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

/** Something that can be had, or why not: `why` continues from "the <kind> provider", `todo` says what to do instead. */
export type Ability = { readonly can: true } | { readonly can: false; readonly why: string; readonly todo: string };

export interface Capabilities {
  readonly boots: Readonly<Record<(typeof BOOT_KINDS)[number], Ability>>;
  /** Machines can be left running after the run (`--keep-machines`). */
  readonly keeps: Ability;
  /** `told`: a machine says itself when its boot is over. `asked`: it is asked, once it can be reached. */
  readonly readiness: 'told' | 'asked';
  /** Each minute of a machine is billed. */
  readonly billed: boolean;
  /** The variants of a block take turns on one machine: blocks, not machines, go side by side. */
  readonly blocksInTurn?: boolean;
}

/** What a plan uses before the provider is asked. */
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

/** Images that were made, and what they take of the disk. */
export interface KeptImages {
  readonly folder: string;
  size(): Promise<{ readonly count: number; readonly bytes: number }>;
  /** Removes those built longest ago until no more than `maxBytes` are left. Resolves with their names. */
  prune(maxBytes: number): Promise<string[]>;
}

/** Images that are made on this computer. */
export interface LocalImages<S> {
  /** Minutes for those that are not in the cache. */
  minutes(scenario: S, world: ImageWorld): Promise<number>;
  /** Those that are kept, in the folder of all caches. */
  kept(cacheFolder: string): Promise<KeptImages>;
  /** Builds them, or finds them in the cache: disk by variant. */
  build(scenario: S, world: ImageWorld): Promise<ReadonlyMap<string, string>>;
}

/** Whose machines are looked for: those of a scenario's account, or of the one that the environment names. */
export interface LeftoversRequest<S> {
  readonly scenario?: S;
  readonly subscription?: string;
  readonly prices: boolean;
}

/**
 * All are methods, not properties that hold functions, so that kinds with different scenarios can stand in one list: a kind is
 * only ever given what its own `schema` has parsed (`kindOf` in the registry).
 */
export interface ProviderKind<S extends Scenario = Scenario> {
  /** `provider.kind` of its scenarios. */
  readonly kind: string;
  /** Its scenarios: the keys that all have, its own options and images, and what else is its own. */
  readonly schema: z.ZodType<S>;
  readonly capabilities: Capabilities;
  /** What bench sends to programs that others write for it: schemas by file name, published with those of bench's own files. */
  readonly messages?: Readonly<Record<string, z.ZodType>>;
  estimate(scenario: S): Estimate;
  /** Boots of this scenario follow from their inputs alone: the same seed gives the same boots, in another run too. */
  repeats?(scenario: S): boolean;
  /** Checks all that can be checked before the first machine is paid for, and throws what is wrong. */
  open(scenario: S, run: RunContext): Promise<Fleet>;
  /** What is wrong with a scenario that its schema cannot know, e.g. an image file that is not there. Changes nothing. */
  problems?(scenario: S, scenarioFolder: string): Promise<readonly Problem[]>;
  /** What a scenario would hold for an image that is named in one word, as `--before` does. */
  imageOf(text: string, cwd: string): unknown;
  /** Files of this computer that a scenario names, relative to its own folder. */
  localFiles?(scenario: S): readonly string[];
  readonly localImages?: LocalImages<S>;
  /** Makes this computer ready for a run. */
  prepare?(scenario: S, world: PrepareWorld): Promise<void>;
  /** `machines` is how many run at a time. */
  preflight?(scenario: S, machines: number, world: AskWorld): Promise<Preflight>;
  /** What a plan says that a run would warn of, where that can be known beforehand. */
  cautions?(scenario: S, world: AskWorld): Promise<readonly string[]>;
  /** Is the place where a scenario's machines are made ready for it, and what to do if not. Changes nothing. */
  examine?(scenario: S, machines: number, world: AskWorld): Promise<CheckResult[]>;
  /** The same of this computer, where machines run on it. */
  examineComputer?(scenario: S, world: ComputerWorld): Promise<CheckResult[]>;
  leftovers?(request: LeftoversRequest<S>, world: LeftoversWorld, signal: AbortSignal): Promise<Leftovers>;
  /** A scenario and a node's configuration to begin with, where the provider has clusters whose nodes can be measured. */
  startFromCluster?(
    request: ClusterRequest,
    name: string,
    world: ClusterWorld,
    signal: AbortSignal,
  ): Promise<ClusterStart>;
  /** Opens a history at an address, where the provider's cloud keeps such things too. */
  shelf?(address: string, environment: Readonly<Record<string, string | undefined>>, cwd: string): Promise<Shelf>;
}
