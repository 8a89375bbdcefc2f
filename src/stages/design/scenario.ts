/** Checks that the scenario's schema cannot make, before the first machine: its metrics exist, and its boots are possible. */

import { patternProblem } from '../../collectors/journal.ts';
import { checkMetricId, checkMetricPattern } from '../../metrics/catalogue.ts';
import { isPattern } from '../../model/budget.ts';
import { usageError } from '../../model/errors.ts';
import { isObject } from '../../model/json.ts';
import { type Problem, problemsError } from '../../model/problem.ts';
import type { Scenario } from '../../model/scenario.ts';
import { kindNamed, kindOf, providerKinds, scenarioSchemas } from '../../providers/registry.ts';
import {
  type LoadedScenario,
  readScenario,
  type ScenarioCheck,
  type ScenarioPlace,
  type SettingsStep,
} from '../../store/scenario-file.ts';
import { localFileProblems } from './local-files.ts';

/** A scenario of any provider, by its name or its file. */
export const loadScenario = (
  name: string,
  steps: readonly SettingsStep[],
  place: ScenarioPlace,
): Promise<LoadedScenario> =>
  readScenario(name, steps, place, scenarioSchemas(), (scenario, from) =>
    localFileProblems(scenario, { ...from, cwd: place.cwd }),
  );

/** Loads a scenario to boot, after every check that is possible beforehand. */
export const loadForBoots = (
  name: string,
  steps: readonly SettingsStep[],
  place: ScenarioPlace,
): Promise<LoadedScenario> => {
  const check: ScenarioCheck = async (scenario, from) => {
    const foreign = await localFileProblems(scenario, { ...from, cwd: place.cwd });
    // Does not look into a file that it may not read.
    const own = foreign.length > 0 ? [] : await kindOf(scenario).problems?.(scenario, from.folder);
    return [...scenarioProblems(scenario), ...foreign, ...(own ?? [])];
  };
  return readScenario(name, steps, place, scenarioSchemas(), check);
};

/** Throws all problems. */
export function checkScenario({ scenario, position }: Pick<LoadedScenario, 'scenario' | 'position'>): void {
  const problems = scenarioProblems(scenario).map(({ path, ...problem }) => ({ ...problem, where: position(path) }));
  if (problems.length > 0) throw problemsError(problems);
}

function scenarioProblems(scenario: Scenario): Problem[] {
  return [...metricProblems(scenario), ...markerProblems(scenario), ...bootProblems(scenario)];
}

function metricProblems({ ready, gates = {}, controls, markers, budgets = {} }: Scenario): Problem[] {
  const named: [string, Problem['path']][] = [
    [ready.metric, ['ready', 'metric']],
    ...Object.keys(gates).map((id): [string, string[]] => [id, ['gates', id]]),
    ...controls.map((id, index): [string, (string | number)[]] => [id, ['controls', index]]),
    ...Object.keys(budgets).map((id): [string, string[]] => [id, ['budgets', id]]),
  ];
  return named.flatMap(([id, path]) => {
    const check = path[0] === 'budgets' && isPattern(id) ? checkMetricPattern : checkMetricId;
    const message = check(id, Object.keys(markers));
    return message === undefined ? [] : [{ path, message }];
  });
}

const markerProblems = ({ markers }: Scenario): Problem[] =>
  Object.entries(markers).flatMap(([name, { match }]) => {
    const message = patternProblem(match);
    return message === undefined ? [] : [{ path: ['markers', name, 'match'], message }];
  });

function bootProblems(scenario: Scenario): Problem[] {
  const { kind, capabilities } = kindOf(scenario);
  const boots = capabilities.boots[scenario.boot];
  const isRebootedFirst = scenario.boot === 'first' && scenario.reboots !== undefined;
  return [
    ...(boots.can ? [] : [{ path: ['boot'], message: `the ${kind} provider ${boots.why}`, todo: boots.todo }]),
    ...(isRebootedFirst ? [{ path: ['reboots'], message: 'only boot: reboot reboots machines' }] : []),
  ];
}

/** The scenario's value for an image that one word names, in its provider's form. */
export const namedImage = (document: Readonly<Record<string, unknown>>, text: string, cwd: string): unknown =>
  (kindNamed(kindIn(document)) ?? providerKinds()[0])?.imageOf(text, cwd);

const kindIn = ({ provider }: Readonly<Record<string, unknown>>): unknown =>
  isObject(provider) ? provider.kind : undefined;

/** Whether machines of this scenario can keep running after the run. */
export function checkKeeping(scenario: Scenario): void {
  const { kind, capabilities } = kindOf(scenario);
  const { keeps } = capabilities;
  if (!keeps.can) throw usageError(`--keep-machines: the ${kind} provider ${keeps.why}`, keeps.todo);
}
