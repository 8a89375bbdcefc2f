/** What the schema of a scenario cannot know: that the metrics it names exist, that its boots can be had. Checked before the first machine. */

import { patternProblem } from '../collectors/journal.ts';
import { checkMetricId } from '../metrics/catalogue.ts';
import { usageError } from '../model/errors.ts';
import { isAzure, isQemu, type Scenario } from '../model/scenario.ts';
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
  if (scenario.boot === 'reboot' && isAzure(scenario))
    throw usageError(
      `${position(['boot'])}: the azure provider measures first boots only: its events are those of a machine that is made.`,
      'Set boot: first, or reboot machines of the qemu provider.',
    );
  if (scenario.boot === 'first' && scenario.reboots !== undefined)
    throw usageError(`${position(['reboots'])}: machines are rebooted only with boot: reboot`);
}

/** Whether machines of this scenario can be left running after the run. */
export function checkKeeping(scenario: Scenario): void {
  if (!isQemu(scenario))
    throw usageError(
      `--keep-machines: the ${scenario.provider.kind} provider deletes the run's resource group with all that is in it, so that nothing is left to pay for.`,
      'Leave the option out: what was taken from each machine is in the run folder.',
    );
}
