/** `bench import`: artifacts or logs that somebody else gathered become a run on disk, without blocks, which every later command takes. */
import path from 'node:path';
import type { Comparison } from '../model/comparison.ts';
import { usageError } from '../model/errors.ts';
import { toJson } from '../model/json.ts';
import type { Run } from '../model/run.ts';
import type { Screen, World } from '../model/world.ts';
import { renderTerminal } from '../render/terminal.ts';
import { readText, sha256 } from '../store/files.ts';
import { readGiven } from '../store/given-files.ts';
import type { RunFolder } from '../store/run-folder.ts';
import { deriveFindings, deriveRecords, deriveSamples, type Findings, writeFindings } from './derive/findings.ts';
import { stampOf } from './design/run.ts';
import { type Imported, importBoots, importedScenario } from './import/boots.ts';
import { parseMapping } from './import/mapping.ts';
import { newRunFolder } from './run-place.ts';

export interface ImportRequest {
  readonly paths: readonly string[];
  /** A mapping: which machine is of which variant. */
  readonly map: string | undefined;
  /** Where runs are kept. */
  readonly out: string;
}

export interface ImportResult extends Pick<Imported, 'warnings' | 'leftOut'> {
  /** Folder of the run that was made. */
  readonly run: string;
  /** Undefined where there is one variant only. */
  readonly comparison: Comparison | undefined;
  readonly text: (screen: Screen) => string;
}

export async function importFiles(request: ImportRequest, world: World): Promise<ImportResult> {
  const imported = await readImport(request, world);
  const createdAt = world.now();
  const id = `${imported.name}-${stampOf(createdAt)}`;
  const folder = await newRunFolder(request.out, id, world);
  const identity = { id: path.basename(folder.folder), tool: `bench ${world.version}`, createdAt };
  const findings = await importRun(imported, folder, identity);
  const { warnings, leftOut } = imported;
  const text = (screen: Screen) => (findings ? renderTerminal(findings, screen) : '');
  return { run: folder.folder, comparison: findings?.comparison, warnings, leftOut, text };
}

async function readImport({ paths, map }: ImportRequest, { cwd }: Pick<World, 'cwd'>): Promise<Imported> {
  const mappingFile = map === undefined ? undefined : path.resolve(cwd, map);
  const mapping = mappingFile === undefined ? undefined : parseMapping(await readText(mappingFile), mappingFile);
  const { files, leftOut } = await readGiven(paths, cwd);
  const boots = importBoots(files, mapping);
  const imported = { ...boots, leftOut: [...leftOut, ...boots.leftOut] };
  if (imported.boots.length > 0) return imported;
  const [first] = imported.leftOut;
  const why = first ? `${first.path}: ${first.reason}` : 'they hold no files';
  throw usageError(
    `Nothing in ${paths.join(', ')} was recognised (${why}).`,
    'Import the output of systemd-analyze, systemctl show, a journal, or the logs of a node.',
  );
}

/** Writes the run and what follows from it; findings only where there are two variants to compare. */
async function importRun(
  imported: Imported,
  folder: RunFolder,
  identity: Pick<Run, 'id' | 'tool' | 'createdAt'>,
): Promise<Findings | undefined> {
  const scenario = importedScenario(imported);
  const run: Run = {
    schema: 'bench/run@1',
    ...identity,
    scenario,
    scenarioSha256: sha256(toJson(scenario)),
    seed: 1,
    blocks: [],
    facts: { provider: 'import' },
  };
  await folder.writeRun(run);
  for (const { outcome, artifacts } of imported.boots) {
    const stored = [...artifacts].map(([path, file]) => ({
      path,
      collector: 'import',
      command: file.from,
      exitCode: null,
      truncated: false,
      bytes: file.bytes,
    }));
    await folder.writeRaw(outcome.boot.id, stored);
    await folder.writeOutcome(outcome.boot.id, outcome);
  }
  const records = await deriveRecords(folder, run);
  await deriveSamples(folder, run, records);
  if (imported.variants.length < 2) return undefined;
  const findings = await deriveFindings(folder);
  await writeFindings(folder, findings);
  return findings;
}
