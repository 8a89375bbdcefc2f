/**
 * Finds which variants boot by UEFI, and their firmware. Only the finished images show that, so this module installs what `auto` needs
 * later than packages.ts installs QEMU.
 */
import type { RunContext } from '../../model/provider.ts';
import { type Firmware, firmwareOf } from './firmware.ts';
import type { Image } from './images.ts';
import { installMissing } from './packages.ts';
import { uefiRequirements } from './requirements.ts';
import type { QemuOptions } from './scenario.ts';

type FirmwareWorld = Pick<RunContext, 'environment' | 'progress' | 'signal'>;

/** Throws a world error with the install command if something is missing and bench may not install it. */
export async function firmwareByVariant(
  options: QemuOptions,
  images: ReadonlyMap<string, Image>,
  { environment, progress, signal }: FirmwareWorld,
): Promise<ReadonlyMap<string, Firmware>> {
  const variants = [...images].filter(([, image]) => bootsByUefi(options, image)).map(([variant]) => variant);
  if (variants.length === 0) return new Map();
  await installMissing(await uefiRequirements(options, environment), { environment, say: progress, signal });
  const firmware = await firmwareOf(options);
  return new Map(variants.map((variant) => [variant, firmware]));
}

const bootsByUefi = ({ firmware }: QemuOptions, image: Image): boolean =>
  image.kind === 'file' && (firmware === 'uefi' || (firmware === 'auto' && image.bootsBy === 'uefi'));
