/** `bench import`: turns artifacts or logs that others gathered into a run. */
import type { ImportOutput, JsonOutput } from '../../model/json-output.ts';
import { accountText } from '../../stages/import/account.ts';
import { importFiles } from '../../stages/import.ts';
import { EXIT } from '../exit.ts';
import { note } from '../notes.ts';
import { json, shownPath } from '../text.ts';
import { type CliWorld, screenOf } from '../world.ts';

type ImportOptions = {
  readonly map?: string;
  readonly out: string;
  readonly json?: boolean;
  readonly keepSecrets?: boolean;
};

/** Names at most this many files left out; counts the rest. */
const NAMED = 10;

export async function command(
  world: CliWorld,
  paths: readonly string[],
  { map, out, json: asJson, keepSecrets }: ImportOptions,
): Promise<number> {
  const { run, comparison, warnings, leftOut, machines, text } = await importFiles(
    { paths, map, out, keepSecrets },
    world,
  );
  for (const warning of warnings) note(world, warning);
  for (const machine of machines.slice(0, NAMED)) note(world, accountText(machine));
  if (machines.length > NAMED)
    note(world, `${machines.length - NAMED} more boots; raw/index.json of each lists its files`);
  for (const { path: file, reason } of leftOut.slice(0, NAMED)) note(world, `skipped ${file}: ${reason}`);
  if (leftOut.length > NAMED) note(world, `skipped ${leftOut.length - NAMED} more files`);
  if (asJson)
    world.stdout.write(json<JsonOutput<typeof ImportOutput>>({ run, comparison, warnings, leftOut, machines }));
  else {
    world.stdout.write(`${text(screenOf(world))}\n${shownPath(world, run)}\n`);
  }
  return EXIT.fine;
}
