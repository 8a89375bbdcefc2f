/** `bench confirm`: boots the images around a change of the trend against each other. */
import type { ConfirmOutput, JsonOutput } from '../../model/json-output.ts';
import { type ConfirmRequest, confirm, confirmationText } from '../../stages/confirm.ts';
import { EXIT } from '../exit.ts';
import { progress } from '../progress/progress.ts';
import { json } from '../text.ts';
import type { CliWorld } from '../world.ts';

interface ConfirmOptions extends Omit<ConfirmRequest, 'history' | 'change'> {
  readonly requireVerdict?: boolean;
  readonly json?: boolean;
}

export async function command(
  world: CliWorld,
  history: string,
  change: string,
  options: ConfirmOptions,
): Promise<number> {
  const result = await confirm({ ...options, history, change }, world, () => progress(world));
  world.stdout.write(options.json ? json<JsonOutput<typeof ConfirmOutput>>(result) : confirmationText(result));
  return result.outcome === 'inconclusive' && options.requireVerdict ? EXIT.inconclusive : EXIT.fine;
}
