/** `bench scenarios`: what can be asked, by name. */

import type { JsonOutput, ScenariosOutput } from '../../model/json-output.ts';
import { readText } from '../../store/files.ts';
import { listScenarios } from '../../store/scenario-file.ts';
import { questionOf } from '../../store/yaml-tree.ts';
import { EXIT } from '../exit.ts';
import { json } from '../text.ts';
import type { World } from '../world.ts';

export async function command(world: World, options: { readonly json?: boolean }): Promise<number> {
  const found = await listScenarios(world.scenarioFolders);
  const rows = await Promise.all(
    [...found].map(async ([name, file]) => ({ name, question: questionOf(await readText(file)), file })),
  );
  if (options.json) world.stdout.write(json<JsonOutput<typeof ScenariosOutput>>(rows));
  else {
    const width = Math.max(0, ...rows.map((row) => row.name.length));
    for (const { name, question } of rows) world.stdout.write(`${name.padEnd(width)}  ${question}\n`);
  }
  return EXIT.fine;
}
