/**
 * Names that a command line can take: scenarios, runs, metrics. The shell asks on every press of a key, so this reads nothing but names.
 */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { METRICS } from '../metrics/catalogue.ts';
import type { World } from '../model/world.ts';
import { exists } from '../store/files.ts';
import { runFolder } from '../store/run-folder.ts';
import { listScenarios } from '../store/scenario-file.ts';

const RUNS = 'reports/runs';
/** Newest first; more than a screen shows. */
const MOST_RUNS = 50;

export const scenarioNames = async ({
  scenarioFolders,
}: Pick<World, 'scenarioFolders'>): Promise<readonly string[]> => [...(await listScenarios(scenarioFolders)).keys()];

export const metricIds = (): readonly { readonly id: string; readonly title: string }[] => METRICS;

/** Folders of runs as a user would type them from here: ids begin with a name and end with a time. */
export async function runNames({ cwd }: Pick<World, 'cwd'>): Promise<readonly string[]> {
  const names = await readdir(path.join(cwd, RUNS)).catch(() => []);
  const found: string[] = [];
  for (const name of names.sort().reverse()) {
    if (found.length === MOST_RUNS) break;
    if (await exists(runFolder(path.join(cwd, RUNS, name)).file.run)) found.push(`${RUNS}/${name}`);
  }
  return found;
}
