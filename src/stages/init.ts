/** `bench init`: a scenario to start from, with a comment on every key that users often change, and the schema for editors. */
import path from 'node:path';
import { parse } from 'yaml';
import { usageError } from '../model/errors.ts';
import type { World } from '../model/world.ts';
import { scenarioSchemas } from '../providers/registry.ts';
import { exists, writeFileWhole } from '../store/files.ts';
import { parseScenario } from '../store/scenario-file.ts';
import aks from './init/aks.yaml';
import azure from './init/azure.yaml';
import build from './init/build.yaml';
import file from './init/file.yaml';
import host from './init/host.yaml';
import { scenarioSchema } from './scenario-schema.ts';

const TEMPLATES = { build, file, azure, aks, host } as const;
export type Template = keyof typeof TEMPLATES;
export const TEMPLATE_NAMES = Object.keys(TEMPLATES) as readonly Template[];

/** Beside the scenario, so that editors find it without a network, in the version that wrote it. */
export const SCHEMA = 'scenario.schema.json';

export interface InitRequest {
  readonly name: string;
  readonly template: Template;
  /** Address of the machine, if the template is for an existing one. */
  readonly machine?: string | undefined;
}

/** Returns the path of the scenario. */
export async function initScenario(
  { name, template, machine }: InitRequest,
  { cwd }: Pick<World, 'cwd'>,
): Promise<string> {
  const { folder, scenario } = await freePlace(name, cwd);
  const text = scenarioText(name, template, machine);
  // The text contains what the user typed: do not write a scenario that bench could not load.
  if (machine !== undefined) parseScenario(parse(text), () => `--${template} ${machine}`, scenarioSchemas());
  await writeFileWhole(path.join(folder, SCHEMA), scenarioSchema());
  await writeFileWhole(scenario, text);
  return scenario;
}

/** Place for a new scenario of that name; refuses one that exists. */
export async function freePlace(
  name: string,
  cwd: string,
): Promise<{ readonly folder: string; readonly scenario: string }> {
  if (!/^[a-z0-9][a-z0-9-]{0,39}$/.test(name))
    throw usageError(`"${name}" is not a valid scenario name: use lower-case letters, digits and dashes.`);
  const folder = path.join(cwd, 'scenarios');
  const scenario = path.join(folder, `${name}.yaml`);
  await mustBeFree(scenario, cwd);
  return { folder, scenario };
}

export async function mustBeFree(file: string, cwd: string): Promise<void> {
  if (await exists(file))
    throw usageError(`${path.relative(cwd, file)} already exists.`, 'Choose another name, or edit it.');
}

/** Quotes a machine's address: YAML may read it otherwise. */
export const scenarioText = (name: string, template: Template, machine = 'root@node1'): string =>
  `# yaml-language-server: $schema=./${SCHEMA}\n${TEMPLATES[template].replaceAll('NAME', name).replaceAll('MACHINE', () => JSON.stringify(machine))}`;
