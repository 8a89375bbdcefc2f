/** `bench report`: writes the pages of a run again, from its files. */
import type { JsonOutput, ReportOutput } from '../../model/json-output.ts';
import { report } from '../../stages/report.ts';
import { openInBrowser } from '../browser.ts';
import { EXIT } from '../exit.ts';
import { json, shownPath } from '../text.ts';
import type { CliWorld } from '../world.ts';

interface ReportOptions {
  readonly open?: boolean;
  readonly fromRaw?: boolean;
  readonly history?: string;
  readonly profile?: string;
  readonly json?: boolean;
}

export async function command(world: CliWorld, run: string, options: ReportOptions): Promise<number> {
  const { fromRaw = false, history, profile } = options;
  const written = await report({ run, fromRaw, history, profile }, world);
  world.stdout.write(
    options.json ? json<JsonOutput<typeof ReportOutput>>(written) : `${shownPath(world, written.report)}\n`,
  );
  if (options.open) openInBrowser(written.report, world);
  return EXIT.fine;
}
