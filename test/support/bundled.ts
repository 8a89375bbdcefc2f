import { build } from 'esbuild';
import { textFiles } from '../../tools/text-files.js';

/** Bundles a TypeScript file to a program that plain Node runs, as the build does it, for tests that need a process to kill. */
export const bundled = async (entry: string, outfile: string): Promise<void> => {
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    packages: 'external',
    plugins: [textFiles],
    logLevel: 'error',
  });
};
