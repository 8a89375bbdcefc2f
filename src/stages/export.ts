/** A run in the formats of other programs: one exporter each. */
import { renderBencher } from '../render/export/bencher.ts';
import { renderBenchstat } from '../render/export/benchstat.ts';
import { renderCsv } from '../render/export/csv.ts';
import { renderGithubBenchmark } from '../render/export/github-benchmark.ts';
import { renderJunit } from '../render/export/junit.ts';
import { renderOpenMetrics } from '../render/export/openmetrics.ts';
import { renderOtlp } from '../render/export/otlp.ts';
import { renderPerfetto } from '../render/export/perfetto.ts';
import type { ReportInput } from '../render/input.ts';

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
