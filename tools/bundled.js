// A TypeScript file as a program that plain Node runs: benchmarks, and processes of tests that are to be killed.
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
