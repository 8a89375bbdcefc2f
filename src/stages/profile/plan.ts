/** Which boots a profile makes, one lot after another: the earlier lots decide the next. */
import { pathSlack } from '../../metrics/path-slack.ts';
import type { BootRecord } from '../../model/boot.ts';
import { noneDecides, type Profile, type ProfileWhatIf } from '../../model/profile.ts';
import type { Run } from '../../model/run.ts';
import type { Scenario } from '../../model/scenario.ts';
import type { Intervention, Trial } from '../../model/trial.ts';
import { type Us, us } from '../../model/units.ts';
import { type Candidate, candidatesOf, shownItem, whatIfLabel } from './items.ts';

export type Design = NonNullable<Run['profile']>;

/** Nine sleeps of a third of a second: together more than any one of them could hide. */
const GROUP_SIZE = 9;
const GROUP_US = 3_000_000;
/** Work takes CPU time from others, so half a dose shows as much. */
const SPIN_SHARE = 0.5;
/** Doses of work: for items on which a sleep says little. */
const MOST_SPINS = 3;
/** What-ifs that a profile tries if the user requested none. */
const MOST_IDEAS = 3;

const nothing = (label: string, interventions: Intervention[]): Trial => ({ purpose: 'null', label, interventions });

/** In every image with systemd. */
const EVERYWHERE = 'unit:systemd-udevd.service';

export const baseline = (): Trial => nothing('nothing', []);

/** An item with this much slack may start later, and a null may stand ahead of it. */
const FREE_US = 500_000;

/**
 * The means of an intervention without its effect: the cost of being able to intervene. Even a sleep of 0 is a process, so it stands ahead
 * of a unit that has slack in the baseline's record. It takes the latest such unit, because it disturbs the least.
 */
export function inertTrials(
  record: BootRecord,
  metrics: readonly string[],
  provisionedBy: string | undefined,
): Trial[] {
  const free = candidatesOf(record, provisionedBy).filter(({ item }) => isFree(item, metrics, record));
  const unit = latest(free.filter(({ item }) => item.endsWith('.service')))?.item ?? EVERYWHERE;
  const step = latest(free.filter(({ item }) => item.startsWith('task:')))?.item;
  const inert: Intervention = { action: 'inert', item: unit };
  return [
    nothing('a drop-in without any setting', [inert]),
    nothing('another drop-in without any setting', [{ action: 'inert', item: EVERYWHERE }]),
    nothing('a sleep of 0 s', [{ action: 'sleep', item: unit, us: us(0) }]),
    ...(step === undefined
      ? []
      : [nothing('a sleep of 0 s before a step', [{ action: 'sleep', item: step, us: us(0) }, inert])]),
  ];
}

const latest = (found: readonly Candidate[]): Candidate | undefined =>
  found.toSorted((a, b) => b.startUs - a.startUs)[0];

/** Has known slack for at least one metric, and too little for none. */
function isFree(item: string, metrics: readonly string[], record: BootRecord): boolean {
  const slacks = metrics.flatMap((metric) => pathSlack(metric, item, record) ?? []);
  const known = slacks.flatMap(({ slackUs }) => slackUs ?? []);
  return (
    known.length > 0 && known.every((slackUs) => slackUs >= FREE_US) && slacks.every(({ onPathUs }) => onPathUs === 0)
  );
}

export const doseTrial = (item: string, action: 'sleep' | 'spin', doseUs: Us): Trial => ({
  purpose: 'dose',
  label: `${action} ${doseUs / 1_000_000} s before ${shownItem(item)}`,
  interventions: [{ action, item, us: doseUs }],
});

export const whatIfTrial = (interventions: Intervention[]): Trial => ({
  purpose: 'what-if',
  label: whatIfLabel(interventions),
  interventions,
});

/** The items to delay one by one. */
export function chosenItems(design: Design, record: BootRecord, provisionedBy: string | undefined): string[] {
  if (design.items.length > 0) return design.items;
  return candidatesOf(record, provisionedBy)
    .slice(0, design.mostItems)
    .map(({ item }) => item);
}

/** The longest of the other items that are on no path, all at once. */
export function groupTrial(
  items: readonly string[],
  record: BootRecord,
  provisionedBy: string | undefined,
): Trial | undefined {
  const onPath = new Set(Object.values(record.paths).flatMap((path) => path.map(({ item }) => item)));
  const rest = candidatesOf(record, provisionedBy).filter(({ item }) => !items.includes(item) && !onPath.has(item));
  return groupOf(rest.slice(0, GROUP_SIZE).map(({ item }) => item));
}

function groupOf(items: readonly string[]): Trial | undefined {
  if (items.length === 0) return undefined;
  const each = us(Math.round(GROUP_US / GROUP_SIZE / 1000) * 1000);
  return {
    purpose: 'group',
    label: `sleep ${each / 1_000_000} s before ${items.length} items at once`,
    interventions: items.map((item) => ({ action: 'sleep', item, us: each })),
  };
}

