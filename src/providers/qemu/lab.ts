/** Data that all boots of a run share. `boot-file.ts` makes the files of a single machine, and `machines.ts` boots it. */
import type { MachineFacts } from '../../model/boot.ts';
import type { BootRequest, RunContext } from '../../model/provider.ts';
import type { SshKey } from '../any/ssh-key.ts';
import type { MachineShape } from './arguments.ts';
import type { FreshDisk } from './disk.ts';
import type { Firmware } from './firmware.ts';
import { hoursLater } from './guest-clock.ts';
import type { Image } from './images.ts';
import type { QemuScenario } from './scenario.ts';

export interface Lab {
  readonly scenario: QemuScenario;
  readonly run: RunContext;
  /** Files of this fleet alone: those that machines get, and a folder for each machine. */
  readonly folder: string;
  readonly images: ReadonlyMap<string, Image>;
  /** Of variants that boot by UEFI. */
  readonly firmware: ReadonlyMap<string, Firmware>;
  readonly shape: Omit<MachineShape, 'seed'>;
  readonly disks: Pick<FreshDisk, 'timing' | 'kept' | 'environment'>;
  readonly facts: MachineFacts;
  readonly clientKey: SshKey;
  readonly hostKey: SshKey;
}

export const shapeOf = (lab: Lab, { blockSeed }: BootRequest, boots: number): MachineShape => ({
  ...lab.shape,
  seed: blockSeed + boots,
  clockBase: hoursLater(lab.shape.clockBase, boots),
});

export const keyOf = (image: Image): string => (image.kind === 'built' ? image.key : image.sha256);
