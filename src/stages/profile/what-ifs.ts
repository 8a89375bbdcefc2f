/** The effect of leaving out, putting off or delaying several things at once: never predicted, always booted. */
import type { BootRecord } from '../../model/boot.ts';
import type { Dose, Profile, ProfileGroup, ProfileItem, ProfileWhatIf } from '../../model/profile.ts';
import { us } from '../../model/units.ts';
import { whatIfLabel } from './items.ts';
import {
  type Context,
  deliveryOf,
  idsOf,
  interventionsOf,
  type Played,
  shiftsOf,
  trialsOf,
  unusable,
} from './played.ts';

export function groupsOf(played: readonly Played[], context: Context): ProfileGroup[] {
  return trialsOf(played, 'group').map((boots) => {
    const interventions = interventionsOf(boots);
    const [first] = boots;
    const deliveries = interventions.map(({ item }, index) => ({
      item,
      ...(first ? deliveryOf(index, first) : { times: 0, us: 0 }),
    }));
    const bad = unusable(boots);
    return {
      boots: idsOf(boots),
      items: interventions.map(({ item }) => item),
      deliveredUs: us(deliveries.reduce((sum, each) => sum + each.us, 0)),
      notDelivered: deliveries.filter(({ times }) => times === 0).map(({ item }) => item),
      ...(bad ?? { outcome: 'measured' as const }),
      gates: bad ? [] : shiftsOf(boots, context),
    };
  });
}

export function whatIfsOf(played: readonly Played[], context: Context): ProfileWhatIf[] {
  const headline = context.metrics[0];
  const rows = trialsOf(played, 'what-if').map((boots): ProfileWhatIf => {
    const interventions = [...interventionsOf(boots)];
    const bad = unusable(boots) ?? undone(boots, context);
    return {
      label: whatIfLabel(interventions),
      interventions,
      boots: idsOf(boots),
      ...(bad ?? { outcome: 'measured' as const }),
      broken: [...new Set(boots.flatMap(({ record }) => record.broken))],
      // A broken boot has no gain, however fast it was.
      gates: bad ? [] : shiftsOf(boots, context),
    };
  });
  const gain = ({ gates }: ProfileWhatIf) =>
    gates.find(({ metric }) => metric === headline)?.shift.estimate ?? Infinity;
  return rows.sort((a, b) => gain(a) - gain(b));
}

/** A skipped step leaves a stamp; a masked unit does not run. */
function undone(
  boots: readonly Played[],
  { baseline }: Context,
): { outcome: Dose['outcome']; message: string } | undefined {
  const ran = (record: BootRecord, item: string) =>
    record.spans.some(({ kind, name }) => kind === 'unit' && item === `unit:${name}`);
  const missed = interventionsOf(boots).filter(({ action, item }, index) =>
    boots.some((boot) =>
      item.startsWith('task:')
        ? deliveryOf(index, boot).times === 0
        : !baseline || !ran(baseline, item) || (action === 'mask' && ran(boot.record, item)),
    ),
  );
  if (missed.length === 0) return undefined;
  const names = missed.map(({ item }) => item).join(', ');
  return { outcome: 'not-delivered', message: `${names}: not in this boot, or cannot be left out of it` };
}

export function opportunitiesOf(
  headline: string,
  items: readonly ProfileItem[],
  whatIfs: readonly ProfileWhatIf[],
): Profile['opportunities'] {
  const tried = whatIfs.flatMap(({ label, boots, gates }) => {
    const found = gates.find(({ metric }) => metric === headline);
    return found?.beyondNoise && found.shift.estimate < 0 ? [{ label, shift: found.shift, boots }] : [];
  });
  const later = items.flatMap(({ item, doses }) =>
    doses
      .filter(({ action }) => action === 'sleep')
      .flatMap(({ gates, boots, plannedUs }) =>
        gates
          .filter(({ metric, effect }) => metric === headline && effect === 'in-the-way')
          .map(({ shift }) => ({
            label: `start later: ${item.replace(/^(?:unit|task):/, '')} (by ${plannedUs / 1_000_000} s)`,
            shift,
            boots,
          })),
      ),
  );
  return [...tried, ...later].sort((a, b) => a.shift.estimate - b.shift.estimate);
}
