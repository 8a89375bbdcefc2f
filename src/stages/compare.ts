/** `bench compare`: what may be claimed from a run's samples, or from those of two runs. */
import path from 'node:path';
import type { Comparison } from '../model/comparison.ts';
import { BenchError } from '../model/errors.ts';
import type { Screen, World } from '../model/world.ts';
import { renderTerminal } from '../render/terminal.ts';
import { combineRuns, type Side } from './derive/combine.ts';
import { deriveFindings, type Findings, findingsOf, readMaterial } from './derive/findings.ts';
import { namedRun } from './named-run.ts';

export interface Compared {
  readonly comparison: Comparison;
  readonly text: (screen: Screen) => string;
  /** What was found and could not be kept. */
  readonly notes: readonly string[];
}

export async function compare(name: string, other: string | undefined, world: World): Promise<Compared> {
  return other === undefined ? compareOne(name, world) : compareTwo(name, other, world);
}

/** The comparison is kept in the run's folder; where that cannot be written, printing it has to do. */
async function compareOne(name: string, world: World): Promise<Compared> {
  const folder = namedRun(name, world);
  const findings = await deriveFindings(folder);
  const notes: string[] = [];
  await folder.writeComparison(findings.comparison).catch((error: unknown) => {
    if (!(error instanceof BenchError)) throw error;
    notes.push(error.message);
  });
  return compared(findings, notes);
}

async function compareTwo(one: string, two: string, world: World): Promise<Compared> {
  const before = await sideOf(one, world);
  const after = await sideOf(two, world);
  return compared(findingsOf(combineRuns(before, after)), []);
}

/** `<run>` or `<run>:<variant>`. */
async function sideOf(name: string, world: World): Promise<Side> {
  const [, folder = name, variant] = /^(.+?)(?::([a-z0-9-]+))?$/.exec(name) ?? [];
  const { run, samples } = await readMaterial(namedRun(folder, world));
  return { name: path.basename(folder), run, samples, variant };
}

const compared = (findings: Findings, notes: readonly string[]): Compared => ({
  comparison: findings.comparison,
  text: (screen) => renderTerminal(findings, screen),
  notes,
});
