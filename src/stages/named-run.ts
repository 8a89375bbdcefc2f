/** A run as named on the command line: the path of its folder. */
import path from 'node:path';
import type { World } from '../model/world.ts';
import { type RunFolder, runFolder } from '../store/run-folder.ts';

export const namedRun = (name: string, { cwd }: Pick<World, 'cwd'>): RunFolder => runFolder(path.resolve(cwd, name));
