/** `bench report`: the pages of a run, written again from its files. */
import path from 'node:path';
import { deriveFindings, writeFindings } from '../../stages/derive.ts';
import { runFolder } from '../../store/run-folder.ts';
import { openInBrowser } from '../browser.ts';
import { EXIT } from '../exit.ts';
import type { Surroundings } from '../surroundings.ts';

export async function command(
  world: Surroundings,
  name: string,
  options: { readonly open?: boolean },
): Promise<number> {
  const folder = runFolder(path.resolve(world.cwd, name));
  await writeFindings(folder, await deriveFindings(folder));
  world.stdout.write(`${path.relative(world.cwd, folder.file.report)}\n`);
  if (options.open) openInBrowser(folder.file.report, world);
  return EXIT.fine;
}
