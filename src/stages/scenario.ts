/** What the schema of a scenario cannot know: that the metrics it names exist. Checked before the first machine. */

import { patternProblem } from '../collectors/journal.ts';
import { checkMetricId } from '../metrics/catalogue.ts';
import { usageError } from '../model/errors.ts';
import type { LoadedScenario } from '../store/scenario-file.ts';

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
}
