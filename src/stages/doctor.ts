/** `bench doctor`: checks whether this computer, or the cloud of a scenario, is ready for a run, and what to do if not. Changes nothing. */
import path from 'node:path';
import { shellOpener } from '../guest/shell.ts';
import type { CheckResult } from '../model/check-result.ts';
import type { AskWorld } from '../model/preflight.ts';
import type { ComputerWorld } from '../model/provider-kind.ts';
import type { Scenario } from '../model/scenario.ts';
import type { World } from '../model/world.ts';
import { kindOf } from '../providers/registry.ts';
import { withScratch } from './boot/scratch.ts';
import { loadScenario } from './design/scenario.ts';
import { machinesAtATime } from './provider.ts';

/** The default scenario: the README's first command. */
export const DEFAULT_SCENARIO = 'local-deferral';

/** `name`: the scenario to run. */
export async function examine(name: string | undefined, world: World): Promise<CheckResult[]> {
  const { environment, nodeVersion, cacheFolder, timer, signal } = world;
  const { scenario, file } = await loadScenario(name ?? DEFAULT_SCENARIO, [], world);
  const place = { scenarioFolder: path.dirname(file), nowIso: world.now(), connect: shellOpener(timer) };
  const about = { environment, cacheFolder, timer, signal, ...place };
  const found = await examinePlace(scenario, about);
  if (found) return found;
  const computer = await withScratch(world, (scratchFolder) =>
    examineComputer(scenario, { environment, nodeVersion, cacheFolder, scratchFolder, signal }),
  );
  return [...computer, ...(await examineFiles(scenario, path.dirname(file)))];
}

async function examineFiles(scenario: Scenario, folder: string): Promise<CheckResult[]> {
  const problems = (await kindOf(scenario).problems?.(scenario, folder)) ?? [];
  return problems.map(({ path: at, message, todo }) => ({
    check: at.join('.'),
    state: 'missing',
    says: message,
    ...(todo !== undefined && { todo }),
  }));
}

/** If a scenario's machines run elsewhere, this computer needs nothing but Node; undefined if they run here. */
const examinePlace = async (scenario: Scenario, world: AskWorld): Promise<CheckResult[] | undefined> =>
  kindOf(scenario).examine?.(scenario, machinesAtATime(scenario), world);

const examineComputer = async (scenario: Scenario, world: ComputerWorld): Promise<CheckResult[]> =>
  (await kindOf(scenario).examineComputer?.(scenario, world)) ?? [];
