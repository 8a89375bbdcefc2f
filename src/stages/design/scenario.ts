/** What the schema of a scenario cannot know: that the metrics it names exist, that its boots can be had. Checked before the first machine. */

import path from 'node:path';
import { patternProblem } from '../../collectors/journal.ts';
import { checkMetricId } from '../../metrics/catalogue.ts';
import { usageError } from '../../model/errors.ts';
import type { Scenario } from '../../model/scenario.ts';
import { kindNamed, kindOf, providerKinds, scenarioSchemas } from '../../providers/registry.ts';
import { type LoadedScenario, readScenario, type ScenarioPlace, type SettingsStep } from '../../store/scenario-file.ts';
import { checkLocalFiles } from './local-files.ts';

/** A scenario of any provider, by its name or its file. */
export async function loadScenario(
  name: string,
  steps: readonly SettingsStep[],
  place: ScenarioPlace,
): Promise<LoadedScenario> {
  const loaded = await readScenario(name, steps, place, scenarioSchemas());
  const { scenario, file, outside } = loaded;
  await checkLocalFiles(scenario, { folder: path.dirname(file), cwd: place.cwd, outside });
  return loaded;
}

export function checkScenario({ scenario, position }: Pick<LoadedScenario, 'scenario' | 'position'>): void {
  const named: [string, (string | number)[]][] = [
    [scenario.ready.metric, ['ready', 'metric']],
    ...Object.keys(scenario.gates ?? {}).map((id): [string, string[]] => [id, ['gates', id]]),
    ...scenario.controls.map((id, index): [string, (string | number)[]] => [id, ['controls', index]]),
  ];
  for (const [id, at] of named) {
    const problem = checkMetricId(id, Object.keys(scenario.markers));
    if (problem) throw usageError(`${position(at)}: ${problem}`);
  }
  for (const [name, { match }] of Object.entries(scenario.markers)) {
    const problem = patternProblem(match);
    if (problem) throw usageError(`${position(['markers', name, 'match'])}: ${problem}`);
  }
  const { kind, capabilities } = kindOf(scenario);
  const boots = capabilities.boots[scenario.boot];
  if (!boots.can) throw usageError(`${position(['boot'])}: the ${kind} provider ${boots.why}`, boots.todo);
  if (scenario.boot === 'first' && scenario.reboots !== undefined)
    throw usageError(`${position(['reboots'])}: machines are rebooted only with boot: reboot`);
}

/** What stands in a scenario for an image that is named in one word, as its provider names them. */
export const namedImage = (document: Readonly<Record<string, unknown>>, text: string, cwd: string): unknown =>
  (kindNamed(kindIn(document)) ?? providerKinds()[0])?.imageOf(text, cwd);

const kindIn = ({ provider }: Readonly<Record<string, unknown>>): unknown =>
  typeof provider === 'object' && provider !== null && 'kind' in provider ? provider.kind : undefined;

/** Whether machines of this scenario can be left running after the run. */
export function checkKeeping(scenario: Scenario): void {
  const { kind, capabilities } = kindOf(scenario);
  const { keeps } = capabilities;
  if (!keeps.can) throw usageError(`--keep-machines: the ${kind} provider ${keeps.why}`, keeps.todo);
}
