/** `bench calibrate`: how often this gate has given a false alarm so far, from runs of an image against itself. */
import type { CalibrateOutput, JsonOutput } from '../../model/json-output.ts';
import { percentOf } from '../../model/units.ts';
import { calibrate } from '../../stages/calibrate.ts';
import { EXIT } from '../exit.ts';
import { json } from '../text.ts';
import type { CliWorld } from '../world.ts';

type Calibrated = JsonOutput<typeof CalibrateOutput>;

export async function command(world: CliWorld, place: string, options: { readonly json?: boolean }): Promise<number> {
  const calibration = await calibrate(place, world);
  world.stdout.write(options.json ? json<Calibrated>(calibration) : textOf(calibration));
  return EXIT.fine;
}

function textOf({ alarms, runs, rate, metrics }: Calibrated): string {
  const { low, high } = rate;
  const heading = `${alarms} false alarms in ${runs} A/A runs: the rate is ${percent(low)} to ${percent(high)} (95 % Clopper-Pearson interval)\n`;
  return [heading, ...metrics.filter(({ gate }) => gate).map((metric) => `  ${line(metric)}\n`)].join('');
}

const line = ({ metric, alarms, tests, sigma, blocks }: Calibrated['metrics'][number]): string =>
  `${metric}: ${alarms} alarms in ${tests} tests; spread of the blocks' ratios: ${sigma === null ? 'unknown' : percent(sigma)} (${blocks} blocks)`;

const percent = (share: number | null): string => (share === null ? 'unknown' : percentOf(share, 2));
