/** A run in the formats of other programs: one exporter each. */
import { renderBenchstat } from '../render/export/benchstat.ts';
import { renderCsv } from '../render/export/csv.ts';
import { renderJunit } from '../render/export/junit.ts';
import { renderOtlp } from '../render/export/otlp.ts';
import { renderPerfetto } from '../render/export/perfetto.ts';
import type { ReportInput } from '../render/input.ts';

const EXPORTERS = {
  perfetto: renderPerfetto,
  otlp: renderOtlp,
  csv: renderCsv,
  junit: renderJunit,
  benchstat: renderBenchstat,
} as const satisfies Readonly<Record<string, (input: ReportInput) => string>>;

export type ExportFormat = keyof typeof EXPORTERS;
export const EXPORT_FORMATS = Object.keys(EXPORTERS) as readonly ExportFormat[];

export const exportRun = (input: ReportInput, format: ExportFormat): string => EXPORTERS[format](input);
