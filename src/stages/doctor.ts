/** `bench doctor`: is this computer ready for a run, or the place where a scenario's machines are made, and what to do if not. Changes nothing. */
import path from 'node:path';
import { shellOpener } from '../guest/shell.ts';
import type { Finding } from '../model/finding.ts';
import type { AskWorld } from '../model/preflight.ts';
import type { ComputerWorld } from '../model/provider-kind.ts';
import type { Scenario } from '../model/scenario.ts';
import type { World } from '../model/world.ts';
import { kindOf, providerKinds } from '../providers/registry.ts';
import { withScratch } from './boot/scratch.ts';
import { loadScenario } from './design/scenario.ts';
import { machinesAtATime } from './provider.ts';

/** `name`: the scenario that shall be run. */
export async function examine(name: string | undefined, world: World): Promise<Finding[]> {
  const { environment, nodeVersion, cacheFolder, timer, signal } = world;
  if (name !== undefined) {
    const { scenario, file } = await loadScenario(name, [], world);
    const place = { scenarioFolder: path.dirname(file), nowIso: world.now(), connect: shellOpener(timer) };
    const about = { environment, cacheFolder, timer, signal, ...place };
    const found = await examinePlace(scenario, about);
    if (found) return found;
  }
  return withScratch(world, (scratchFolder) =>
    examineComputer({ environment, nodeVersion, cacheFolder, scratchFolder, signal }),
  );
}

/** Where a scenario's machines are made elsewhere, nothing is needed of this computer but Node: undefined where they are not. */
const examinePlace = async (scenario: Scenario, world: AskWorld): Promise<Finding[] | undefined> =>
  kindOf(scenario).examine?.(scenario, machinesAtATime(scenario), world);

async function examineComputer(world: ComputerWorld): Promise<Finding[]> {
  const found = await Promise.all(providerKinds().map((kind) => kind.examineComputer?.(world)));
  return found.flatMap((findings) => findings ?? []);
}
