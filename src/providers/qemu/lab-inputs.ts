/** Tells whether a boot of this run depends only on its inputs, and lists them; `boot-inputs.ts` has the computer's. */
import type { BootInputs, Fleet } from '../../model/provider.ts';
import { type MachineDisk, qemuArguments } from './arguments.ts';
import { giftFor } from './boot-file.ts';
import { digest, emulatorInputs, sha256OfImage } from './boot-inputs.ts';
import { cpio } from './cpio.ts';
import { guestFiles } from './guest-files.ts';
import { type Lab, shapeOf } from './lab.ts';

/** True if the clock counts instructions, the root disk is memory and nothing outlives the run: then only its inputs determine a boot. */
export const isFunctionOfInputs = ({ shape, images, run, scenario }: Lab): boolean =>
  shape.timing === 'virtual' &&
  shape.accelerator === 'tcg' &&
  scenario.boot === 'first' &&
  run.keep === undefined &&
  [...images.values()].every(({ kind, userData }) => kind === 'built' && userData === undefined);

export function inputsBy(lab: Lab, version: string): NonNullable<Fleet['inputsOf']> {
  let emulator: Promise<BootInputs | undefined> | undefined;
  return async (request) => {
    const image = lab.images.get(request.boot.variant);
    if (image?.kind !== 'built' || request.again !== undefined) return undefined;
    emulator ??= emulatorInputs(version, lab.run);
    const known = await emulator;
    if (known === undefined) return undefined;
    const { gift } = giftFor(lab, image, '');
    const disk: MachineDisk = {
      kind: 'memory',
      file: 'disk',
      own: false,
      sizeBytes: image.sizeBytes,
      boot: { kernel: 'kernel', initrd: 'initrd' },
    };
    return {
      disk: await sha256OfImage(image.disk),
      kernel: await sha256OfImage(image.kernel),
      initrd: await sha256OfImage(image.initrd),
      given: digest([cpio(guestFiles(gift, [])).toString('base64'), request.files ?? []]),
      command: qemuArguments(shapeOf(lab, request, 0), disk).join(' '),
      ...known,
    };
  };
}
