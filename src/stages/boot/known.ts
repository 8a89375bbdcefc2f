/**
 * Boots that bench never makes twice. If the fleet knows everything that decides a boot (virtual time), bench takes a boot with the same
 * inputs from the cache. It boots one in ten all the same and compares the result with the cached one. A difference means that something
 * else decides boots here: bench drops the entry, reports it, and uses the new boot.
 */
import type { BootRecord, Outcome } from '../../model/boot.ts';
import { BenchError } from '../../model/errors.ts';
import type { BootRequest, Fleet } from '../../model/provider.ts';
import { seededRandom, shuffled } from '../../model/random.ts';
import type { Run } from '../../model/run.ts';
import type { Scenario } from '../../model/scenario.ts';
import type { BootCache } from '../../store/boot-cache.ts';
import { type CachedBoot, keyOfInputs } from '../../store/cached-boot.ts';
import { recordBoot } from '../derive/record.ts';
import type { KnownBoots } from './plan.ts';
import type { BootResult } from './read.ts';

const ONE_IN = 10;

export interface CacheUse {
  readonly cache: BootCache;
  readonly fleet: Pick<Fleet, 'inputsOf'>;
  readonly run: Pick<Run, 'id' | 'tool'>;
  readonly scenario: Scenario;
  /** Text of all that bench reads from a booted machine: another question gets another answer. */
  readonly questions: string;
  /** Known boots that bench makes all the same. */
  readonly audits: ReadonlySet<string>;
  readonly now: () => string;
  readonly say: (line: string) => void;
}

/** One boot in ten, and at least one, by the seed. */
export function auditsOf(ids: readonly string[], seed: number): ReadonlySet<string> {
  const random = seededRandom(seed);
  return new Set(shuffled(ids, random).filter((_, index) => index % ONE_IN === 0));
}

/** How the run used the cache; undefined if it did not. */
export function cacheUse(outcomes: readonly Outcome[]): Run['cache'] {
  const cached = outcomes.filter((outcome) => outcome.cached !== undefined).length;
  const audited = outcomes.filter(({ audit }) => audit !== undefined);
  if (cached + audited.length === 0) return undefined;
  const differing = audited.filter(({ audit }) => (audit?.differences.length ?? 0) > 0).map(({ boot }) => boot.id);
  return { boots: outcomes.length, cached, audited: audited.length, differing };
}

export function knownBoots(use: CacheUse): KnownBoots | undefined {
  const { fleet, cache, questions } = use;
  if (fleet.inputsOf === undefined) return undefined;
  let told = false;
  // A full or read-only cache costs time but never the run.
  const unkept = (cause: unknown): void => {
    if (!(cause instanceof BenchError)) throw cause;
    if (!told) use.say(`boots are not cached for later runs: ${cause.message}`);
    told = true;
  };
  return async (request, make) => {
    const decided = await fleet.inputsOf?.(request);
    if (decided === undefined) return make();
    const inputs = { ...decided, questions };
    const key = keyOfInputs(inputs);
    const known = await cache.find(key);
    if (known !== undefined && !use.audits.has(request.boot.id)) return taken(known, key);
    const made = await make();
    if (known !== undefined) return audited(known, key, made, request, use);
    // Does not keep a failed boot, so a later run makes it again: it may have failed because a loaded host was too slow.
    if (made.failure === undefined && made.warnings.length === 0) await keep(inputs, made, request, use).catch(unkept);
    return made;
  };
}

const taken = ({ run, boot, at, facts, marks, warnings, artifacts, harness }: CachedBoot, key: string): BootResult => ({
  ...{ facts, marks, warnings, artifacts, harness },
  cached: { key, run, boot, at },
});

const keep = (inputs: CachedBoot['inputs'], made: BootResult, { boot }: BootRequest, use: CacheUse): Promise<void> =>
  use.cache.keep({
    ...{ inputs, run: use.run.id, boot: boot.id, at: use.now() },
    ...{ facts: made.facts, marks: [...made.marks], warnings: [...made.warnings], harness: { ...made.harness } },
    artifacts: made.artifacts,
  });

async function audited(
  known: CachedBoot,
  key: string,
  made: BootResult,
  { boot }: BootRequest,
  { cache, run, scenario, say }: CacheUse,
): Promise<BootResult> {
  const record = (result: Omit<BootResult, 'cached' | 'audit'>): BootRecord => {
    const outcome: Outcome = {
      schema: 'bench/outcome@1',
      boot,
      outcome: result.failure ? 'failed' : 'booted',
      ...(result.failure && { failure: result.failure }),
      machine: result.facts,
      marks: [...result.marks],
      warnings: [...result.warnings],
      harness: { ...result.harness },
    };
    const raw = new Map(result.artifacts.map(({ path, bytes }) => [path, bytes]));
    return recordBoot({ outcome, raw, scenario, tool: run.tool });
  };
  const differences = differencesOf(record(known), record(made));
  if (differences.length === 0) return { ...made, audit: { key, run: known.run, differences } };
  await cache.drop(key);
  const [first = ''] = differences;
  const more = differences.length > 1 ? ` and ${differences.length - 1} more` : '';
  say(`boot ${boot.id} differs from its cached copy of run ${known.run}: ${first}${more}; deleted the cached copy`);
  const message = `An audit booted this cached boot (run ${known.run}) again, and it differs: ${first}${more}. The cache key misses something that affects boots here. Clear the cache (bench cache prune --all) and report this.`;
  const warnings = [...made.warnings, { code: 'audit-differs', message }];
  return { ...made, warnings, audit: { key, run: known.run, differences } };
}

/** Differences that the outcome names; it counts the rest. */
const MOST_DIFFERENCES = 20;

/**
 * How two records of one boot differ, in words. Ignores whatever bench read after the boot or saw from outside: it differs from machine to
 * machine.
 */
export function differencesOf(known: BootRecord, made: BootRecord): string[] {
  const [before, after] = [facetsOf(known), facetsOf(made)];
  const names = [...new Set([...before.keys(), ...after.keys()])];
  const differing = names.filter((name) => before.get(name) !== after.get(name));
  const words = differing.map(
    (name) => `${name} was ${before.get(name) ?? 'absent'}, is ${after.get(name) ?? 'absent'}`,
  );
  return words.length <= MOST_DIFFERENCES
    ? words
    : [...words.slice(0, MOST_DIFFERENCES), `${words.length - MOST_DIFFERENCES} more`];
}

/** A record as named facts that only the boot determines. */
function facetsOf(record: BootRecord): Map<string, string> {
  const facets = new Map<string, string>([['outcome', record.outcome]]);
  const put = (name: string, value: unknown) => {
    let free = name;
    for (let n = 2; facets.has(free); n++) free = `${name} (${n})`;
    facets.set(free, typeof value === 'string' ? value : JSON.stringify(value));
  };
  for (const { id, clock, us } of record.events) if (clock !== 'controller') put(`event ${id}`, `${us} us`);
  for (const { kind, name, start, end } of record.spans) put(`${kind} ${name}`, `${start.us} to ${end?.us ?? '-'} us`);
  for (const { unit, active, sub, result, restarts } of record.units)
    put(`state of ${unit}`, `${active} ${sub} ${result} ${restarts}`);
  for (const { claim, held } of record.expectations) put(`expectation ${claim}`, held);
  for (const [gate, path] of Object.entries(record.paths)) put(`path to ${gate}`, path);
  // Not readyUptimeS: the machine reads that clock after its boot, while it already answers the host.
  if ('readyState' in record.machine) put('readyState', record.machine.readyState);
  return facets;
}
