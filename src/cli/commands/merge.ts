/** `bench merge`: the shards of one run put together, and compared. */
import path from 'node:path';
import { deriveFromRaw, writeFindings } from '../../stages/derive/findings.ts';
import { mergeShards } from '../../stages/merge.ts';
import { runFolder } from '../../store/run-folder.ts';
import { EXIT } from '../exit.ts';
import { json } from '../text.ts';
import type { World } from '../world.ts';

export async function command(
  world: World,
  names: readonly string[],
  options: { readonly out: string; readonly json?: boolean },
): Promise<number> {
  const shards = names.map((name) => runFolder(path.resolve(world.cwd, name)));
  const into = runFolder(path.resolve(world.cwd, options.out));
  await mergeShards(shards, into);
  const findings = await deriveFromRaw(into);
  await writeFindings(into, findings);
  world.stdout.write(options.json ? json(findings.comparison) : `${path.relative(world.cwd, into.folder)}\n`);
  return EXIT.fine;
}
