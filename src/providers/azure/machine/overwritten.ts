/**
 * Checks whether the bootstrap data overwrites the change under test: files of the images that it replaces alike in all variants.
 * Bench does not know how two images differ. It knows where AKS images keep their provisioning scripts, and which files the
 * scenario's claims name.
 */
import { createHash } from 'node:crypto';
import type { MachineFacts } from '../../../model/boot.ts';
import { messageOf } from '../../../model/errors.ts';
import { OVERWRITTEN } from '../../../model/provider.ts';
import type { AzureScenario } from '../scenario.ts';
import { type BootstrapData, type BootstrapWorld, bootstrapData } from './bootstrap.ts';
import { writtenFiles } from './written-files.ts';

/** Where an AKS image keeps its provisioning scripts; AgentBaker's custom data overwrites them. */
const SCRIPTS = '/opt/azure/containers/';

type ByVariant = ReadonlyMap<string, BootstrapData>;

/**
 * Files of the images that all variants replace alike. If the change under test is in them, all variants run the same, and the run
 * compares an image with itself. A file that each variant writes by other means, or with other content, is not one of them.
 */
export function overwrittenAlike(scenario: Pick<AzureScenario, 'expect'>, data: ByVariant): string[] {
  const [first, ...others] = [...data.values()].map(writtenFiles);
  if (first === undefined || others.length === 0) return [];
  const isOfImage = imageFiles(scenario);
  const isAlike = ([file, by]: readonly [string, readonly string[]]) =>
    others.every((other) => other.get(file)?.join() === by.join());
  return [...first]
    .filter(([file]) => isOfImage(file))
    .filter(isAlike)
    .map(([file]) => file);
}

const UNIT_FOLDERS = ['/etc/systemd/system', '/usr/lib/systemd/system', '/lib/systemd/system'];

/** Claims of a scenario about a file, or about a unit of the image, concern the image. */
function imageFiles({ expect }: Pick<AzureScenario, 'expect'>): (file: string) => boolean {
  const files = new Set(expect.map((claim) => claim.file));
  const units = expect.flatMap(({ unit, inImage }) => (unit !== undefined && inImage !== undefined ? [unit] : []));
  const unitFiles = units.flatMap((unit) => UNIT_FOLDERS.map((folder) => `${folder}/${unit}`));
  const isUnit = (file: string) => unitFiles.some((each) => file === each || file.startsWith(`${each}.d/`));
  return (file) => file.startsWith(SCRIPTS) || files.has(file) || isUnit(file);
}

/** Facts of a run: a hash of each variant's bootstrap data, never its content; and how many files of the images it replaces. */
export function bootstrapFacts(scenario: Pick<AzureScenario, 'expect'>, data: ByVariant): MachineFacts {
  const hashed = [...data].filter(([, { customData, userData, command }]) => customData ?? userData ?? command);
  const hashes = hashed.map(([variant, { customData, userData, command }]) => {
    const text = JSON.stringify([customData ?? '', userData ?? '', command ?? '']);
    return [`bootstrap.${variant}`, createHash('sha256').update(text).digest('hex')] as const;
  });
  const alike = overwrittenAlike(scenario, data);
  return {
    ...Object.fromEntries(hashes),
    ...(alike.length > 0 && { [OVERWRITTEN]: `${alike.length}, e.g. ${alike[0]}` }),
  };
}

/** The caveats of a plan about the bootstrap data that a run would use. */
export async function bootstrapCautions(scenario: AzureScenario, world: BootstrapWorld): Promise<string[]> {
  const bootstraps = Object.values(scenario.variants).map(({ bootstrap = scenario.bootstrap }) => bootstrap);
  if (bootstraps.every((each) => each === undefined) && scenario.provider.customData === undefined) return [];
  try {
    const alike = overwrittenAlike(scenario, await bootstrapData(scenario, world));
    return alike.length === 0 ? [] : [overwrittenText(alike)];
  } catch (cause) {
    return [`bootstrap data is not checked: ${messageOf(cause)}`];
  }
}

export const overwrittenText = (files: readonly string[]): string =>
  `the change under test may be overwritten: in all variants bootstrap data replaces the same ${files.length === 1 ? 'file' : `${files.length} files`} of the image alike, e.g. ${files[0]}; variants.<name>.bootstrap gives each its own`;
