/** `bench report`: writes the pages of a run again, from its files. */
import type { Verdict } from '../model/verdict.ts';
import type { World } from '../model/world.ts';
import type { RunFolder } from '../store/run-folder.ts';
import { deriveFindings, deriveFromRaw, writeFindings } from './derive/findings.ts';
import { calibrationOf } from './history/calibration.ts';
import { readKnownHistory } from './history/open.ts';
import { namedRun } from './named-run.ts';

export interface ReportRequest {
  readonly run: string;
  /** Read the raw artifacts again first. */
  readonly fromRaw: boolean;
  /** The history whose A/A runs the report cites. */
  readonly history: string | undefined;
  /** Folder of a profile that the report includes. */
  readonly profile: string | undefined;
}

/** The verdict, and the files that show it. */
export interface Reported {
  readonly verdict: Verdict;
  readonly report: string;
  readonly comment: string;
  readonly summary: string;
}

export async function report({ run, fromRaw, history, profile }: ReportRequest, world: World): Promise<Reported> {
  const folder = namedRun(run, world);
  if (history !== undefined) await recalibrate(folder, history, world);
  const findings = fromRaw ? await deriveFromRaw(folder) : await deriveFindings(folder);
  const shown = profile === undefined ? undefined : await namedRun(profile, world).readProfile();
  await writeFindings(folder, { ...findings, ...(shown && { profile: shown }) });
  const { report: page, comment, summary } = folder.file;
  return { verdict: findings.comparison.verdict, report: page, comment, summary };
}

/** The pages of a run follow from its own files, so what the history now knows goes there. */
async function recalibrate(folder: RunFolder, where: string, world: World): Promise<void> {
  const { calibration: _, ...run } = await folder.readRun();
  const calibration = calibrationOf(await readKnownHistory(where, world), run);
  await folder.writeRun({ ...run, ...(calibration && { calibration }) });
}
