/** `bench init`: a scenario to start from, with a comment on every key one is likely to touch. */
import path from 'node:path';
import { usageError } from '../model/errors.ts';
import type { World } from '../model/world.ts';
import { exists, writeFileWhole } from '../store/files.ts';

/** Returns the path of the file. */
export async function initScenario(name: string, { cwd }: Pick<World, 'cwd'>): Promise<string> {
  if (!/^[a-z0-9][a-z0-9-]{0,39}$/.test(name))
    throw usageError(`"${name}" is no name for a scenario: lower-case letters, digits and dashes.`);
  const file = path.join(cwd, 'scenarios', `${name}.yaml`);
  if (await exists(file))
    throw usageError(`${path.relative(cwd, file)} is there already.`, 'Choose another name, or edit it.');
  await writeFileWhole(file, template(name));
  return file;
}

const template = (name: string): string => `# Does the change make the machine usable sooner, and does anything break?
name: ${name}
provider:
  kind: qemu
  timing: virtual          # virtual: repeatable to the microsecond; wall: real time, many more boots
variants:                  # the first is the baseline
  before: {image: {build: {debian: bookworm, packages: [dbus]}}}
  after: {image: {build: {debian: bookworm, packages: [dbus, cron]}}}
blocks: 6                  # a block is one boot of every variant
ready: {metric: boot.target, within: 10m}
gates:                     # only these can fail a build
  boot.target: {minimumEffect: 2%, floor: 50ms, equivalenceMargin: 2%}
expect:                    # a boot that breaks one is broken, however fast
  - {failedUnits: 0}
`;
