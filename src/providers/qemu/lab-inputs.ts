/** Whether a boot of this run follows from its inputs alone, and what they are; `boot-inputs.ts` has those of the computer. */
import type { BootInputs, Fleet } from '../../model/provider.ts';
import { type MachineDisk, qemuArguments } from './arguments.ts';
import { giftFor } from './boot-file.ts';
import { digest, emulatorInputs, sha256OfImage } from './boot-inputs.ts';
import { cpio } from './cpio.ts';
import { guestFiles } from './guest-files.ts';
import { type Lab, shapeOf } from './lab.ts';

/** Instructions are counted, the root disk is memory, nothing outlives the run: then a boot follows from what it is made of. */
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
