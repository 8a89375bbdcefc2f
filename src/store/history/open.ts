/** From a place, as named on the command line, to the history that lives there. */
import path from 'node:path';
import type { History } from '../../model/history.ts';
import { folderHistory } from './folder.ts';

export const openHistory = (where: string, cwd: string): History => folderHistory(path.resolve(cwd, where));
