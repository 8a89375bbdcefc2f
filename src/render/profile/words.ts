/** The words and figures of a profile, the same in terminal, page and comment. Plain text: each output escapes it in its own way. */

import type { Dose, GateEffect, PathChange, Profile, ProfileItem, Shift } from '../../model/profile.ts';
import { type Us, us, wholePercent } from '../../model/units.ts';
import { plain } from '../escape.ts';
import { fixed, signed } from '../format.ts';
import { itemTitle } from '../items.ts';

export const seconds = (us: Us): string => `${fixed(us / 1_000_000, 2)} s`;
export const change = (us: Us): string => `${signed(us / 1_000_000, 2)} s`;
export const shiftText = ({ estimate, low, high }: Shift): string =>
  low === high ? change(estimate) : `${change(estimate)} (${signed(low / 1_000_000, 2)} to ${change(high)})`;
const percent = (share: number): string => wholePercent(share).replace('-', '−');
/**
 * The share that came through, with its interval if boots differ: `110 % (77 to 143 %)`. In virtual time there is no interval:
 * the noise beside it tells as much.
 */
export const shareText = ({ estimate, low, high }: GateEffect['share'], { timing }: Pick<Profile, 'timing'>): string =>
  timing === 'virtual'
    ? percent(estimate)
    : `${percent(estimate)} (${percent(low).replace(' %', '')} to ${percent(high)})`;
export const titleOf = (item: string): string => plain(itemTitle(item), 60);

/** One dose of an item, as a line of a table. */
export interface DoseRow {
  readonly item: ProfileItem;
  readonly dose: Dose;
  readonly effect: GateEffect | undefined;
}

/** The largest share first; doses without an effect last. For the same item, a sleep comes before the work. */
export function doseRows({ items }: Profile, metric: string): DoseRow[] {
  const rows = items.flatMap((item) =>
    item.doses.map((dose): DoseRow => ({ item, dose, effect: dose.gates.find((gate) => gate.metric === metric) })),
  );
  const first = new Map(rows.map((row) => [row.item.item, row]).reverse() as [string, DoseRow][]);
  const weight = ({ item }: DoseRow) => {
    const effect = first.get(item.item)?.effect;
    return effect === undefined ? Number.NEGATIVE_INFINITY : effect.share.estimate;
  };
  return rows.sort(
    (a, b) => weight(b) - weight(a) || (a.item.item < b.item.item ? -1 : a.item.item > b.item.item ? 1 : 0),
  );
}

export const doseText = ({ action, deliveredUs, plannedUs, times, outcome }: Dose): string => {
  const us = outcome === 'measured' ? deliveredUs : plannedUs;
  const often = times > 1 ? ` in ${times} starts` : '';
  return `${action === 'spin' ? 'work' : 'sleep'} ${seconds(us)}${often}`;
};

export function slackText(effect: GateEffect): string {
  if (effect.slack === undefined || effect.effect === 'arrives') return 'none';
  return `${effect.slack.atLeast ? 'at least ' : ''}${seconds(effect.slack.us)}`;
}

/** The meaning in a few words. */
export function meaning({ dose, effect }: DoseRow): string {
  if (effect === undefined) return dose.message ?? dose.outcome;
  const parts = [verdictText(effect, dose), ...pathText(effect)];
  return parts.filter((part) => part !== '').join('; ');
}

function verdictText({ effect, absorbedBy, arrivesThrough, shift }: GateEffect, dose: Dose): string {
  const through = arrivesThrough[0];
  const absorbed = absorbedBy[0];
  switch (effect) {
    case 'arrives':
      return through ? `arrives through ${changeName(through)}` : 'arrives';
    case 'partly':
      return absorbed ? `absorbed by ${changeName(absorbed)}` : 'partly absorbed';
    case 'absorbed':
      return dose.action === 'spin'
        ? 'other work hides it'
        : absorbed
          ? `absorbed by ${changeName(absorbed)}`
          : 'nothing that decides waits for it';
    case 'in-the-way':
      return `in the way: starting it later makes the boot ${seconds(us(-shift.estimate))} faster`;
    default:
      return effect satisfies never;
  }
}

const changeName = ({ item, during }: PathChange): string =>
  during === undefined ? titleOf(item) : `${titleOf(during)}: ${titleOf(item)}`;

function pathText({ agrees, onPathUs, onPathByLock, pathSlackUs, effect }: GateEffect): string[] {
  const off = onPathByLock
    ? ['not on the path by ordering alone: the lock that it holds puts it there']
    : onPathUs === 0 && (effect === 'arrives' || effect === 'partly')
      ? ['not on the path']
      : [];
  if (agrees) return off;
  const said =
    pathSlackUs === undefined
      ? 'the critical path says that nothing waits for it'
      : pathSlackUs === 0
        ? 'the critical path says that all of the delay arrives'
        : `the critical path says ${seconds(pathSlackUs)} of slack`;
  return [...off, said];
}

export const countsText = ({ boots, agreement, nulls, headline }: Profile): string => {
  const total = boots.made + boots.cached;
  const noise = nulls.find(({ metric }) => metric === headline);
  const parts = [
    `${total} boots${boots.cached > 0 ? ` (${boots.cached} from the cache)` : ''}`,
    ...(boots.failed + boots.broken > 0 ? [`${boots.failed} failed, ${boots.broken} broken`] : []),
    ...(noise ? [`noise ±${seconds(noise.bandUs)} from ${noise.boots} boots`] : []),
    `critical path and experiment agree on ${agreement.agree} of ${agreement.items} items`,
  ];
  return parts.join(' · ');
};
