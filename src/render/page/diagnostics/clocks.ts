/** Whether clocks stepped: readings of clock links, and boots with a step between two of them. */

import type { BootRecord } from '../../../model/boot.ts';
import { us } from '../../../model/units.ts';
import { type Html, html, NOTHING } from '../../escape.ts';
import { count, loose } from '../../format.ts';
import type { ReportView } from '../../view.ts';
import { tight, variantName } from '../parts.ts';

/** Clock links: the number and quality of their readings, and the number of boots with a step between two of them. */
export function clocks(view: ReportView): Html {
  const booted = (view.records ?? []).filter((record) => record.outcome === 'booted');
  if (booted.length === 0) return NOTHING;
  const errors = booted
    .flatMap((record) => record.links.flatMap((link) => link.readings.map((reading) => reading.errorUs)))
    .sort((a, b) => a - b);
  const stepped = view.variants.map((variant) => ({
    variant,
    boots: booted.filter((record) => record.boot.variant === variant && hasStep(record)).length,
    of: booted.filter((record) => record.boot.variant === variant).length,
  }));
  const unlinked = booted.filter((record) => record.links.length === 0).length;
  const quality =
    errors.length === 0
      ? 'No clock links were recorded.'
      : `${count(errors.length, 'clock reading')}; median error ±${loose(errors[Math.floor(errors.length / 2)] ?? us(0))}, largest error ±${loose(errors[errors.length - 1] ?? us(0))}.`;
  return html`<h3>Clocks</h3><p>${tight(quality)} ${unlinked > 0 ? `${count(unlinked, 'boot')} without any.` : ''}</p><ul class="plain">${stepped.map(
    (one) =>
      html`<li>${variantName(view, one.variant)}: the clock stepped in ${one.boots} of ${count(one.of, 'boot')}</li>`,
  )}</ul>`;
}

/** A link whose offset changed by more than a tenth of a second, or a warning that reports it. */
const hasStep = (record: BootRecord): boolean =>
  record.warnings.some((warning) => warning.code.includes('step')) ||
  record.links.some((link) => {
    const offsets = link.readings.map((reading) => reading.toUs - reading.fromUs);
    return offsets.length > 1 && Math.max(...offsets) - Math.min(...offsets) > 100_000;
  });
