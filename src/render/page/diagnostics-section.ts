/** Answers for a sceptic: missing data, clock steps, controls that changed, differences between the arms; and the method. */
import { type Html, html, NOTHING } from '../escape.ts';
import type { ReportView } from '../view.ts';
import { clocks } from './diagnostics/clocks.ts';
import { completeness } from './diagnostics/completeness.ts';
import { calibration, controls } from './diagnostics/controls.ts';
import { environment } from './diagnostics/environment.ts';
import { method, provenance } from './diagnostics/method.ts';
import { definitions, warnings } from './diagnostics/warnings.ts';
import { section } from './parts.ts';

export function diagnosticsSection(view: ReportView): Html {
  return section(
    'diagnostics',
    'Diagnostics and method',
    '',
    html`${completeness(view)}${view.isAlone ? NOTHING : html`${controls(view)}${calibration(view)}`}${warnings(view)}${clocks(view)}${environment(view)}${definitions(view)}${method(view)}${provenance(view)}`,
  );
}
