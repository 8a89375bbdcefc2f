/** The boots of a profile as evidence: which belong together, what was delivered in each, and how far they are from boots without an intervention. */

import { measure } from '../../metrics/measure.ts';
import type { BootRecord, Outcome } from '../../model/boot.ts';
import { addTo } from '../../model/grouped.ts';
import type { Dose, GateShift } from '../../model/profile.ts';
import type { Scenario } from '../../model/scenario.ts';
import { isBeyondNoise, shiftOf } from '../../statistics/profile/shift.ts';

/** A boot with what was done to it. */
export interface Played {
  readonly outcome: Outcome;
  readonly record: BootRecord;
  /** The record is the one that was found: there were no artifacts to derive it from again. */
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

/** Boots with the same interventions, in the order they were requested. */
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

/** What the stamps of an intervention say: how often it was made, and how much was spent on it. */
export function deliveryOf(number: number, { record }: Played): { readonly times: number; readonly us: number } {
  const spans = record.spans.filter(({ kind, name }) => kind === 'trial' && name === String(number));
  const whole = spans.filter(({ end }) => end !== undefined);
  return { times: whole.length, us: whole.reduce((sum, { start, end }) => sum + (end?.us ?? 0) - start.us, 0) };
}

/** Why boots have no shift, in words; undefined where they do. */
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
