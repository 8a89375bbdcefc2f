/** A run, or a shard of one, as `bench run` leaves it. The boots of a block depend neither on the runner nor on the time. */
import type { JournalEntry, Run, Shard } from '../../src/model/run.ts';
import { QemuScenario } from '../../src/providers/qemu/scenario.ts';
import { deriveFindings, deriveRecords, deriveSamples, writeFindings } from '../../src/stages/derive/findings.ts';
import { designRun } from '../../src/stages/design/run.ts';
import { inShard } from '../../src/stages/design/shard.ts';
import type { RunFolder } from '../../src/store/run-folder.ts';
import { syntheticBoot, syntheticOutcome } from './synthetic-boot.ts';

export const BLOCKS = 6;
export const size = { units: 20, journalLines: 40, tasks: 3 };

/** The document as in a scenario file; the gates are steps, so that the boots of a variant differ. */
const document = {
  name: 'sharded',
  provider: { kind: 'qemu' },
  variants: { before: { image: { file: 'a.raw' } }, after: { image: { file: 'b.raw' } } },
  blocks: BLOCKS,
  gates: { 'cse.step1': {} },
};

const time = (seconds: number): string =>
  new Date(Date.UTC(2026, 0, 1, 0, 0, seconds)).toISOString().replace('.000', '');

/** `delayS`: start time of its runner. */
export async function bootedRun(
  into: RunFolder,
  shard: Shard | undefined,
  delayS: number,
  name = document.name,
): Promise<void> {
  const scenario = { ...document, name };
  const createdAt = time(delayS);
  const identity = {
    id: `sharded-${createdAt}`,
    tool: 'bench 0.1.0',
    createdAt,
    scenarioSha256: 'a'.repeat(64),
    seed: 7,
    aa: true,
  };
  const design = designRun(QemuScenario.parse(scenario), { ...identity, scenario });
  const run: Run = { ...design, ...(shard && { shard }), facts: { accelerator: 'tcg', hostCpu: 'Model A' } };
  const journal: JournalEntry[] = [{ schema: 'bench/journal@1', at: time(1), state: 'run-started' }];
  await into.writeRun(run);
  for (const block of run.blocks.filter((each) => inShard(each, shard))) {
    for (const boot of block.boots) {
      const { raw } = syntheticBoot(size, Number(boot.id.slice(0, 4)));
      const artifact = { collector: 'c', command: 'true', exitCode: 0, truncated: false };
      await into.writeRaw(
        boot.id,
        [...raw].map(([name, bytes]) => ({ path: name, bytes, ...artifact })),
      );
      await into.writeOutcome(boot.id, { ...syntheticOutcome(boot.id), boot });
      journal.push({
        schema: 'bench/journal@1',
        at: time(1 + Number(boot.id.slice(0, 4))),
        boot: boot.id,
        state: 'boot-over',
      });
    }
  }
  journal.push({ schema: 'bench/journal@1', at: time(100), state: 'run-ended' });
  await into.writeJournal(journal);
  await derive(into);
}

export async function derive(into: RunFolder): Promise<void> {
  const run = await into.readRun();
  await deriveSamples(into, run, await deriveRecords(into, run));
  await writeFindings(into, await deriveFindings(into));
}
