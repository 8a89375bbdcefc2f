/** `bench compare`: what may be claimed from a run's samples, or from those of two runs. */
import path from 'node:path';
import type { Comparison } from '../../model/comparison.ts';
import { BenchError } from '../../model/errors.ts';
import { renderTerminal } from '../../render/terminal.ts';
import { combineRuns, type Side } from '../../stages/derive/combine.ts';
import { deriveFindings, type Findings, findingsOf, readMaterial } from '../../stages/derive/findings.ts';
import { runFolder } from '../../store/run-folder.ts';
import { exitOfComparison } from '../exit.ts';
import { printable } from '../text.ts';
import { useColor, type World } from '../world.ts';

type CompareOptions = { readonly json?: boolean; readonly requireVerdict?: boolean };

export async function command(
  world: World,
  name: string,
  other: string | undefined,
  options: CompareOptions,
): Promise<number> {
  const findings = other === undefined ? await compareOne(name, world) : await compareTwo(name, other, world);
  world.stdout.write(options.json ? toText(findings.comparison) : renderTerminal(findings, terminal(world)));
  return exitOfComparison(findings.comparison, options.requireVerdict === true);
}

/** The comparison is kept in the run's folder; where that cannot be written, printing it has to do. */
async function compareOne(name: string, world: World): Promise<Findings> {
  const folder = folderOf(name, world);
  const findings = await deriveFindings(folder);
  await folder.writeComparison(findings.comparison).catch((error: unknown) => {
    if (!(error instanceof BenchError)) throw error;
    world.stderr.write(`bench: ${printable(error.message)}\n`);
  });
  return findings;
}

async function compareTwo(one: string, two: string, world: World): Promise<Findings> {
  const [before, after] = await Promise.all([one, two].map((name) => side(name, world)));
  if (!before || !after) throw new Error('unreachable: two names give two sides');
  return findingsOf(combineRuns(before, after));
}

/** `<run>` or `<run>:<variant>`. */
async function side(name: string, world: World): Promise<Side> {
  const [, folder = name, variant] = /^(.+?)(?::([a-z0-9-]+))?$/.exec(name) ?? [];
  const { run, samples } = await readMaterial(folderOf(folder, world));
  return { name: path.basename(folder), run, samples, variant };
}

const folderOf = (name: string, world: World) => runFolder(path.resolve(world.cwd, name));

const toText = (comparison: Comparison): string => `${JSON.stringify(comparison, null, 2)}\n`;

const terminal = (world: World) => ({
  color: useColor(world.stdout, world.environment),
  width: world.stdout.columns ?? 100,
});
