import type { Estimate } from '../../model/provider-kind.ts';

/** bench requests whole blocks, so the scenario counts blocks. */
export const wholeBlocks = (blocksAtATime: number, variants: object, secondsPerBoot: number): Estimate => ({
  machinesAtATime: blocksAtATime * Object.keys(variants).length,
  secondsPerBoot,
});
