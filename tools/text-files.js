// The code imports files of other languages (shell, Perl, CSS, browser scripts) as text, so that their own linters see them:
//   import script from './collect.sh';
// esbuild does it for the build and the benchmarks, Vite for the tests.
import { readFile } from 'node:fs/promises';
import path from 'node:path';

const TEXT_FILE = /\.(sh|bash|zsh|fish|pl|css|browser\.js|yaml|md)$/;

/** Plugin for esbuild. */
export const textFiles = {
  name: 'text-files',
  setup(build) {
    build.onLoad({ filter: TEXT_FILE }, async ({ path: file }) => ({
      contents: await readFile(file, 'utf8'),
      loader: 'text',
    }));
  },
};

const TEXT_MODULE = /^\0(.*)\.text$/;

/** The same for Vite. The module's name does not end in `.css`: Vite and Vitest have their own handling for that. */
export const textFilesInTests = {
  name: 'text-files',
  enforce: 'pre',
  resolveId(name, importer) {
    return TEXT_FILE.test(name) && importer ? `\0${path.resolve(path.dirname(importer), name)}.text` : null;
  },
  async load(id) {
    const file = TEXT_MODULE.exec(id)?.[1];
    return file ? `export default ${JSON.stringify(await readFile(file, 'utf8'))}` : null;
  },
};
