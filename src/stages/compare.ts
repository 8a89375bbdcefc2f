/** `bench compare`: which claims a run's samples support, or those of two runs. */
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import type { Comparison } from '../model/comparison.ts';
import { BenchError, usageError } from '../model/errors.ts';
import type { Screen, World } from '../model/world.ts';
import { renderReport } from '../render/report.ts';
import { renderTerminal } from '../render/terminal.ts';
import { writeFileWhole } from '../store/files.ts';
import type { RunFolder } from '../store/run-folder.ts';
import { combineRuns, type Side } from './derive/combine.ts';
import { deriveFindings, type Findings, findingsOf, readMaterial } from './derive/findings.ts';
import { sideNames } from './derive/side-names.ts';
import { namedRun } from './named-run.ts';

export interface Compared {
  readonly comparison: Comparison;
  readonly text: (screen: Screen) => string;
  /** Findings that bench could not write to disk. */
  readonly notes: readonly string[];
  /** The written page. */
  readonly page: string | undefined;
}

export interface CompareRequest {
  readonly run: string;
  readonly other: string | undefined;
  /** Write the page as well. */
  readonly report: boolean;
  /** Where; by default the run's folder, or the caller's own for two runs. */
  readonly out: string | undefined;
}

const PAGE = 'comparison.html';

export async function compare(request: CompareRequest, world: World): Promise<Compared> {
  const { run, other, report, out } = request;
  if (out !== undefined && !report)
    throw usageError('--out sets the path of the page that --report writes.', 'Add --report.');
  const notes: string[] = [];
  const findings =
    other === undefined ? await compareOne(namedRun(run, world), notes) : await compareTwo(run, other, world);
  const home = other === undefined ? namedRun(run, world).file.report : path.join(world.cwd, PAGE);
  const page = out === undefined ? home : path.resolve(world.cwd, out);
  if (report) await writeFileWhole(page, await renderReport(findings));
  const text = (screen: Screen) => renderTerminal(findings, screen);
  return { comparison: findings.comparison, text, notes, page: report ? page : undefined };
}

/** Bench keeps the comparison in the run's folder. If it cannot write there, it only prints the comparison. */
async function compareOne(folder: RunFolder, notes: string[]): Promise<Findings> {
  const findings = await deriveFindings(folder);
  await folder.writeComparison(findings.comparison).catch((error: unknown) => {
    if (!(error instanceof BenchError)) throw error;
    notes.push(error.message);
  });
  return findings;
}

async function compareTwo(one: string, two: string, world: World): Promise<Findings> {
  const named = [one, two].map((name) => namedSide(name, world)) as [NamedSide, NamedSide];
  const names = sideNames([named[0].shown, named[1].shown]);
  const before = await sideOf(named[0], names[0]);
  const after = await sideOf(named[1], names[1]);
  return findingsOf(combineRuns(before, after));
}

interface NamedSide {
  readonly folder: RunFolder;
  readonly variant: string | undefined;
  /** Its path from the caller's folder. */
  readonly shown: string;
}

/** `<run>` or `<run>:<variant>`. */
function namedSide(name: string, world: World): NamedSide {
  const [, place = name, variant] = /^(.+?)(?::([a-z0-9-]+))?$/.exec(name) ?? [];
  const folder = namedRun(place, world);
  return { folder, variant, shown: path.relative(world.cwd, folder.folder).split(path.sep).join('/') };
}

async function sideOf({ folder, variant }: NamedSide, name: string): Promise<Side> {
  const { run, records, samples } = await readMaterial(folder);
  return { name, place: await realpath(folder.folder), run, records, samples, variant };
}
