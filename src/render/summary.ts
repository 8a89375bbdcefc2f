/**
 * `summary.md`: what a CI job shows on its page (`GITHUB_STEP_SUMMARY`, `##vso[task.uploadsummary]`). The comment's content
 * with longer tables. GitHub drops a summary beyond 1 MiB whole, so it stays well below.
 */
import type { ReportInput } from './input.ts';
import {
  attributionParts,
  exploratoryPart,
  failuresPart,
  folded,
  gatesPart,
  keepWithin,
  methodPart,
  verdictPart,
} from './markdown-parts.ts';

const SUMMARY_LIMIT_BYTES = 1_000_000;

export function renderSummary(input: ReportInput, limitBytes = SUMMARY_LIMIT_BYTES): string {
  return `${keepWithin(
    [
      verdictPart(input),
      failuresPart(input),
      gatesPart(input),
      ...attributionParts(input, 25),
      exploratoryPart(input, 200),
      folded('How this was measured', methodPart(input)),
    ],
    limitBytes,
  )}\n`;
}
