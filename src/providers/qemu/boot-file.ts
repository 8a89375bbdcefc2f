/** Makes the boot file of a machine: an initrd with the run's part appended, or a NoCloud seed. */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { BootRequest, GivenFile } from '../../model/provider.ts';
import { seedDisk, seedFiles } from './cloud-init.ts';
import { type CpioEntry, cpio } from './cpio.ts';
import { type GuestFiles, guestFiles } from './guest-files.ts';
import type { Image } from './images.ts';
import type { Lab } from './lab.ts';

/** Writes the boot file that all boots of a variant share. */
export async function prepareBootFiles(lab: Lab, variant: string, image: Image): Promise<void> {
  const { gift, cloud } = giftFor(lab, image, lab.clientKey.publicKey);
  const content =
    image.kind === 'file'
      ? seedDisk(cloud)
      : Buffer.concat([
          await readFile(image.initrd),
          cpio(guestFiles(gift, image.userData === undefined ? [] : seedFiles(cloud))),
        ]);
  // It holds the host's private key.
  await writeFile(bootFile(lab, variant), content, { mode: 0o600 });
}

export function giftFor(lab: Lab, image: Image, authorizedKey: string) {
  const gift: GuestFiles = {
    authorizedKey,
    hostKey: lab.hostKey,
    readyFile: lab.scenario.ready.file,
    keepBusy: lab.shape.timing === 'virtual' && image.kind === 'built',
  };
  return { gift, cloud: { ...gift, user: image.user, userData: image.userData, instance: `bench-${lab.run.runId}` } };
}

/** Returns the variant's boot file, or a copy with the files of this one boot appended. */
export async function bootFileFor(lab: Lab, { boot, files = [] }: BootRequest, folder: string): Promise<string> {
  const common = bootFile(lab, boot.variant);
  if (files.length === 0) return common;
  const own = path.join(folder, 'boot-file');
  const content = Buffer.concat([await readFile(common), cpio(files.map(entryOf))]);
  await writeFile(own, content, { mode: 0o600 });
  return own;
}

/** The initrd copies its `bench/run` to `/run` before it starts the image's init. */
function entryOf(file: GivenFile): CpioEntry {
  const place = `bench${path.posix.normalize(file.path)}`;
  if (!place.startsWith('bench/run/')) throw new Error(`${file.path} is not under /run`);
  return file.kind === 'link'
    ? { kind: 'link', path: place, target: file.target }
    : { kind: 'file', path: place, mode: file.mode, content: Buffer.from(file.content, 'utf8') };
}

const bootFile = (lab: Lab, variant: string): string => path.join(lab.folder, `boot-${variant}`);
