/** Imported boots become a run on disk, without blocks, which every later command takes. */

import { usageError } from '../model/errors.ts';
import { toJson } from '../model/json.ts';
import type { Run } from '../model/run.ts';
import { readText, sha256 } from '../store/files.ts';
import { readGathered } from '../store/gathered-files.ts';
import type { RunFolder } from '../store/run-folder.ts';
import { deriveFindings, deriveRecords, deriveSamples, type Findings, writeFindings } from './derive/findings.ts';
import { type Imported, importBoots, importedScenario } from './import/boots.ts';
import { parseMapping } from './import/mapping.ts';

export interface ImportRequest {
  readonly paths: readonly string[];
  readonly cwd: string;
  readonly mappingFile: string | undefined;
}

export async function readImport({ paths, cwd, mappingFile }: ImportRequest): Promise<Imported> {
  const mapping = mappingFile === undefined ? undefined : parseMapping(await readText(mappingFile), mappingFile);
  const imported = importBoots(await readGathered(paths, cwd), mapping);
  if (imported.boots.length > 0) return imported;
  const [first] = imported.leftOut;
  const why = first ? `${first.path}: ${first.reason}` : 'they hold no files';
  throw usageError(
    `Nothing in ${paths.join(', ')} was recognised (${why}).`,
    'Import the output of systemd-analyze, systemctl show, a journal, or the logs of a node.',
  );
}

/** Writes the run and what follows from it; findings only where there are two variants to compare. */
export async function importRun(
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
      command: file.path,
      exitCode: null,
      truncated: false,
      bytes: file.bytes,
    }));
    await folder.writeRaw(outcome.boot.id, stored);
    await folder.writeOutcome(outcome.boot.id, outcome);
  }
  const records = await deriveRecords(folder, run);
  if (imported.variants.length < 2) return undefined;
  await deriveSamples(folder, run, records);
  const findings = await deriveFindings(folder);
  await writeFindings(folder, findings);
  return findings;
}
