/**
 * `summary.md`: the summary on a CI job's page (`GITHUB_STEP_SUMMARY`, `##vso[task.uploadsummary]`). It has the comment's
 * content with longer tables. GitHub drops any summary beyond 1 MiB entirely, so this stays well below.
 */
import type { ReportInput } from './input.ts';
import {
  attributionParts,
  budgetsPart,
  exploratoryPart,
  failuresPart,
  folded,
  gatesPart,
  keepWithin,
  methodPart,
  verdictPart,
} from './markdown-parts.ts';
import { type ReportView, viewOf } from './view.ts';

const SUMMARY_LIMIT_BYTES = 1_000_000;

export const renderSummary = (input: ReportInput): string => summaryOf(viewOf(input), SUMMARY_LIMIT_BYTES);

export function summaryOf(view: ReportView, limitBytes: number): string {
  return `${keepWithin(
    [
      verdictPart(view),
      failuresPart(view),
      gatesPart(view),
      budgetsPart(view, 200),
      ...attributionParts(view, 25),
      exploratoryPart(view, 200),
      folded('How this was measured', methodPart(view)),
    ],
    limitBytes,
  )}\n`;
}
