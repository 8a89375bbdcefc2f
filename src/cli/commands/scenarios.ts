/** `bench scenarios`: the available questions, by name. */
import type { JsonOutput, ScenariosOutput } from '../../model/json-output.ts';
import { knownScenarios } from '../../stages/scenarios.ts';
import { EXIT } from '../exit.ts';
import { json } from '../text.ts';
import { type CliWorld, columnsOf } from '../world.ts';
import { labelled } from '../wrap.ts';

export async function command(world: CliWorld, options: { readonly json?: boolean }): Promise<number> {
  const rows = await knownScenarios(world);
  const width = Math.max(0, ...rows.map((row) => row.name.length));
  const lines = rows.map(({ name, question }) => `${labelled(name, question, width, columnsOf(world))}\n`);
  world.stdout.write(options.json ? json<JsonOutput<typeof ScenariosOutput>>(rows) : lines.join(''));
  return EXIT.fine;
}
