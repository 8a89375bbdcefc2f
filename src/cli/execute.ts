/** Boots what was designed, with the progress on the screen: what `run` and `confirm` have in common. */
import type { Scenario } from '../model/scenario.ts';
import { prepareComputer } from '../stages/prepare.ts';
import { type Experiment, type RunResult, runExperiment } from '../stages/run.ts';
import { progress } from './progress.ts';
import { makeCacheFolder, withKeptFolder, withScratch } from './scratch.ts';
import type { World } from './world.ts';

export function execute(
  experiment: Experiment & { readonly scenario: Scenario },
  scenarioFolder: string,
  world: World,
): Promise<RunResult> {
  const display = progress(world);
  const { environment, cacheFolder, timer, signal } = world;
  const { keep, run } = experiment;
  const inFolder = (use: (folder: string) => Promise<RunResult>) =>
    keep ? withKeptFolder(world, run.id, use) : withScratch(world, use);
  return inFolder(async (scratchFolder) => {
    try {
      await prepareComputer(experiment.scenario, { environment, signal, say: display.line });
      await makeCacheFolder(world);
      const provider = { cacheFolder, scratchFolder, scenarioFolder, environment, timer, progress: display.line };
      return await runExperiment(experiment, { provider, timer, now: world.now, watcher: display }, signal);
    } finally {
      display.end();
    }
  });
}
