/**
 * A run that continues takes its scenario from run.json, in which user, password and signature of an address are `***`. The user gives them
 * again in the original way: by the variable that the scenario names, or by --before, --after, --variant or --set. Nothing else may change
 * with them.
 */
import { isDeepStrictEqual } from 'node:util';
import { messageOf, usageError } from '../../model/errors.ts';
import { isObject } from '../../model/json.ts';
import type { Run } from '../../model/run.ts';
import { REDACTED, withoutSecrets } from '../../model/secrets.ts';
import { type DesignOptions, type DesignWorld, loadDesign } from './load.ts';

type Document = Run['scenario'];

/** Whether run.json lacks a secret; only then may a user give options again. */
export const lacksSecrets = ({ scenario }: Pick<Run, 'scenario'>): boolean =>
  JSON.stringify(scenario).includes(REDACTED);

/** The scenario of the run, with the secrets that the user gave again. */
export async function secretsAgain(run: Run, options: DesignOptions, world: DesignWorld): Promise<Document> {
  const given = await loadDesign(asFirst(run, options), world).then(
    ({ document }) => document,
    (cause) => {
      throw missing(placesOf(run.scenario), messageOf(cause));
    },
  );
  const places: string[] = [];
  const filled = filledFrom(run.scenario, given, [], places) as Document;
  if (places.length > 0) throw missing(places, 'what is given now is another address, or none');
  const touched = [
    ...((options.before ?? options.after ?? options.variant?.[0]) ? ['variants'] : []),
    ...options.set.map(({ path }) => path.split('.')[0] ?? ''),
  ];
  const changed = touched.find((key) => !isDeepStrictEqual(filled[key], given[key]));
  if (changed !== undefined)
    throw usageError(
      `With these options ${changed} is not what ${run.id} was designed with; only the secrets of its addresses may be given again.`,
      'Give the same addresses, or start a new run.',
    );
  return filled;
}

function asFirst({ scenarioFile, scenario, aa }: Run, options: DesignOptions): DesignOptions {
  const names = Object.keys(isObject(scenario.variants) ? scenario.variants : {});
  const only = names.length === 1 ? names[0] : undefined;
  return {
    ...options,
    ...(scenarioFile !== undefined && { scenario: scenarioFile }),
    ...(aa && { aa }),
    ...(only !== undefined && { only }),
  };
}

/** Fills each redacted text of `stored` from `given`; puts the places whose texts differ in more than the secret into `places`. */
function filledFrom(stored: unknown, given: unknown, at: readonly string[], places: string[]): unknown {
  if (typeof stored === 'string') {
    if (!stored.includes(REDACTED)) return stored;
    if (typeof given === 'string' && isSame(stored, given)) return given;
    places.push(`${at.join('.')} (${stored})`);
    return stored;
  }
  const item = (key: string): unknown =>
    typeof given === 'object' && given !== null && Object.hasOwn(given, key)
      ? (given as Readonly<Record<string, unknown>>)[key]
      : undefined;
  if (Array.isArray(stored))
    return stored.map((each, index) => filledFrom(each, item(String(index)), [...at, String(index)], places));
  if (!isObject(stored)) return stored;
  return Object.fromEntries(
    Object.entries(stored).map(([key, each]) => [key, filledFrom(each, item(key), [...at, key], places)]),
  );
}

/** A new signature may come with another date: of an address, only host and path count. */
function isSame(stored: string, given: string): boolean {
  if (withoutSecrets(given) === stored) return true;
  if (!/^https?:/i.test(stored) || !URL.canParse(stored) || !URL.canParse(given)) return false;
  const [one, other] = [new URL(stored), new URL(given)];
  return one.host === other.host && one.protocol === other.protocol && one.pathname === other.pathname;
}

function placesOf(stored: Document): string[] {
  const places: string[] = [];
  filledFrom(stored, undefined, [], places);
  return places;
}

const missing = (places: readonly string[], why: string) =>
  usageError(
    `run.json keeps no secrets: ${places.join(', ')} has to be given again to continue (${why}).`,
    'Set the variable that the scenario names, or give the address with --before, --after, --variant or --set as for the first boots.',
  );
