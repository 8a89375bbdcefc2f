// Bundles src/ to dist/: one small entry and lazily loaded chunks, packages left outside. Writes the JSON Schemas of all
// files that other programs read. Runs on plain Node, as the first thing after `npm ci`.
import { execFileSync } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';
import { textFiles } from './text-files.js';

const { version } = JSON.parse(await readFile('package.json', 'utf8'));
await rm('dist', { recursive: true, force: true });
await mkdir('dist', { recursive: true });
const common = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  packages: 'external',
  plugins: [textFiles],
  legalComments: 'none',
  define: { BENCH_VERSION: JSON.stringify(version) },
};
await build({
  ...common,
  entryPoints: { bench: 'src/cli/bench.ts' },
  outdir: 'dist',
  splitting: true,
  chunkNames: 'parts/[name]-[hash]',
  banner: { js: '#!/usr/bin/env node' },
});
await build({ ...common, entryPoints: ['tools/schemas.ts'], outfile: 'dist/.schemas.mjs' });
execFileSync(process.execPath, ['dist/.schemas.mjs', 'dist/schemas'], { stdio: 'inherit' });
await rm('dist/.schemas.mjs');
await writeFile('dist/.stamp', '');
