/** `bench calibrate`: the gates' false-alarm rate so far, from runs of an image against itself. */
import path from 'node:path';
import { usageError } from '../model/errors.ts';
import type { World } from '../model/world.ts';
import { type Calibration, calibrate as calibrateRuns } from '../statistics/planning/calibrate.ts';
import { runsIn } from '../store/runs.ts';
import { deriveFindings, type Findings } from './derive/findings.ts';

export async function calibrate(place: string, world: World): Promise<Calibration> {
  const runs: Findings[] = [];
  for (const folder of await runsIn(path.resolve(world.cwd, place), place))
    if ((await folder.readRun()).aa) runs.push(await deriveFindings(folder));
  if (runs.length === 0) throw usageError(`${place} has no A/A runs.`, 'Make one: bench run --aa --scenario <name>.');
  return calibrateRuns(runs);
}
