// The licences of the bundled packages: gathers them into one file, and checks that this project may pass them on.
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** Permissive licences, whose only condition on a binary is to include their text. */
const ALLOWED = ['0BSD', 'Apache-2.0', 'BlueOak-1.0.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT', 'Unlicense'];

/** Packages with code in the bundle, with their licence and its text, by name. Takes esbuild's metafile of the bundle. */
export async function bundledPackages(metafile) {
  const inputs = Object.values(metafile.outputs).flatMap((output) =>
    Object.entries(output.inputs).flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? [file] : [])),
  );
  const folders = [...new Set(inputs.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file) ?? []))];
  const packages = await Promise.all(folders.map(readPackage));
  return packages.sort((a, b) => (a.id < b.id ? -1 : 1));
}

async function readPackage(folder) {
  const { name, version, license, licenses, author } = JSON.parse(
    await readFile(path.join(folder, 'package.json'), 'utf8'),
  );
  const files = (await readdir(folder)).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file)).sort();
  const texts = await Promise.all(files.map((file) => readFile(path.join(folder, file), 'utf8')));
  return {
    id: `${name} ${version}`,
    licence: license ?? licenses?.map(({ type }) => type).join(' OR '),
    author: typeof author === 'string' ? author : author?.name,
    text: texts.map((text) => text.trim()).join('\n\n'),
  };
}

/** Throws if a package has no licence, or one that is not on the list. */
export function checkLicences(packages) {
  const isAllowed = (licence) =>
    (licence ?? '')
      .replace(/[()]/g, '')
      .split(' OR ')
      .some((one) => ALLOWED.includes(one));
  const refused = packages.filter(({ licence }) => !isAllowed(licence));
  if (refused.length > 0)
    throw new Error(
      `These packages cannot be bundled: ${refused.map(({ id, licence }) => `${id} (${licence})`).join(', ')}. ` +
        `Use another package, or add its licence to tools/package/licences.js if it is permissive.`,
    );
}

/** One text; groups packages whose licence has the same words. */
export function licenceText(packages) {
  const byText = new Map();
  for (const { id, licence, author, text } of packages) {
    const words = text || `${licence}, by ${author ?? 'its authors'} (the package has no file with the text).`;
    byText.set(words, [...(byText.get(words) ?? []), `${id} (${licence})`]);
  }
  const sections = [...byText].map(([words, ids]) => `${ids.join('\n')}\n\n${words}\n`);
  return [`bench contains code of these ${packages.length} packages.\n`, ...sections].join(`\n${'='.repeat(78)}\n\n`);
}
