import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';

/** A program that started earlier loads its parts on first use: parts of earlier builds stay as long as one may run. */
const KEEP_MS = 24 * 3_600_000;

/**
 * Makes `folder` equal to `built`, file by file, so that it holds a whole program at any moment. A file comes before those that refer to
 * it, and `last` at the end. Removes files of earlier builds when they are a day old, or at once with `alone`.
 */
export async function putInPlace(built, folder, { last, alone = false, nowMs = Date.now() }) {
  const files = await filesOf(built);
  const rank = (file) => last.indexOf(file) + 1;
  for (const file of [...files].sort((a, b) => rank(a) - rank(b))) {
    const to = path.join(folder, file);
    await mkdir(path.dirname(to), { recursive: true });
    await rename(path.join(built, file), to);
  }
  await rm(built, { recursive: true });
  for (const file of await filesOf(folder)) {
    if (files.includes(file)) continue;
    const old = path.join(folder, file);
    // Another build may have just deleted it.
    const builtMs = await stat(old).then(
      ({ mtimeMs }) => mtimeMs,
      () => 0,
    );
    if (alone || nowMs - builtMs > KEEP_MS) await rm(old, { force: true });
  }
}

async function filesOf(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((each) => each.isFile())
    .map((each) => path.relative(folder, path.join(each.parentPath, each.name)));
}
