// Bundles src/ with everything it uses to dist/: one small entry, and parts that it loads on first use, so that an installed bench has no
// dependencies. Writes the JSON Schemas of all files that other programs read, the manual page, and the licences of the bundled packages.
// Runs on plain Node, as the first thing after `npm ci`. It builds beside and moves file by file: a bench that runs or starts meanwhile
// never finds half a program. With --alone it removes earlier builds.
//
//   bench.js    the command: refuses an old Node plainly; readable by any Node
//   start.js    loads main.mjs
//   main.mjs    the program; loads parts/
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
// Dated at the build's beginning, so that the next build includes files edited meanwhile.
await writeFile(`${made}/.stamp`, '');
process.on('exit', () => rmSync(made, { recursive: true, force: true }));

/** Names that CommonJS packages find in Node, but not in a module: `require` of Node's own modules, and their own path. */
const COMMONJS = [
  "import{createRequire as benchRequire}from'node:module'",
  "import{dirname as benchDirname}from'node:path'",
  "import{fileURLToPath as benchPath}from'node:url'",
  // The last two have other names: some modules of the bundle declare theirs.
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
  // Makes the download a third smaller. Names stay, so that the stack of a bug is readable; the licences are in a separate file.
  minifyWhitespace: true,
  minifySyntax: true,
  lineLimit: 160,
  legalComments: 'none',
  metafile: true,
});

// The transform refuses newer syntax.
const entry = await transform(await readFile('src/cli/entry.cjs', 'utf8'), {
  target: 'es5',
  define: { BENCH_NEEDS_NODE: JSON.stringify(manifest.engines.node.replace('>=', '')) },
});
await writeFile(`${made}/bench.js`, `#!/usr/bin/env node\n${entry.code}`);
await chmod(`${made}/bench.js`, 0o755);
await copyFile('src/cli/start.cjs', `${made}/start.js`);
// Marks the two files above as CommonJS, whatever package.json beyond dist says.
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
// The program comes before the files that start it, and the stamp last: it shows that the build is complete.
const last = ['main.mjs', 'start.js', 'bench.js', '.stamp'];
await putInPlace(made, 'dist', { last, alone: process.argv.includes('--alone') });
