/** Finds problems in a scenario of the local lab before any build: its images are files of this computer. */
import path from 'node:path';
import { BenchError } from '../../model/errors.ts';
import type { Problem } from '../../model/problem.ts';
import { checkedFormat } from './image-format.ts';
import type { QemuImage, QemuScenario } from './scenario.ts';

export async function problemsOf({ provider, variants }: QemuScenario, scenarioFolder: string): Promise<Problem[]> {
  const images = Object.entries(variants).map(([variant, { image }]) => imageProblem(variant, image, scenarioFolder));
  const virtualCpus = provider.timing === 'virtual' && provider.cpus > 1 ? [VIRTUAL_CPUS] : [];
  return [...virtualCpus, ...(await Promise.all(images)).flat()];
}

const VIRTUAL_CPUS: Problem = {
  path: ['provider', 'cpus'],
  message: 'timing: virtual has one processor: an instruction clock cannot cover several',
  todo: 'Remove provider.cpus, or set timing: wall.',
};

async function imageProblem(variant: string, { file }: QemuImage, scenarioFolder: string): Promise<Problem[]> {
  if (file === undefined) return [];
  try {
    await checkedFormat(path.resolve(scenarioFolder, file));
    return [];
  } catch (error) {
    if (!(error instanceof BenchError)) throw error;
    const { message, hint } = error;
    return [{ path: ['variants', variant, 'image'], message, ...(hint !== undefined && { todo: hint }) }];
  }
}