/** Halves each group that shifted the headline as much as a deciding item would. An item left alone in a half gets its own dose. */
export function splits({ groups, items: dosed, headline }: Profile, doseUs: Us): Trial[] {
  const known = new Set(dosed.map(({ item }) => item));
  return groups
    .filter((group) => group.gates.some((gate) => gate.metric === headline && !noneDecides(group, gate)))
    .filter(
      ({ items }) =>
        !groups.some((other) => other.items.length < items.length && other.items.every((item) => items.includes(item))),
    )
    .flatMap(({ items }) => {
      if (items.length === 1)
        return items.filter((item) => !known.has(item)).map((item) => doseTrial(item, 'sleep', doseUs));
      const half = Math.ceil(items.length / 2);
      return [items.slice(0, half), items.slice(half)].flatMap((part) => groupOf(part) ?? []);
    });
}

/** Items whose sleep came through by less than half, or made the boot faster: does their work decide? Those on the path first. */
export function spins({ items, headline }: Profile, doseUs: Us): Trial[] {
  return items
    .flatMap(({ item, doses }) => {
      const gate = doses.find(({ action }) => action === 'sleep')?.gates.find(({ metric }) => metric === headline);
      const spun = doses.some(({ action }) => action === 'spin');
      return gate === undefined || spun || gate.share.estimate >= 0.5 ? [] : [{ item, gate }];
    })
    .sort((a, b) => b.gate.onPathUs - a.gate.onPathUs || a.gate.shift.estimate - b.gate.shift.estimate)
    .slice(0, MOST_SPINS - items.filter(({ doses }) => doses.some(({ action }) => action === 'spin')).length)
    .map(({ item }) => doseTrial(item, 'spin', us(Math.round(doseUs * SPIN_SHARE))));
}

/**
 * Default what-ifs: a step comes later, a unit is absent. Only items on the path, or that hold it up. Never an item that the scenario's
 * expectations name, nor one in which such an item starts, and none of systemd's own units.
 */
export function ideas(
  scenario: Scenario,
  record: BootRecord,
  provisionedBy: string | undefined,
  metric: string,
): Trial[] {
  const named = new Set(
    scenario.expect.flatMap(({ unit, task }) => [...(unit ? [`unit:${unit}`] : []), ...(task ? [`task:${task}`] : [])]),
  );
  const wanted = record.spans.filter(
    ({ kind, name }) => kind === 'unit' && named.has(`unit:${name.replace(/~\d+$/, '')}`),
  );
  const startsWanted = ({ startUs, lengthUs }: Candidate) =>
    wanted.some(({ start }) => start.us >= startUs && start.us <= startUs + lengthUs);
  const onPathUs = (item: string) =>
    (record.paths[metric] ?? [])
      .filter((segment) => segment.item === item || segment.during === item)
      .reduce((sum, { fromUs, toUs }) => sum + toUs - fromUs, 0);
  return candidatesOf(record, provisionedBy)
    .filter(
      ({ item }) =>
        !named.has(item) && !/^unit:(?:systemd-|boot-?hook|cloud-|ssh)/.test(item) && /^task:|\.service$/.test(item),
    )
    .filter((candidate) => candidate.item.startsWith('unit:') || !startsWanted(candidate))
    .map((candidate) => ({ ...candidate, onPathUs: onPathUs(candidate.item) }))
    .filter((candidate) => candidate.onPathUs > 0)
    .sort((a, b) => b.onPathUs - a.onPathUs)
    .slice(0, MOST_IDEAS)
    .map(({ item }) => whatIfTrial([{ action: item.startsWith('task:') ? 'defer' : 'mask', item }]));
}

/**
 * The best set, greedily: adds the next best intervention to the best, and keeps it if it brings more than noise. Returns the set to boot
 * next; undefined if nothing is left to add.
 */
export function nextSet({ whatIfs, nulls, headline }: Profile): Trial | undefined {
  const gateOf = ({ gates }: ProfileWhatIf) => gates.find(({ metric }) => metric === headline);
  const noiseUs = nulls.find(({ metric }) => metric === headline)?.bandUs ?? 0;
  const [best, ...others] = whatIfs
    .filter(({ interventions }) => interventions.length === 1)
    .flatMap(({ interventions, ...rest }) => {
      const gate = gateOf({ interventions, ...rest });
      return gate?.beyondNoise && gate.shift.estimate < 0 ? [{ interventions, us: gate.shift.estimate }] : [];
    })
    .sort((a, b) => a.us - b.us);
  if (best === undefined) return undefined;
  let set = best;
  for (const { interventions } of others) {
    if (interventions.some(({ item }) => set.interventions.some((each) => each.item === item))) continue;
    const wider = [...set.interventions, ...interventions];
    const tried = whatIfs.find((each) => sameSet(each.interventions, wider));
    if (tried === undefined) return whatIfTrial(wider);
    const gate = gateOf(tried);
    if (gate && gate.shift.estimate < set.us - noiseUs) set = { interventions: wider, us: gate.shift.estimate };
  }
  return undefined;
}

const sameSet = (a: readonly Intervention[], b: readonly Intervention[]): boolean =>
  a.length === b.length && a.every((one) => b.some(({ action, item }) => action === one.action && item === one.item));
