/** `bench export`: a run in the format of another program, to stdout or to a file. */
import path from 'node:path';
import { usageError } from '../../model/errors.ts';
import { deriveFindings } from '../../stages/derive/findings.ts';
import { EXPORT_FORMATS, exportRun } from '../../stages/export.ts';
import { sendTraces } from '../../stages/telemetry.ts';
import { writeFileWhole } from '../../store/files.ts';
import { runFolder } from '../../store/run-folder.ts';
import { EXIT } from '../exit.ts';
import { printable } from '../text.ts';
import type { World } from '../world.ts';

interface ExportOptions {
  readonly format: string;
  readonly out?: string;
}

export async function command(world: World, name: string, options: ExportOptions): Promise<number> {
  const format = EXPORT_FORMATS.find((known) => known === options.format);
  if (!format) throw usageError(`--format ${options.format}: it is one of ${EXPORT_FORMATS.join(', ')}.`);
  const findings = await deriveFindings(runFolder(path.resolve(world.cwd, name)));
  const text = exportRun(findings, format);
  if (options.out === undefined) world.stdout.write(text);
  else await writeFileWhole(path.resolve(world.cwd, options.out), text);
  const sent = format === 'otlp' ? await sendTraces(findings, world) : undefined;
  if (sent !== undefined) world.stderr.write(`bench: ${printable(sent)}\n`);
  return EXIT.fine;
}
