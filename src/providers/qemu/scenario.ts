/** The local lab's part of a scenario: how to make machines under QEMU, and from which images. */
import * as z from 'zod';
import { checkVariants, scenarioKeys } from '../../model/scenario.ts';
import { size, slug, webAddress } from '../../model/scenario-values.ts';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, '64 hexadecimal digits, as sha256sum prints them');

/** A path that cannot leave the image. */
const TARGET = /^(?:\/(?!\.{1,2}(?:\/|$))[^/\0]{1,255})+\/?$/;

/** Debian image made here: a release with packages, or a named image of the provider, plus files and scripts. */
export const ImageBuild = z
  .strictObject({
    from: z.string().optional().describe('Name of an image under provider.images to build on.'),
    debian: z.enum(['bookworm', 'trixie']).optional().describe('Debian release.'),
    packages: z.array(z.string().regex(/^[a-z0-9][a-z0-9.+-]*$/, 'a Debian package name')).default([]),
    files: z
      .record(z.string().regex(TARGET, 'an absolute path without "..", e.g. /etc/motd'), z.string())
      .default({})
      .describe('Path in the image: file or folder, relative to the scenario.'),
    scripts: z
      .array(z.string())
      .default([])
      .describe('Shell scripts, relative to the scenario, that run in the image as root.'),
    size: size.prefault('3G'),
  })
  .refine((b) => (b.from === undefined) !== (b.debian === undefined), 'give either from or debian');
export type ImageBuild = z.output<typeof ImageBuild>;

export const QemuImage = z
  .strictObject({
    build: ImageBuild.optional(),
    file: z.string().optional().describe('A qcow2 or raw disk image, relative to the scenario.'),
    url: webAddress.optional(),
    redirects: z.array(z.string().min(1).max(253)).default([]).describe('Hosts that the url may redirect to.'),
    sha256: sha256.optional(),
    userData: z.string().optional().describe('cloud-init user data (NoCloud): a file, relative to the scenario.'),
    user: z.string().default('root').describe('Login of the collecting SSH connection; needs sudo if not root.'),
  })
  .refine(
    (i) => [i.build, i.file, i.url].filter((x) => x !== undefined).length === 1,
    'give exactly one of build, file or url',
  )
  .refine((i) => i.url === undefined || i.sha256 !== undefined, 'an image from a url needs its sha256');
export type QemuImage = z.output<typeof QemuImage>;

const QemuOptions = z.strictObject({
  kind: z.literal('qemu'),
  accel: z
    .enum(['auto', 'kvm', 'tcg'])
    .default('auto')
    .describe('auto: KVM if it can boot a guest, otherwise emulation.'),
  timing: z
    .enum(['virtual', 'wall'])
    .default('virtual')
    .describe('virtual: the guest clock counts instructions, repeatable to the microsecond. wall: real time.'),
  cpus: z.int().min(1).max(64).default(1),
  memory: size.prefault('1G'),
  firmware: z
    .enum(['auto', 'bios', 'uefi'])
    .default('auto')
    .describe('For image files. auto: UEFI if the disk has an EFI system partition and no BIOS boot loader.'),
  secureBoot: z.boolean().default(false).describe('With UEFI: boot only signed code.'),
  tpm: z.boolean().default(false).describe('With UEFI: give the machine a TPM 2.0 (swtpm).'),
  kernelArguments: z.string().default('').describe('Added to the kernel command line of built images.'),
  images: z.record(slug, ImageBuild).default({}).describe('Images to build variants on.'),
});
export type QemuOptions = z.output<typeof QemuOptions>;

export const QemuScenario = z.strictObject(scenarioKeys(QemuOptions, QemuImage)).superRefine(checkVariants);
export type QemuScenario = z.output<typeof QemuScenario>;
