// The release of the Action: everything a runner needs, with nothing left to install or build.
//
//   node tools/package/action.js <folder>    after `npm run build`
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { publishedManifest } from './manifest.js';

// All of .github/workflows, unchanged: the token of a job may not change one.
const WORKFLOWS = ['.azure-pipelines', '.github/workflows'];
const PARTS = ['action.yml', 'bench', 'CHANGELOG.md', 'dist', 'LICENSE', 'README.md', 'scenarios', 'tools/ci'];

const folder = process.argv[2];
if (!folder) throw new Error('name the folder to write the Action to');
await mkdir(folder, { recursive: true });
const isWanted = (file) => path.basename(file) !== '.stamp';
for (const part of [...PARTS, ...WORKFLOWS])
  await cp(part, path.join(folder, part), { recursive: true, filter: isWanted });
const manifest = publishedManifest(JSON.parse(await readFile('package.json', 'utf8')), process.env);
await writeFile(path.join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
