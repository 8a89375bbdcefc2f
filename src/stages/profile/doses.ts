/** The effect of delaying each item: its share and slack at each gate, where the delay went, and whether the path had predicted it. */

import { pathSlack } from '../../metrics/path-slack.ts';
import { addTo } from '../../model/grouped.ts';
import { itemIdOf, WHOLE_SCRIPT } from '../../model/ids.ts';
import type { Dose, GateEffect, PathChange, ProfileItem } from '../../model/profile.ts';
import { type Us, us } from '../../model/units.ts';
import { agrees } from '../../statistics/profile/agreement.ts';
import { readDose, shiftOf } from '../../statistics/profile/shift.ts';
import { lengthChanges, pathChanges } from './changes.ts';
import { candidatesOf, provisionerOf } from './items.ts';
import {
  type Context,
  deliveryOf,
  idsOf,
  interventionsOf,
  type Played,
  trialsOf,
  unusable,
  valuesOf,
} from './played.ts';

export function itemsOf(played: readonly Played[], context: Context): ProfileItem[] {
  const items = new Map<string, Dose[]>();
  for (const boots of trialsOf(played, 'dose')) {
    const [intervention] = interventionsOf(boots);
    if (intervention === undefined) continue;
    addTo(items, intervention.item, doseOf(boots, context));
  }
  const { baseline } = context;
  const ran = baseline ? candidatesOf(baseline, provisionerOf(baseline)) : [];
  return [...items].map(([item, doses]) => {
    const found = ran.find((each) => each.item === item);
    return { item, ...(found && { startUs: us(found.startUs), lengthUs: us(found.lengthUs) }), doses };
  });
}

function doseOf(boots: readonly Played[], context: Context): Dose {
  const [intervention] = interventionsOf(boots);
  const deliveries = boots.map((boot) => deliveryOf(0, boot));
  const deliveredUs = us(Math.round(deliveries.reduce((sum, each) => sum + each.us, 0) / Math.max(1, boots.length)));
  const times = Math.max(0, ...deliveries.map((each) => each.times));
  const base = {
    action: intervention?.action ?? 'sleep',
    boots: idsOf(boots),
    plannedUs: intervention?.us ?? us(0),
    deliveredUs,
    times,
  };
  const bad = unusable(boots);
  if (bad) return { ...base, ...bad, gates: [] };
  if (deliveries.some((each) => each.times === 0)) {
    const message = `${intervention?.item ?? ''} is not in this boot, or cannot be delayed: it was not delayed`;
    return { ...base, outcome: 'not-delivered', message, gates: [] };
  }
  const item = intervention?.item ?? '';
  const gates = context.metrics.flatMap((metric) => effectAt(metric, item, deliveredUs, boots, context) ?? []);
  return { ...base, outcome: 'measured', gates };
}

/** The first shows the cause; more than these add nothing. */
const MOST_CHANGES = 3;

function effectAt(
  metric: string,
  item: string,
  deliveredUs: Us,
  boots: readonly Played[],
  { nulls, baseline }: Context,
): GateEffect | undefined {
  const shift = shiftOf(valuesOf(metric, boots), valuesOf(metric, nulls));
  if (shift === undefined || baseline === undefined) return undefined;
  const { effect, share, slack } = readDose(shift, deliveredUs);
  const { onPathUs = us(0), slackUs, competes = false, byLock = false } = pathSlack(metric, item, baseline) ?? {};
  const lengths = lengthChanges(baseline, boots, { deliveredUs, absorbedUs: slack?.us ?? us(0) });
  const changes = [...lengths, ...pathChanges(metric, nulls, boots)].sort((a, b) => Math.abs(b.us) - Math.abs(a.us));
  const around = [`unit:${provisionerOf(baseline)}`, itemIdOf('task', WHOLE_SCRIPT)];
  const isOwn = (change: PathChange) => change.item.replace(/~\d+$/, '') === item || around.includes(change.item);
  return {
    metric,
    effect,
    shift,
    share,
    ...(slack && { slack }),
    onPathUs,
    ...(byLock && { onPathByLock: true }),
    ...(slackUs !== undefined && { pathSlackUs: slackUs }),
    agrees: agrees({ slackUs, competes, deliveredUs, shift }),
    absorbedBy: changes.filter((change) => change.us < 0 && !isOwn(change)).slice(0, MOST_CHANGES),
    arrivesThrough: changes.filter((change) => change.us > 0 && !isOwn(change)).slice(0, MOST_CHANGES),
  };
}

/** The dose that says the most about an item: sleep, which disturbs nothing else, or work if only that was delivered. */
export const decisiveDose = (doses: readonly Dose[]): Dose | undefined => {
  const measured = doses.filter(({ outcome }) => outcome === 'measured');
  return measured.find(({ action }) => action === 'sleep') ?? measured[0];
};
