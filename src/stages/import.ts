/** `bench import`: turns artifacts or logs that others gathered into a run on disk, without blocks, which every later command takes. */
import path from 'node:path';
import pLimit from 'p-limit';
import type { BootRecord } from '../model/boot.ts';
import type { Comparison } from '../model/comparison.ts';
import { usageError } from '../model/errors.ts';
import { toJson } from '../model/json.ts';
import type { Run } from '../model/run.ts';
import type { Screen, World } from '../model/world.ts';
import { renderTerminal } from '../render/terminal.ts';
import { readText, sha256 } from '../store/files.ts';
import { readGiven } from '../store/given-files.ts';
import type { RunFolder } from '../store/run-folder.ts';
import {
  deriveFindings,
  deriveRecords,
  deriveSamples,
  type Findings,
  scenarioOf,
  writeFindings,
} from './derive/findings.ts';
import { recordBoot } from './derive/record.ts';
import { stampOf } from './design/run.ts';
import { accountOf, type MachineAccount, saysSomething } from './import/account.ts';
import { type Imported, importBoots, importedScenario } from './import/boots.ts';
import { parseMapping } from './import/mapping.ts';
import { otherGate } from './import/other-gate.ts';
import { newRunFolder } from './run-place.ts';

export interface ImportRequest {
  readonly paths: readonly string[];
  /** A mapping: which machine belongs to which variant. */
  readonly map: string | undefined;
  /** Folder of runs. */
  readonly out: string;
  /** Store tokens in the files unchanged. */
  readonly keepSecrets?: boolean | undefined;
}

export interface ImportResult extends Pick<Imported, 'warnings' | 'leftOut'> {
  /** What bench read from each file, machine by machine. */
  readonly machines: readonly MachineAccount[];
  /** Folder of the new run. */
  readonly run: string;
  readonly comparison: Comparison;
  readonly text: (screen: Screen) => string;
}

export async function importFiles(request: ImportRequest, world: World): Promise<ImportResult> {
  const imported = await readImport(request, world);
  refuseSilence(imported, world);
  const createdAt = world.now();
  const id = `${imported.name}-${stampOf(createdAt)}`;
  const folder = await newRunFolder(request.out, id, world);
  const identity = { id: path.basename(folder.folder), tool: `bench ${world.version}`, createdAt };
  const { findings, records } = await importRun(imported, folder, identity, request.keepSecrets === true);
  const { leftOut } = imported;
  const warnings = [...imported.warnings, ...[otherGate(findings.samples) ?? []].flat()];
  const text = (screen: Screen) => renderTerminal(findings, screen);
  const machines = imported.boots.flatMap((boot, index) => {
    const record = records[index];
    return record === undefined ? [] : [accountOf(boot, record)];
  });
  return { run: folder.folder, comparison: findings.comparison, warnings, leftOut, machines, text };
}

/** Runs before bench writes anything: recognised files that say nothing of any boot make no run. */
function refuseSilence(imported: Imported, { version }: Pick<World, 'version'>): void {
  const scenario = scenarioOf({ scenario: importedScenario(imported) });
  const says = imported.boots.some(({ outcome, artifacts }) => {
    const raw = new Map([...artifacts].map(([name, { bytes }]) => [name, bytes]));
    return saysSomething(recordBoot({ outcome, raw, scenario, tool: `bench ${version}` }));
  });
  if (says) return;
  const found = imported.boots.flatMap(({ artifacts }) => [...artifacts].map(([raw, { from }]) => `${from} as ${raw}`));
  throw usageError(
    `Nothing was measured: bench recognised ${found.slice(0, 5).join(', ')}${found.length > 5 ? ', ...' : ''}, but found no times in them.`,
    'Import the whole output of the command, with its spaces and line breaks.',
  );
}

async function readImport({ paths, map }: ImportRequest, { cwd }: Pick<World, 'cwd'>): Promise<Imported> {
  const mappingFile = map === undefined ? undefined : path.resolve(cwd, map);
  const mapping = mappingFile === undefined ? undefined : parseMapping(await readText(mappingFile), mappingFile);
  const { files, leftOut } = await readGiven(paths, cwd);
  const boots = importBoots(files, mapping);
  const imported = { ...boots, leftOut: [...leftOut, ...boots.leftOut] };
  if (imported.boots.length > 0) return imported;
  const [first] = imported.leftOut;
  const why = first ? `${first.path}: ${first.reason}` : 'they contain no files';
  throw usageError(
    `Found no artifact in ${paths.join(', ')} (${why}).`,
    'Import the output of systemd-analyze, systemctl show, a journal, or the logs of a node.',
  );
}

const WRITTEN = new Uint8Array();

const AT_ONCE = 16;

async function writeBoot(
  folder: RunFolder,
  { outcome, artifacts }: Imported['boots'][number],
  keepSecrets: boolean,
): Promise<void> {
  const stored = [...artifacts].map(([path, file]) => ({
    path,
    collector: 'import',
    command: file.from,
    exitCode: null,
    truncated: false,
    bytes: file.bytes,
  }));
  const replaced = await folder.writeRaw(outcome.boot.id, stored, keepSecrets);
  for (const file of artifacts.values()) file.bytes = WRITTEN;
  await folder.writeOutcome(outcome.boot.id, { ...outcome, warnings: [...outcome.warnings, ...replaced] });
}

/** Writes the run and what follows from it. */
async function importRun(
  imported: Imported,
  folder: RunFolder,
  identity: Pick<Run, 'id' | 'tool' | 'createdAt'>,
  keepSecrets: boolean,
): Promise<{ findings: Findings; records: readonly BootRecord[] }> {
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
  // Each file is synced; one after another, those of 5,000 machines took minutes.
  const limit = pLimit(AT_ONCE);
  const written = imported.boots.map((boot) => limit(() => writeBoot(folder, boot, keepSecrets)));
  await Promise.all(written);
  const records = await deriveRecords(folder, run);
  await deriveSamples(folder, run, records);
  const findings = await deriveFindings(folder);
  await writeFindings(folder, findings);
  return { findings, records };
}
