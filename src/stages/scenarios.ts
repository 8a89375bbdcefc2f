/** `bench scenarios`: the available questions, by name. */
import type { World } from '../model/world.ts';
import { readText } from '../store/files.ts';
import { listScenarios } from '../store/scenario-file.ts';
import { questionOf } from '../store/yaml-tree.ts';

export interface ScenarioRow {
  readonly name: string;
  readonly question: string;
  readonly file: string;
}

export async function knownScenarios({ scenarioFolders }: Pick<World, 'scenarioFolders'>): Promise<ScenarioRow[]> {
  const found = await listScenarios(scenarioFolders);
  return Promise.all(
    [...found].map(async ([name, file]) => ({ name, question: questionOf(await readText(file)), file })),
  );
}
