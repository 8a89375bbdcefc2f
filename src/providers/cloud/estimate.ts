import type { Estimate } from '../../model/provider-kind.ts';

/** A block is requested as a whole, so that the scenario counts blocks. */
export const wholeBlocks = (blocksAtATime: number, variants: object, secondsPerBoot: number): Estimate => ({
  machinesAtATime: blocksAtATime * Object.keys(variants).length,
  secondsPerBoot,
});
