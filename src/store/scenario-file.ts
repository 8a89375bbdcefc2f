/**
 * From a name on the command line to a scenario: finding the file, `extends`, `--set`, variables, the schema. Reports every problem with
 * file, line and column.
 */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { parse as parseScalar } from 'yaml';
import * as z from 'zod';
import { liesIn } from '../files/beneath.ts';
import { readRegular } from '../files/regular.ts';
import { elementAt } from '../model/element.ts';
import { type BenchError, messageOf, usageError } from '../model/errors.ts';
import { isObject } from '../model/json.ts';
import { MOST_PROBLEMS, type PlacedProblem, type Problem, problemsError } from '../model/problem.ts';
import type { Scenario, ScenarioSchemas, Setting } from '../model/scenario.ts';
import { sha256 } from './files.ts';
import { describeIssue, meant } from './scenario-problems.ts';
import { substitute, textsIn } from './scenario-variables.ts';
import { type Path, type Position, parseYaml, printPosition, refuseCycles, type YamlTree } from './yaml-tree.ts';

/** Bench searches `scenarioFolders` in this order for a scenario's name, and takes a path unchanged, from `cwd`. */
export interface ScenarioPlace {
  readonly cwd: string;
  readonly scenarioFolders: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export interface LoadedScenario {
  readonly scenario: Scenario;
  /** The document after extends, --set and variables: run.json keeps it, and the hash covers it. */
  readonly document: Record<string, unknown>;
  readonly sha256: string;
  readonly file: string;
  readonly question: string;
  /** Values from outside the files: of variables and settings. */
  readonly outside: readonly string[];
  /** `file:line:column` of a value, for errors found later. */
  position(path: Path): string;
}

/** A written scenario, before its variables are filled in. */
export type Document = Readonly<Record<string, unknown>>;

/** Settings depend on the file and on the steps before them. */
export type SettingsStep = (document: Document) => readonly Setting[];

/**
 * Checks that the schema cannot make. `folder`: where the scenario's relative paths start; `outside`: values that did not come from its
 * files.
 */
export type ScenarioCheck = (
  scenario: Scenario,
  from: { readonly folder: string; readonly outside: readonly string[] },
) => Promise<readonly Problem[]>;

/** `schemas`: those of the existing providers. Reports all problems at once. */
export async function readScenario(
  name: string,
  steps: readonly SettingsStep[],
  place: ScenarioPlace,
  schemas: ScenarioSchemas,
  check: ScenarioCheck = async () => [],
): Promise<LoadedScenario> {
  const file = await findScenario(name, place);
  const layers = await readLayers(file, place);
  const merged = layers.reduceRight<Record<string, unknown>>((below, layer) => merge(below, layer.value), {});
  delete merged.extends;
  const settings: Setting[] = [];
  for (const step of steps) {
    const given = step(merged);
    for (const setting of given) applySetting(merged, setting);
    settings.push(...given);
  }
  const positionOf = (at: Path, key = false): Position => layerOf(layers, at).position(at, key);
  const { document, problems: unfilled, ...filled } = substitute(merged, place.environment);
  const outside = [...filled.outside, ...settings.flatMap(({ path: at, value }) => textsIn(settingValue(at, value)))];
  const position = (at: Path, key = false) => givenBy(settings, at) ?? printPosition(positionOf(at, key));
  const { scenario, problems } = parseDocument(document, schemas);
  const found = scenario ? await check(scenario, { folder: path.dirname(file), outside }) : problems;
  const all = [...unfilled, ...notBelow(found, unfilled)];
  if (!scenario || all.length > 0) throw placedError(all, position);
  return {
    scenario,
    document,
    sha256: sha256(JSON.stringify(document)),
    file,
    question: layers[0]?.question ?? '',
    outside,
    position,
  };
}

/** The option that states a value, or a part of it that holds it. */
function givenBy(settings: readonly Setting[], at: Path): string | undefined {
  const place = at.join('.');
  const setting = settings.findLast(({ path: given }) => place === given || place.startsWith(`${given}.`));
  return setting && (setting.option ?? `--set ${place}`);
}

/** The value of an unset variable is unknown: it is no second problem. */
function notBelow(found: readonly Problem[], unfilled: readonly Problem[]): Problem[] {
  const places = new Set(unfilled.map(({ path: at }) => JSON.stringify(at)));
  return found.filter(
    ({ path: at }) =>
      !Array.from({ length: at.length + 1 }, (_, length) => at.slice(0, length)).some((above) =>
        places.has(JSON.stringify(above)),
      ),
  );
}

function placedError(problems: readonly Problem[], position: (at: Path, key?: boolean) => string): BenchError {
  const told = problems.slice(0, MOST_PROBLEMS).map(
    ({ path: at, key, message, todo }): PlacedProblem => ({
      where: position(at, key),
      message,
      ...(todo !== undefined && { todo }),
    }),
  );
  return problemsError(told, problems.length - told.length);
}

/** Parses a document by the schema of its provider. `position` places the errors. */
export function parseScenario(
  document: Record<string, unknown>,
  position: (at: Path, key?: boolean) => string,
  schemas: ScenarioSchemas,
): Scenario {
  const { scenario, problems } = parseDocument(document, schemas);
  if (!scenario) throw placedError(problems, position);
  return scenario;
}

type Parsed =
  | { readonly scenario: Scenario; readonly problems: readonly [] }
  | { readonly scenario: undefined; readonly problems: readonly Problem[] };

function parseDocument(document: Record<string, unknown>, schemas: ScenarioSchemas): Parsed {
  const { provider } = document;
  const kind = isObject(provider) ? provider.kind : undefined;
  const kinds = [...schemas.keys()];
  if (isObject(provider) && (typeof kind !== 'string' || !kinds.includes(kind))) {
    const seen = kind === undefined ? '"provider.kind" is missing' : `${JSON.stringify(kind)} is not a provider`;
    const message = `${seen}${meant(String(kind), kinds)}`;
    return { scenario: undefined, problems: [{ path: ['provider', 'kind'], message }] };
  }
  const [first] = schemas.values();
  const schema = schemas.get(String(kind)) ?? first;
  if (!schema) throw new Error('there is no provider');
  const parsed = schema.safeParse(document);
  if (parsed.success) return { scenario: parsed.data, problems: [] };
  const shape = z.toJSONSchema(schema, { io: 'input' });
  const problems = parsed.error.issues.flatMap((issue) => describeIssue(issue, document, shape));
  return { scenario: undefined, problems };
}

/** Names of scenarios in the folders, with their files; the first folder with a name wins. */
export async function listScenarios(folders: readonly string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const folder of folders) {
    for (const file of (await readdir(folder).catch(() => [])).sort()) {
      const name = /^(.+)\.ya?ml$/.exec(file)?.[1];
      if (name && !found.has(name)) found.set(name, path.join(folder, file));
    }
  }
  return found;
}

