// The published package.json does not show how the package was built. The one in the repository names the packages that the code uses; the
// bundle already holds them. The published one has no dependencies and no scripts, so installing runs nothing and fetches nothing else.
//
//   node tools/package/manifest.js publish    before packing: package.json becomes the published one
//   node tools/package/manifest.js restore    after packing: package.json is as it was
//
// npm runs the two as prepack and postpack, and takes the file in between. If it fails in between, `tools/setup` restores the original;
// every `./bench` of a checkout runs it when something changed.
import { copyFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const KEPT = 'node_modules/.cache/bench/package.json';
const INSIDE = ['scripts', 'dependencies', 'devDependencies', 'allowScripts', 'overrides'];

/** A pure function of package.json and of where the release runs: npm checks that provenance and `repository` agree. */
export function publishedManifest(manifest, environment) {
  const published = Object.fromEntries(Object.entries(manifest).filter(([key]) => !INSIDE.includes(key)));
  const { GITHUB_SERVER_URL: server = 'https://github.com', GITHUB_REPOSITORY: repository } = environment;
  if (!repository) return published;
  const home = `${server}/${repository}`;
  return {
    ...published,
    homepage: `${home}#readme`,
    bugs: `${home}/issues`,
    repository: { type: 'git', url: `git+${home}.git` },
  };
}

async function publish() {
  const text = await readFile('package.json', 'utf8');
  await mkdir(path.dirname(KEPT), { recursive: true });
  // A killed pack left the published one in place: the kept one is still the original.
  if (JSON.parse(text).scripts) await copyFile('package.json', KEPT);
  const manifest = JSON.parse(await readFile(KEPT, 'utf8'));
  await writeFile('package.json', `${JSON.stringify(publishedManifest(manifest, process.env), null, 2)}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv[2] === 'publish') await publish();
  else await rename(KEPT, 'package.json');
}
