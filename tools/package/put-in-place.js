import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';

/** A program that was started before loads its parts when it first uses them: those of earlier builds stay as long as one may run. */
const KEEP_MS = 24 * 3_600_000;

/**
 * Makes `folder` what `built` is, file by file, so that at any moment there is a whole program in it: what others refer to comes
 * before what refers to it, and `last` at the end. Files of earlier builds go when they are a day old, or at once where `alone`.
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
    // Another build may have deleted it just now.
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
