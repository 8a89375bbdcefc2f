/** Writes a run's design, or compares it with the existing one. */
import { usageError } from '../../model/errors.ts';
import type { Run } from '../../model/run.ts';
import type { RunFolder } from '../../store/run-folder.ts';

/** A resumed run continues only with the machines it began with: the same images, accelerator and clock. */
export async function writeOrCheckRun(folder: RunFolder, run: Run): Promise<void> {
  if (!(await folder.hasRun())) return folder.writeRun(run);
  const old = await folder.readRun();
  if (old.scenarioSha256 !== run.scenarioSha256)
    throw usageError(`${folder.file.run} was made from another scenario.`, 'Start a new run.');
  const differing = Object.keys({ ...old.facts, ...run.facts }).filter((key) => old.facts[key] !== run.facts[key]);
  const first = differing[0];
  if (first !== undefined) {
    throw usageError(
      `The run began with ${first} = ${String(old.facts[first])}; now it is ${String(run.facts[first])}, so its boots would not be comparable.`,
      'Start a new run instead of resuming this one.',
    );
  }
  const { blocks, schedule } = run;
  if (blocks.length > old.blocks.length) await folder.writeRun({ ...old, blocks, ...(schedule && { schedule }) });
}
