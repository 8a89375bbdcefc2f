/** `bench init`: a scenario to start from, with a comment on every key one is likely to touch, and the schema for editors. */
import path from 'node:path';
import { usageError } from '../model/errors.ts';
import type { World } from '../model/world.ts';
import { exists, writeFileWhole } from '../store/files.ts';
import aks from './init/aks.yaml';
import azure from './init/azure.yaml';
import build from './init/build.yaml';
import file from './init/file.yaml';
import { scenarioSchema } from './scenario-schema.ts';

const TEMPLATES = { build, file, azure, aks } as const;
export type Template = keyof typeof TEMPLATES;
export const TEMPLATE_NAMES = Object.keys(TEMPLATES) as readonly Template[];

/** Beside the scenario, so that it is found without a network, and is the schema of the version that wrote it. */
const SCHEMA = 'scenario.schema.json';

export interface InitRequest {
  readonly name: string;
  readonly template: Template;
}

/** Returns the path of the scenario. */
export async function initScenario({ name, template }: InitRequest, { cwd }: Pick<World, 'cwd'>): Promise<string> {
  if (!/^[a-z0-9][a-z0-9-]{0,39}$/.test(name))
    throw usageError(`"${name}" is no name for a scenario: lower-case letters, digits and dashes.`);
  const folder = path.join(cwd, 'scenarios');
  const scenario = path.join(folder, `${name}.yaml`);
  if (await exists(scenario))
    throw usageError(`${path.relative(cwd, scenario)} is there already.`, 'Choose another name, or edit it.');
  await writeFileWhole(path.join(folder, SCHEMA), scenarioSchema());
  await writeFileWhole(scenario, scenarioText(name, template));
  return scenario;
}

export const scenarioText = (name: string, template: Template): string =>
  `# yaml-language-server: $schema=./${SCHEMA}\n${TEMPLATES[template].replaceAll('NAME', name)}`;
