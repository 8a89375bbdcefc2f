/** What the local lab needs on this computer, and the package that contains it on three families of distributions. */
import { access, constants } from 'node:fs/promises';
import { userInfo } from 'node:os';
import path from 'node:path';
import { findFirmware } from './firmware.ts';
import type { QemuOptions, QemuScenario } from './scenario.ts';

export interface Requirement {
  /** A command, or a file by its absolute path. */
  readonly tool: string;
  /** What it is for, e.g. `runs the machines`. */
  readonly use: string;
  /** Its path; undefined if it is missing. */
  readonly found: string | undefined;
  readonly packages: { readonly debian: string; readonly fedora: string; readonly arch: string };
}

type Known = Omit<Requirement, 'found'>;

const same = (name: string): Requirement['packages'] => ({ debian: name, fedora: name, arch: name });

const MACHINES: readonly Known[] = [
  {
    tool: 'qemu-system-x86_64',
    use: 'runs the machines',
    packages: { debian: 'qemu-system-x86', fedora: 'qemu-system-x86-core', arch: 'qemu-system-x86' },
  },
  { tool: 'setpriv', use: 'stops machines when bench exits', packages: same('util-linux') },
];

const OVERLAYS: readonly Known[] = [
  {
    tool: 'qemu-img',
    use: 'makes fresh disks on top of an image',
    packages: { debian: 'qemu-utils', fedora: 'qemu-img', arch: 'qemu-img' },
  },
];

const BUILDS: readonly Known[] = [
  { tool: 'mmdebstrap', use: 'builds Debian images', packages: same('mmdebstrap') },
  { tool: 'mkfs.ext4', use: 'makes the root disk', packages: same('e2fsprogs') },
  { tool: 'unshare', use: 'isolates image builds', packages: same('util-linux') },
  { tool: 'tar', use: 'unpacks images', packages: same('tar') },
  {
    tool: '/usr/share/keyrings/debian-archive-keyring.gpg',
    use: "checks Debian's signatures",
    packages: { debian: 'debian-archive-keyring', fedora: 'debian-keyring', arch: 'debian-archive-keyring' },
  },
];

const ROOTLESS: readonly Known[] = [
  {
    tool: 'newuidmap',
    use: 'builds images without root',
    packages: { debian: 'uidmap', fedora: 'shadow-utils', arch: 'shadow' },
  },
];

/** Everything that the lab may need, or only what this scenario needs, found or missing. Changes nothing. */
export async function requirements(
  environment: Readonly<Record<string, string | undefined>>,
  scenario?: QemuScenario,
): Promise<readonly Requirement[]> {
  const images = scenario && Object.values(scenario.variants).map(({ image }) => image);
  const builds = images?.some((image) => image.build !== undefined) ?? true;
  const overlays = images === undefined || scenario?.provider.timing === 'wall' || images.some((image) => !image.build);
  const wanted = [
    ...MACHINES,
    ...(overlays ? OVERLAYS : []),
    ...(builds ? BUILDS : []),
    ...(builds && userInfo().uid !== 0 ? ROOTLESS : []),
  ];
  const found = await Promise.all(
    wanted.map(async (known) => ({ ...known, found: await find(known.tool, environment) })),
  );
  return [...found, ...(await firmwareRequirements(scenario, environment))];
}

/** Only an image itself shows whether it needs UEFI, and bench may not have downloaded it yet (firmware-by-variant.ts). */
async function firmwareRequirements(
  scenario: QemuScenario | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<readonly Requirement[]> {
  if (scenario === undefined) return [];
  const { firmware, secureBoot, tpm } = scenario.provider;
  const files = Object.values(scenario.variants).some(({ image }) => image.build === undefined);
  const isAsked = firmware === 'uefi' || (firmware === 'auto' && (secureBoot || tpm));
  return files && isAsked ? uefiRequirements({ secureBoot, tpm }, environment) : [];
}

/** Requirements of machines that boot by UEFI. */
export async function uefiRequirements(
  { secureBoot, tpm }: Pick<QemuOptions, 'secureBoot' | 'tpm'>,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<readonly Requirement[]> {
  const ovmf = { tool: 'OVMF', use: 'boots machines with UEFI', packages: OVMF };
  const swtpm = { tool: 'swtpm', use: 'emulates a TPM', packages: same('swtpm') };
  return [
    { ...ovmf, found: (await findFirmware(secureBoot))?.code },
    ...(tpm ? [{ ...swtpm, found: await find('swtpm', environment) }] : []),
  ];
}

const OVMF = { debian: 'ovmf', fedora: 'edk2-ovmf', arch: 'edk2-ovmf' };

async function find(
  tool: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  if (path.isAbsolute(tool)) return (await isThere(tool, constants.R_OK)) ? tool : undefined;
  // Tools of the administrator, such as mkfs.ext4, are often outside a user's PATH.
  const folders = [...(environment.PATH ?? '').split(':').filter(Boolean), '/usr/sbin', '/sbin'];
  for (const folder of folders) {
    const file = path.join(folder, tool);
    if (await isThere(file, constants.X_OK)) return file;
  }
  return undefined;
}

async function isThere(file: string, mode: number): Promise<boolean> {
  return access(file, mode).then(
    () => true,
    () => false,
  );
}
