/** Finds what killed runs left, by run, from the answer of `list`. The due time is in the label that `create` set. */

import { addTo } from '../../model/grouped.ts';
import type { Leftover, Leftovers, LeftoversWorld } from '../../model/leftover.ts';
import type { LeftoversRequest } from '../../model/provider-kind.ts';
import { msFromUs } from '../../model/units.ts';
import { redactor } from '../any/redact.ts';
import type { ListedMachine } from './messages.ts';
import { programsOf } from './programs.ts';
import { isOurs, remove } from './removal.ts';
import type { CommandScenario } from './scenario.ts';

/** Without a scenario, bench does not know which programs to ask. */
export async function leftoversOf(
  { scenario }: LeftoversRequest<CommandScenario>,
  { environment, scenarioFolder, timer, nowIso }: LeftoversWorld,
  signal: AbortSignal,
): Promise<Leftovers> {
  if (scenario === undefined || scenarioFolder === undefined) return { found: [], remove: async () => 'kept' };
  const world = { folder: scenarioFolder, environment };
  const programs = programsOf(scenario.provider, world, redactor(environment));
  const withinMs = msFromUs(scenario.provider.destroyWithin);
  const runs = new Map<string, ListedMachine[]>();
  for (const machine of await programs.list(undefined, signal)) addTo(runs, machine.run, machine);
  return {
    found: [...runs].map(([run, machines]) => leftoverOf(run, machines, nowIso)),
    remove: async ({ run, deleteAfter }, stop) => {
      // A user may have resumed the run since the first look.
      const machines = await programs.list(run, stop);
      if (machines.length > 0 && leftoverOf(run, machines, nowIso).deleteAfter !== deleteAfter) return 'kept';
      if (!machines.every(isOurs)) return 'kept';
      await Promise.all(machines.map((machine) => remove(programs, machine, withinMs, timer, stop)));
      return 'gone';
    },
  };
}

function leftoverOf(run: string, machines: readonly ListedMachine[], nowIso: string): Leftover {
  const times = machines.map(({ deleteAfter }) => deleteAfter);
  const deleteAfter = times.includes('') ? '' : (times.toSorted().at(-1) ?? '');
  return {
    group: run,
    run,
    scenario: machines[0]?.scenario ?? '',
    deleteAfter,
    // Without a readable time, bench does not know whether the run is over.
    due: Date.parse(deleteAfter) < Date.parse(nowIso),
    resources: machines.length,
    machines: machines.length,
    foreign: machines.filter((machine) => !isOurs(machine)).map(({ name }) => name),
  };
}
