/** `bench report`: the pages of a run, written again from its files. */
import path from 'node:path';
import type { JsonOutput, ReportOutput } from '../../model/json-output.ts';
import { deriveFindings, deriveFromRaw, writeFindings } from '../../stages/derive/findings.ts';
import { calibrationOf } from '../../stages/history/calibration.ts';
import { type RunFolder, runFolder } from '../../store/run-folder.ts';
import { openInBrowser } from '../browser.ts';
import { EXIT } from '../exit.ts';
import { readHistory } from '../history.ts';
import { json } from '../text.ts';
import type { World } from '../world.ts';

export async function command(
  world: World,
  name: string,
  options: {
    readonly open?: boolean;
    readonly fromRaw?: boolean;
    readonly history?: string;
    readonly json?: boolean;
  },
): Promise<number> {
  const folder = runFolder(path.resolve(world.cwd, name));
  if (options.history !== undefined) await recalibrate(folder, options.history, world);
  const findings = options.fromRaw ? await deriveFromRaw(folder) : await deriveFindings(folder);
  await writeFindings(folder, findings);
  const { report, comment, summary } = folder.file;
  if (options.json)
    world.stdout.write(
      json<JsonOutput<typeof ReportOutput>>({ verdict: findings.comparison.verdict, report, comment, summary }),
    );
  else world.stdout.write(`${path.relative(world.cwd, report)}\n`);
  if (options.open) openInBrowser(report, world);
  return EXIT.fine;
}

/** The run's own files say what its pages are made of, so what the history knows by now goes there. */
async function recalibrate(folder: RunFolder, where: string, world: World): Promise<void> {
  const { calibration: _, ...run } = await folder.readRun();
  const calibration = calibrationOf(await readHistory(where, world), run);
  await folder.writeRun({ ...run, ...(calibration && { calibration }) });
}