/** The file that a name or path on the command line means. */
export async function findScenario(name: string, place: ScenarioPlace): Promise<string> {
  if (/[/\\]|\.ya?ml$/.test(name)) {
    const file = path.resolve(place.cwd, name);
    if (!existsSync(file))
      throw usageError(
        `The scenario file ${name} does not exist.`,
        'bench scenarios lists the scenarios that have a name.',
      );
    return file;
  }
  const known = await listScenarios(place.scenarioFolders);
  const file = known.get(name);
  if (file) return file;
  throw usageError(
    `There is no scenario "${name}"${meant(name, [...known.keys()])}.`,
    'bench scenarios lists them; a path that ends in .yaml works too.',
  );
}

/** A scenario is a page or two; reading YAML takes many times its size. */
const SCENARIO_LIMIT = 2 ** 20;
const MOST_LAYERS = 20;

/** The file and those it extends, nearest first. */
async function readLayers(file: string, place: ScenarioPlace): Promise<YamlTree[]> {
  const places = [path.dirname(file), place.cwd, ...place.scenarioFolders];
  const layers: YamlTree[] = [];
  const seen: string[] = [];
  for (let next: string | undefined = file; next !== undefined; ) {
    if (seen.includes(next)) throw usageError(`${next} extends itself: ${[...seen, next].join(' -> ')}`);
    seen.push(next);
    if (seen.length > MOST_LAYERS) throw usageError(`${file} extends more than ${MOST_LAYERS} scenarios in a row.`);
    if (!(await liesIn(next, places)))
      throw usageError(
        `${seen.at(-2)} extends ${next}, which is neither in its own folder nor in the working directory.`,
        'Move it there.',
      );
    const text = (await readRegular(next, { limitBytes: SCENARIO_LIMIT })).toString('utf8');
    const tree: YamlTree = parseYaml(text, path.relative(place.cwd, next) || next);
    layers.push(tree);
    const parent = tree.value.extends;
    if (parent !== undefined && typeof parent !== 'string') {
      throw usageError(`${printPosition(tree.position(['extends']))}: extends needs the name or path of one scenario`);
    }
    next = parent === undefined ? undefined : await findScenario(parent, { ...place, cwd: path.dirname(next) });
  }
  return layers;
}

/** Merges mappings key by key and replaces everything else. Keys of the upper layer keep the lower one's order. */
function merge(below: Record<string, unknown>, above: Record<string, unknown>): Record<string, unknown> {
  const result: Record<string, unknown> = { ...below };
  for (const [key, value] of Object.entries(above)) {
    const old = result[key];
    result[key] = isObject(old) && isObject(value) ? merge(old, value) : value;
  }
  return result;
}

const has = (tree: YamlTree, at: Path): boolean => {
  let value: unknown = tree.value;
  for (const step of at) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return false;
    value = (value as Record<string, unknown>)[step];
  }
  return true;
};

/** The nearest layer that states the value, or the longest part of the path to it. */
function layerOf(layers: readonly YamlTree[], at: Path): YamlTree {
  for (let length = at.length; length > 0; length--) {
    const layer = layers.find((tree) => has(tree, at.slice(0, length)));
    if (layer) return layer;
  }
  return elementAt(layers, 0);
}

function settingValue(at: string, value: string): unknown {
  try {
    return refuseCycles(parseScalar(value, { maxAliasCount: 10 }));
  } catch (cause) {
    const [what = ''] = messageOf(cause).split('\n');
    throw usageError(`--set ${at}=${value}: ${what.replace(/:$/, '')}`, 'The value is YAML: quote special characters.');
  }
}

/** Keys may hold dots (`gates.node.ready.floor`): at each level the longest existing key wins. */
function applySetting(document: Record<string, unknown>, { path: dotted, value }: Setting): void {
  let at = document;
  let rest = dotted.split('.');
  if (rest.some((part) => part === '' || part === '__proto__'))
    throw usageError(`--set ${dotted}=...: not a path of keys`);
  for (;;) {
    const length =
      [...rest.keys()].map((n) => rest.length - n).find((n) => Object.hasOwn(at, rest.slice(0, n).join('.'))) ?? 1;
    const key = rest.slice(0, length).join('.');
    rest = rest.slice(length);
    if (rest.length === 0) {
      at[key] = settingValue(dotted, value);
      return;
    }
    const below = at[key];
    if (below !== undefined && below !== null && !isObject(below))
      throw usageError(`--set ${dotted}=...: "${key}" is not a mapping`);
    at[key] = { ...below };
    at = at[key] as Record<string, unknown>;
  }
}
