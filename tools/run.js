// Bundles one TypeScript file and runs it: `node tools/run.js test/benchmarks/compare.ts [arguments]`.
import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { bundled } from './bundled.js';

const [file, ...rest] = process.argv.slice(2);
if (!file) throw new Error('name a TypeScript file to run');
const outfile = path.join('node_modules/.cache/bench', `${path.basename(file, '.ts')}.mjs`);
await mkdir(path.dirname(outfile), { recursive: true });
await bundled(file, outfile, {
  sourcemap: 'inline',
  logLevel: 'warning',
  define: { BENCH_VERSION: '"0.0.0-benchmark"' },
});
const child = spawn(process.execPath, ['--enable-source-maps', '--expose-gc', outfile, ...rest], { stdio: 'inherit' });
child.on('exit', (code) => process.exit(code ?? 1));
