// Bundles src/ with all that it uses to dist/: one small entry and parts that are loaded when first used, so that an installed
// bench has no dependencies. Writes the JSON Schemas of all files that other programs read, the manual page, and the licences of
// what is in the bundle. Runs on plain Node, as the first thing after `npm ci`. It builds beside and moves file by file: a bench
// that runs meanwhile, or is started, never finds half a program. With --alone nothing of earlier builds stays.
//
//   bench.js    the command: refuses an old Node plainly; readable by any Node
//   start.js    loads main.mjs
//   main.mjs    the program; parts/ are loaded by it
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { chmod, copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build, transform } from 'esbuild';
import { bundledPackages, checkLicences, licenceText } from './package/licences.js';
import { putInPlace } from './package/put-in-place.js';
import { buildDate, buildVersion } from './package/version.js';
import { textFiles } from './text-files.js';

const manifest = JSON.parse(await readFile('package.json', 'utf8'));
const made = path.join('node_modules/.cache/bench', `dist-${process.pid}`);
await mkdir(made, { recursive: true });
// As old as the build's beginning, so that what is edited meanwhile is built again.
await writeFile(`${made}/.stamp`, '');
process.on('exit', () => rmSync(made, { recursive: true, force: true }));

/** What CommonJS packages in the bundle have in Node, and modules have not: `require` of Node's own modules, and where they are. */
const COMMONJS = [
  "import{createRequire as benchRequire}from'node:module'",
  "import{dirname as benchDirname}from'node:path'",
  "import{fileURLToPath as benchPath}from'node:url'",
  // The last two under other names: some modules of the bundle declare theirs.
  'const require=benchRequire(import.meta.url),benchFile=benchPath(import.meta.url),benchFolder=benchDirname(benchFile);',
].join(';');

const common = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  plugins: [textFiles],
  define: { BENCH_VERSION: JSON.stringify(buildVersion(manifest.version)) },
};

const { metafile } = await build({
  ...common,
  define: { ...common.define, __filename: 'benchFile', __dirname: 'benchFolder' },
  entryPoints: { main: 'src/cli/bench.ts' },
  outdir: made,
  outExtension: { '.js': '.mjs' },
  splitting: true,
  chunkNames: 'parts/[name]-[hash]',
  // ssh2 tries native code and continues without it.
  external: ['*.node', 'cpu-features'],
  mainFields: ['module', 'main'],
  banner: { js: COMMONJS },
  // A third less to download. Names stay, so that the stack of a bug can be read; the licences are in a separate file.
  minifyWhitespace: true,
  minifySyntax: true,
  lineLimit: 160,
  legalComments: 'none',
  metafile: true,
});

// Refused by the transform if it has newer syntax.
const entry = await transform(await readFile('src/cli/entry.cjs', 'utf8'), {
  target: 'es5',
  define: { BENCH_NEEDS_NODE: JSON.stringify(manifest.engines.node.replace('>=', '')) },
});
await writeFile(`${made}/bench.js`, `#!/usr/bin/env node\n${entry.code}`);
await chmod(`${made}/bench.js`, 0o755);
await copyFile('src/cli/start.cjs', `${made}/start.js`);
// The two files above are no modules, whatever package.json beyond dist says.
await writeFile(`${made}/package.json`, '{ "type": "commonjs" }\n');

const packages = await bundledPackages(metafile);
checkLicences(packages);
await writeFile(`${made}/THIRD-PARTY-LICENSES.txt`, licenceText(packages));

const written = { schemas: [`${made}/schemas`], manual: [`${made}/man/bench.1`, manifest.version, buildDate()] };
for (const [name, args] of Object.entries(written)) {
  const outfile = `${made}/.${name}.mjs`;
  await build({ ...common, packages: 'external', entryPoints: [`tools/${name}.ts`], outfile });
  execFileSync(process.execPath, [outfile, ...args], { stdio: 'inherit' });
  await rm(outfile);
}
// The program before what starts it; the stamp, which says that the build is whole, after all.
const last = ['main.mjs', 'start.js', 'bench.js', '.stamp'];
await putInPlace(made, 'dist', { last, alone: process.argv.includes('--alone') });
