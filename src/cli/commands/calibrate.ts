/** `bench calibrate`: how often this gate has cried wolf so far, from runs of an image against itself. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { usageError } from '../../model/errors.ts';
import type { CalibrateOutput, JsonOutput } from '../../model/json-output.ts';
import { deriveFindings } from '../../stages/derive/findings.ts';
import { calibrate, type MetricCalibration } from '../../statistics/planning/calibrate.ts';
import { runFolder } from '../../store/run-folder.ts';
import { EXIT } from '../exit.ts';
import { json } from '../text.ts';
import type { World } from '../world.ts';

export async function command(world: World, history: string, options: { readonly json?: boolean }): Promise<number> {
  const place = path.resolve(world.cwd, history);
  const names = await readdir(place).catch(() => {
    throw usageError(`There is no folder ${history}.`, 'Name a folder of runs, e.g. reports/runs.');
  });
  const runs = [];
  for (const name of names.sort()) {
    const folder = runFolder(path.join(place, name));
    if ((await folder.hasRun()) && (await folder.readRun()).aa) runs.push(await deriveFindings(folder));
  }
  if (runs.length === 0)
    throw usageError(`${history} holds no A/A run.`, 'Make some: bench run --aa --scenario <name>.');
  const calibration = calibrate(runs);
  if (options.json) world.stdout.write(json<JsonOutput<typeof CalibrateOutput>>(calibration));
  else {
    const { low, high } = calibration.rate;
    world.stdout.write(
      `${calibration.alarms} false alarms in ${calibration.runs} A/A runs: a rate between ${percent(low)} and ${percent(high)} (95 % Clopper-Pearson interval)\n`,
    );
    for (const metric of calibration.metrics.filter((each) => each.gate)) world.stdout.write(`  ${line(metric)}\n`);
  }
  return EXIT.fine;
}

const line = ({ metric, alarms, tests, sigma, blocks }: MetricCalibration): string =>
  `${metric}: ${alarms} alarms in ${tests} tests; the blocks' ratios spread by ${sigma === null ? 'an unknown share' : percent(sigma)} (${blocks} blocks)`;

const percent = (share: number | null): string =>
  share === null ? 'unknown' : `${Number((share * 100).toPrecision(2))} %`;
