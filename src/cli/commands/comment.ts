/** `bench comment`: the pull-request comment, as Markdown. */
import path from 'node:path';
import { renderComment } from '../../render/comment.ts';
import { deriveFindings } from '../../stages/derive.ts';
import { runFolder } from '../../store/run-folder.ts';
import { EXIT } from '../exit.ts';
import type { Surroundings } from '../surroundings.ts';

export async function command(world: Surroundings, name: string): Promise<number> {
  world.stdout.write(renderComment(await deriveFindings(runFolder(path.resolve(world.cwd, name)))));
  return EXIT.fine;
}
