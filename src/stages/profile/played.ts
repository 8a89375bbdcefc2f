/**
 * The boots of a profile as evidence: which belong together, what each delivered, and how far they are from boots without an intervention.
 */

import { measure } from '../../metrics/measure.ts';
import type { BootRecord, Outcome } from '../../model/boot.ts';
import { addTo } from '../../model/grouped.ts';
import type { Dose, GateShift } from '../../model/profile.ts';
import type { Scenario } from '../../model/scenario.ts';
import { isBeyondNoise, shiftOf } from '../../statistics/profile/shift.ts';

/** A boot with its interventions. */
export interface Played {
  readonly outcome: Outcome;
  readonly record: BootRecord;
  /** The record is the stored one: there were no artifacts to derive it from again. */
  readonly withoutRaw?: true;
}

export interface Context {
  readonly scenario: Scenario;
  readonly metrics: readonly string[];
  readonly nulls: readonly Played[];
  readonly baseline: BootRecord | undefined;
}

export const isSound = ({ outcome, broken }: BootRecord): boolean => outcome === 'booted' && broken.length === 0;

export function valuesOf(metric: string, played: readonly Played[]): number[] {
  return played.flatMap(({ record }) => {
    const measured = measure(metric, record);
    return measured.kind === 'measured' ? [measured.valueUs] : [];
  });
}

/** Boots with the same interventions, in the order of their requests. */
export function trialsOf(played: readonly Played[], purpose: string): Played[][] {
  const trials = new Map<string, Played[]>();
  for (const each of played) {
    const { trial } = each.outcome;
    if (trial?.purpose !== purpose) continue;
    const key = JSON.stringify(trial.interventions);
    addTo(trials, key, each);
  }
  return [...trials.values()];
}

export const interventionsOf = (boots: readonly Played[]) => boots[0]?.outcome.trial?.interventions ?? [];
export const idsOf = (boots: readonly Played[]): string[] => boots.map(({ outcome }) => outcome.boot.id);

/** The stamps of an intervention: how often it happened, and how much time it took. */
export function deliveryOf(number: number, { record }: Played): { readonly times: number; readonly us: number } {
  const spans = record.spans.filter(({ kind, name }) => kind === 'trial' && name === String(number));
  const whole = spans.filter(({ end }) => end !== undefined);
  return { times: whole.length, us: whole.reduce((sum, { start, end }) => sum + (end?.us ?? 0) - start.us, 0) };
}

/** Why boots have no shift, in words; undefined if they have one. */
export function unusable(boots: readonly Played[]): { outcome: Dose['outcome']; message: string } | undefined {
  const failed = boots.find(({ record }) => record.outcome === 'failed');
  if (failed) return { outcome: 'failed', message: failed.record.failure?.message ?? 'the boot failed' };
  const broken = boots.find(({ record }) => record.broken.length > 0);
  return broken && { outcome: 'broken', message: broken.record.broken.join('; ') };
}

export const shiftsOf = (boots: readonly Played[], { metrics, nulls }: Context): GateShift[] =>
  metrics.flatMap((metric) => {
    const shift = shiftOf(valuesOf(metric, boots), valuesOf(metric, nulls));
    return shift ? [{ metric, shift, beyondNoise: isBeyondNoise(shift) }] : [];
  });
