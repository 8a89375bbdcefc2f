/** `bench export`: a run in the formats of other programs, one exporter each. */
import path from 'node:path';
import { usageError } from '../model/errors.ts';
import type { World } from '../model/world.ts';
import { renderBencher } from '../render/export/bencher.ts';
import { renderBenchstat } from '../render/export/benchstat.ts';
import { renderCsv } from '../render/export/csv.ts';
import { renderGithubBenchmark } from '../render/export/github-benchmark.ts';
import { renderJunit } from '../render/export/junit.ts';
import { renderOpenMetrics } from '../render/export/openmetrics.ts';
import { renderOtlp } from '../render/export/otlp.ts';
import { renderPerfetto } from '../render/export/perfetto.ts';
import type { ReportInput } from '../render/input.ts';
import { writeFileWhole } from '../store/files.ts';
import { deriveFindings } from './derive/findings.ts';
import { namedRun } from './named-run.ts';
import { sendTraces } from './telemetry.ts';

const EXPORTERS = {
  perfetto: renderPerfetto,
  otlp: renderOtlp,
  csv: renderCsv,
  junit: renderJunit,
  benchstat: renderBenchstat,
  openmetrics: renderOpenMetrics,
  'github-benchmark': renderGithubBenchmark,
  bencher: renderBencher,
} as const satisfies Readonly<Record<string, (input: ReportInput) => string>>;

export type ExportFormat = keyof typeof EXPORTERS;
export const EXPORT_FORMATS = Object.keys(EXPORTERS) as readonly ExportFormat[];

export const exportRun = (input: ReportInput, format: ExportFormat): string => EXPORTERS[format](input);

export interface ExportRequest {
  readonly format: string;
  /** File for the text; by default the caller gets the text. */
  readonly out?: string;
}

export interface Exported {
  /** Undefined if bench wrote it to a file. */
  readonly text: string | undefined;
  /** What bench sent, and to whom. */
  readonly note: string | undefined;
}

export async function exportNamed(name: string, request: ExportRequest, world: World): Promise<Exported> {
  const format = EXPORT_FORMATS.find((known) => known === request.format);
  if (!format) throw usageError(`--format ${request.format}: choose one of ${EXPORT_FORMATS.join(', ')}.`);
  const findings = await deriveFindings(namedRun(name, world));
  const text = exportRun(findings, format);
  const note = format === 'otlp' ? await sendTraces(findings, world) : undefined;
  if (request.out === undefined) return { text, note };
  await writeFileWhole(path.resolve(world.cwd, request.out), text);
  return { text: undefined, note };
}
