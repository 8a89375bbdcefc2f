/** `bench alert`: reports confirmed changes of a history once: as issues, and to a webhook. */
import type { AlertOutput, JsonOutput } from '../../model/json-output.ts';
import { type AlertRequest, alert, alertsIn, toldText } from '../../stages/alert.ts';
import { EXIT } from '../exit.ts';
import { note } from '../notes.ts';
import { json, printable } from '../text.ts';
import type { CliWorld } from '../world.ts';

interface AlertOptions extends AlertRequest {
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export async function command(world: CliWorld, where: string, options: AlertOptions): Promise<number> {
  if (options.dryRun) {
    const { alerts, lines } = await alertsIn(where, world);
    const text = options.json
      ? json<JsonOutput<typeof AlertOutput>>(alerts)
      : lines.map((line) => `${line}\n`).join('');
    world.stdout.write(text);
    return EXIT.fine;
  }
  const { told, nobody } = await alert(where, options, world);
  if (nobody) note(world, 'nothing to notify: set GITHUB_TOKEN (issues: write) in a job, or pass --webhook');
  const lines = told.map((each) => printable(toldText(each), true));
  world.stdout.write(options.json ? json<JsonOutput<typeof AlertOutput>>(told) : lines.join(''));
  return told.some(({ issue }) => issue?.kind === 'refused') ? EXIT.world : EXIT.fine;
}
