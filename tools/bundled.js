// Bundles a TypeScript file into a program for plain Node: benchmarks, and processes that tests kill.
import { build } from 'esbuild';
import { textFiles } from './text-files.js';

export async function bundled(entry, outfile, more = {}) {
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
    ...more,
  });
}
