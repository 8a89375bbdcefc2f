/** `bench import`: artifacts or logs that somebody else gathered become a run. */
import path from 'node:path';
import type { ImportOutput, JsonOutput } from '../../model/json-output.ts';
import { renderTerminal } from '../../render/terminal.ts';
import { importRun, readImport } from '../../stages/import.ts';
import { runFolder } from '../../store/run-folder.ts';
import { EXIT } from '../exit.ts';
import { json, printable } from '../text.ts';
import { useColor, type World } from '../world.ts';

type ImportOptions = { readonly map?: string; readonly out: string; readonly json?: boolean };

/** Files left out are named up to here; the rest is counted. */
const NAMED = 10;

export async function command(world: World, paths: readonly string[], options: ImportOptions): Promise<number> {
  const mappingFile = options.map === undefined ? undefined : path.resolve(world.cwd, options.map);
  const imported = await readImport({ paths, cwd: world.cwd, mappingFile });
  const createdAt = world.now();
  const id = `${imported.name}-${createdAt.replaceAll(/[-:]|Z$/g, '').replace('T', '-')}`;
  const folder = runFolder(await unusedFolder(path.resolve(world.cwd, options.out), id));
  const findings = await importRun(imported, folder, {
    id: path.basename(folder.folder),
    tool: `bench ${world.version}`,
    createdAt,
  });
  const say = (text: string) => world.stderr.write(`bench: ${printable(text)}\n`);
  for (const warning of imported.warnings) say(warning);
  for (const { path: file, reason } of imported.leftOut.slice(0, NAMED)) say(`left out ${file}: ${reason}`);
  if (imported.leftOut.length > NAMED) say(`left out ${imported.leftOut.length - NAMED} more files`);
  if (options.json) {
    const { warnings, leftOut } = imported;
    const answer = { run: folder.folder, comparison: findings?.comparison ?? null, warnings, leftOut };
    world.stdout.write(json<JsonOutput<typeof ImportOutput>>(answer));
    return EXIT.fine;
  }
  if (findings)
    world.stdout.write(
      `${renderTerminal(findings, { color: useColor(world.stdout, world.environment), width: world.stdout.columns ?? 100 })}\n`,
    );
  world.stdout.write(`${path.relative(world.cwd, folder.folder)}\n`);
  return EXIT.fine;
}

/** Imports of one second get a number each. */
async function unusedFolder(out: string, id: string): Promise<string> {
  for (let number = 1; ; number++) {
    const folder = path.join(out, number === 1 ? id : `${id}-${number}`);
    if (!(await runFolder(folder).hasRun())) return folder;
  }
}
