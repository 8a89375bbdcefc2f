/**
 * Everything after the boots is a function of files: raw -> record -> samples -> comparison -> pages. Each step can run alone, and gives
 * the same bytes again.
 */
import pLimit from 'p-limit';
import type { BootRecord } from '../../model/boot.ts';
import type { Comparison } from '../../model/comparison.ts';
import { usageError } from '../../model/errors.ts';
import type { Profile } from '../../model/profile.ts';
import type { Run } from '../../model/run.ts';
import type { Samples } from '../../model/samples.ts';
import type { Scenario } from '../../model/scenario.ts';
import { kindOf, scenarioSchemas } from '../../providers/registry.ts';
import { renderComment } from '../../render/comment.ts';
import { renderReport } from '../../render/report.ts';
import { renderSummary } from '../../render/summary.ts';
import { compareSamples } from '../../statistics/compare.ts';
import type { RunFolder } from '../../store/run-folder.ts';
import { parseScenario } from '../../store/scenario-file.ts';
import { recordBoot } from './record.ts';
import { sampleRun } from './sample.ts';

/** Everything known of a compared run. A folder with nothing but samples has no run and no records. */
export interface Findings {
  readonly run?: Run;
  /** The run's machines cost money. */
  readonly billed?: boolean | undefined;
  /** Whether bench can boot its scenario; false for an import. */
  readonly bootable?: boolean | undefined;
  readonly records: readonly BootRecord[];
  readonly samples: Samples;
  readonly comparison: Comparison;
  /** Shown with the run but not part of it. */
  readonly profile?: Profile;
}

export const scenarioOf = (run: Partial<Run> & Pick<Run, 'scenario'>): Scenario =>
  parseScenario(run.scenario, (at) => `run.json at scenario.${at.join('.')}`, scenarioSchemas());

/** Reads one boot's raw artifacts again and writes its record. Refuses without artifacts: the record would say that nothing happened. */
export async function deriveRecord(folder: RunFolder, id: string, run: Run, scenario: Scenario): Promise<BootRecord> {
  const [outcome, raw] = await Promise.all([folder.readOutcome(id), folder.readRaw(id)]);
  if (outcome.outcome === 'booted' && !(await folder.hasRaw(id)))
    throw usageError(
      `${folder.folder}/boots/${id}: raw/ is missing, so its record cannot be derived.`,
      'Copy the whole run folder, with the raw/ folder of every boot.',
    );
  const record = recordBoot({ outcome, raw, scenario, tool: run.tool });
  await folder.writeRecord(id, record);
  return record;
}

/** Reads one boot while it writes the files of another; each holds a boot's artifacts in memory. */
const AT_ONCE = 4;

export async function deriveRecords(folder: RunFolder, run: Run): Promise<BootRecord[]> {
  const scenario = scenarioOf(run);
  const limit = pLimit(AT_ONCE);
  const ids = await folder.boots();
  return Promise.all(ids.map((id) => limit(() => deriveRecord(folder, id, run, scenario))));
}

/** The records on disk; derives the missing ones. */
async function readRecords(folder: RunFolder, run: Run): Promise<BootRecord[]> {
  const scenario = scenarioOf(run);
  const records: BootRecord[] = [];
  for (const id of await folder.boots()) {
    records.push(
      (await folder.hasRecord(id)) ? await folder.readRecord(id) : await deriveRecord(folder, id, run, scenario),
    );
  }
  return records;
}

export async function deriveSamples(folder: RunFolder, run: Run, records: readonly BootRecord[]): Promise<Samples> {
  const derived = sampleRun({ run, scenario: scenarioOf(run), records });
  const copies = (await folder.copies()).map(({ name, of }) => `boots/${name} is a copy of ${of} and does not count.`);
  const samples = copies.length === 0 ? derived : { ...derived, warnings: [...derived.warnings, ...copies] };
  await folder.writeSamples(samples);
  return samples;
}

/** What a folder holds, or what bench can derive from it. */
export async function readMaterial(folder: RunFolder): Promise<Omit<Findings, 'comparison'>> {
  const run = (await folder.hasRun()) ? await folder.readRun() : undefined;
  if (run?.profile !== undefined)
    throw usageError(
      `${folder.folder} is a profile: it has boots of one variant with interventions, so there is nothing to compare.`,
      'Read it again with bench profile <run>, or show it in a report with bench report <run> --profile <profile>.',
    );
  const records = run ? await readRecords(folder, run) : [];
  const can = run && kindOf(scenarioOf(run)).capabilities;
  const said = can && { billed: can.billed, bootable: can.boots.first.can || can.boots.reboot.can };
  return { ...(run && { run, ...said }), records, samples: await findSamples(folder, run, records) };
}

/** Reads the raw artifacts of all boots again, and replaces earlier records. */
export async function deriveFromRaw(folder: RunFolder): Promise<Findings> {
  const run = await folder.readRun();
  await deriveSamples(folder, run, await deriveRecords(folder, run));
  return deriveFindings(folder);
}

/** Compares what a folder holds. */
export async function deriveFindings(folder: RunFolder): Promise<Findings> {
  const material = await readMaterial(folder);
  return { ...material, comparison: compared(material.samples) };
}

const compared = (samples: Samples): Comparison =>
  compareSamples(samples, { equivalenceAlpha: samples.equivalenceAlpha });

/** Compares samples that belong to no folder. */
export const findingsOf = (samples: Samples): Findings => ({
  records: [],
  samples,
  comparison: compared(samples),
});

async function findSamples(folder: RunFolder, run: Run | undefined, records: readonly BootRecord[]): Promise<Samples> {
  if (!(await folder.hasSamples())) {
    if (run) return deriveSamples(folder, run, records);
    throw usageError(
      `${folder.folder} contains neither samples.json nor run.json.`,
      'Give a run folder, e.g. one under reports/runs.',
    );
  }
  const samples = await folder.readSamples();
  if (run && samples.scenarioSha256 !== undefined && samples.scenarioSha256 !== run.scenarioSha256) {
    throw usageError(
      `${folder.file.samples} was made from another scenario (sha256 ${samples.scenarioSha256.slice(0, 12)}) than ${folder.file.run} (${run.scenarioSha256.slice(0, 12)}).`,
      'Delete samples.json; bench derives it again from the boots.',
    );
  }
  return samples;
}

/** Writes the comparison and the pages that people read. */
export async function writeFindings(folder: RunFolder, findings: Findings): Promise<void> {
  await folder.writeComparison(findings.comparison);
  await folder.writePage('report', await renderReport(findings));
  await folder.writePage('comment', renderComment(findings));
  await folder.writePage('summary', renderSummary(findings));
}
