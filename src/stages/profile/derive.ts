/**
 * The boots of a profile -> `profile.json`: what each delay, and each other intervention, did to the end of a boot. A pure function of
 * the run's files; while boots are still being made it says which to make next.
 */
import { metricOf } from '../../metrics/catalogue.ts';
import { measure } from '../../metrics/measure.ts';
import { pathSlack } from '../../metrics/path-slack.ts';
import type { BootRecord, Outcome } from '../../model/boot.ts';
import { itemIdOf, WHOLE_SCRIPT } from '../../model/ids.ts';
import type {
  Dose,
  GateEffect,
  GateShift,
  NullBand,
  PathChange,
  Profile,
  ProfileGroup,
  ProfileItem,
  ProfileWhatIf,
} from '../../model/profile.ts';
import type { Run } from '../../model/run.ts';
import { gatesOf, type Scenario } from '../../model/scenario.ts';
import { type Us, us } from '../../model/units.ts';
import { agrees } from '../../statistics/profile/agreement.ts';
import { isBeyondNoise, nullBand, readDose, shiftOf } from '../../statistics/profile/shift.ts';
import { lengthChanges, pathChanges } from './changes.ts';
import { candidatesOf, provisionerOf, whatIfLabel } from './items.ts';

/** A boot with what was done to it. */
export interface Played {
  readonly outcome: Outcome;
  readonly record: BootRecord;
}

export interface ProfileInput {
  readonly run: Run;
  readonly scenario: Scenario;
  readonly played: readonly Played[];
}

/** The headline first, then the gates, then the default target, which is what people mean by boot time. */
export const profiledMetrics = (scenario: Scenario): string[] => [
  ...new Set([scenario.ready.metric, ...Object.keys(gatesOf(scenario)), 'boot.target']),
];

export function profileOf({ run, scenario, played }: ProfileInput): Profile {
  const metrics = profiledMetrics(scenario).filter((id) => metricOf(id) !== undefined);
  const sound = played.filter(({ outcome, record }) => outcome.trial?.purpose === 'null' && isSound(record));
  const baseline = sound[0]?.record;
  const nulls = withMeans(sound);
  const bands = metrics.flatMap((id) => {
    const values = valuesOf(id, nulls);
    return values.length === 0 ? [] : [nullBand(id, values)];
  });
  const context: Context = { scenario, metrics: bands.map(({ metric }) => metric), nulls, baseline };
  const headline = context.metrics[0] ?? scenario.ready.metric;
  const items = itemsOf(played, context);
  const whatIfs = whatIfsOf(played, context);
  const judged = items.flatMap(
    ({ doses }) => decisiveDose(doses)?.gates.find(({ metric }) => metric === headline) ?? [],
  );
  const outcomes = played.map(({ outcome }) => outcome);
  return {
    schema: 'bench/profile@1',
    scenario: scenario.name,
    variant: run.profile?.variant ?? '',
    seed: run.seed,
    tool: run.tool,
    run: run.id,
    timing: String(run.facts.timing ?? 'wall'),
    headline,
    boots: {
      made: outcomes.filter(({ cached }) => cached === undefined).length,
      cached: outcomes.filter(({ cached }) => cached !== undefined).length,
      failed: outcomes.filter(({ outcome }) => outcome === 'failed').length,
      broken: played.filter(({ record }) => record.broken.length > 0).length,
    },
    nulls: bands,
    items,
    groups: groupsOf(played, context),
    whatIfs,
    opportunities: opportunitiesOf(headline, items, whatIfs),
    agreement: { items: judged.length, agree: judged.filter((effect) => effect.agrees).length },
    warnings: warningsOf(bands, played),
  };
}

interface Context {
  readonly scenario: Scenario;
  readonly metrics: readonly string[];
  readonly nulls: readonly Played[];
  readonly baseline: BootRecord | undefined;
}

/**
 * Boots that have the means of an intervention are what interventions are held against: another drop-in, another file in the initrd moves
 * stamps by itself (30 ms at the default target). Those without any, where there are not three with them.
 */
function withMeans(nulls: readonly Played[]): readonly Played[] {
  const having = nulls.filter(({ outcome }) => (outcome.trial?.interventions.length ?? 0) > 0);
  return having.length < 3 ? nulls : having;
}

const isSound = ({ outcome, broken }: BootRecord): boolean => outcome === 'booted' && broken.length === 0;

function valuesOf(metric: string, played: readonly Played[]): number[] {
  return played.flatMap(({ record }) => {
    const measured = measure(metric, record);
    return measured.kind === 'measured' ? [measured.valueUs] : [];
  });
}

/** Boots with the same interventions, in the order they were asked for. */
function trialsOf(played: readonly Played[], purpose: string): Played[][] {
  const trials = new Map<string, Played[]>();
  for (const each of played) {
    const { trial } = each.outcome;
    if (trial?.purpose !== purpose) continue;
    const key = JSON.stringify(trial.interventions);
    trials.set(key, [...(trials.get(key) ?? []), each]);
  }
  return [...trials.values()];
}

const interventionsOf = (boots: readonly Played[]) => boots[0]?.outcome.trial?.interventions ?? [];
const idsOf = (boots: readonly Played[]): string[] => boots.map(({ outcome }) => outcome.boot.id);

/** What the stamps of an intervention say: how often it was made, and how much was spent on it. */
function deliveryOf(number: number, { record }: Played): { readonly times: number; readonly us: number } {
  const spans = record.spans.filter(({ kind, name }) => kind === 'trial' && name === String(number));
  const whole = spans.filter(({ end }) => end !== undefined);
  return { times: whole.length, us: whole.reduce((sum, { start, end }) => sum + (end?.us ?? 0) - start.us, 0) };
}

/** Why boots have no shift, in words; undefined where they do. */
function unusable(boots: readonly Played[]): { outcome: Dose['outcome']; message: string } | undefined {
  const failed = boots.find(({ record }) => record.outcome === 'failed');
  if (failed) return { outcome: 'failed', message: failed.record.failure?.message ?? 'the boot failed' };
  const broken = boots.find(({ record }) => record.broken.length > 0);
  return broken && { outcome: 'broken', message: broken.record.broken.join('; ') };
}

function itemsOf(played: readonly Played[], context: Context): ProfileItem[] {
  const items = new Map<string, Dose[]>();
  for (const boots of trialsOf(played, 'dose')) {
    const [intervention] = interventionsOf(boots);
    if (intervention === undefined) continue;
    items.set(intervention.item, [...(items.get(intervention.item) ?? []), doseOf(boots, context)]);
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
    const message = `${intervention?.item ?? ''} is not in this boot, or cannot be delayed: nothing was delivered`;
    return { ...base, outcome: 'not-delivered', message, gates: [] };
  }
  const item = intervention?.item ?? '';
  const gates = context.metrics.flatMap((metric) => effectAt(metric, item, deliveredUs, boots, context) ?? []);
  return { ...base, outcome: 'measured', gates };
}

/** The first tells the cause; more than these tell nothing. */
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
  const lengths = lengthChanges(baseline, boots, { deliveredUs, absorbedUs: slack?.us ?? 0 });
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

/** The dose that says the most of an item: as sleep, which disturbs nothing else; as work where only that was delivered. */
export const decisiveDose = (doses: readonly Dose[]): Dose | undefined => {
  const measured = doses.filter(({ outcome }) => outcome === 'measured');
  return measured.find(({ action }) => action === 'sleep') ?? measured[0];
};

const shiftsOf = (boots: readonly Played[], { metrics, nulls }: Context): GateShift[] =>
  metrics.flatMap((metric) => {
    const shift = shiftOf(valuesOf(metric, boots), valuesOf(metric, nulls));
    return shift ? [{ metric, shift, beyondNoise: isBeyondNoise(shift) }] : [];
  });

function groupsOf(played: readonly Played[], context: Context): ProfileGroup[] {
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

function whatIfsOf(played: readonly Played[], context: Context): ProfileWhatIf[] {
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

/** A step that was left out has left a stamp; a unit that was left out has not run. */
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
  return { outcome: 'not-delivered', message: `${names}: not in this boot, or not to be left out of it` };
}

function opportunitiesOf(
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

function warningsOf(bands: readonly NullBand[], played: readonly Played[]): string[] {
  const audits = played.filter(({ outcome }) => (outcome.audit?.differences.length ?? 0) > 0);
  return [
    ...(bands.length === 0 ? ['no boot without an intervention was sound: nothing can be said'] : []),
    ...bands
      .filter(({ boots }) => boots < 2)
      .map(({ metric }) => `${metric}: one boot without an intervention; its noise is not known`),
    ...audits.map(({ outcome }) => `${outcome.boot.id} did not repeat when it was booted again: see its outcome.json`),
  ];
}
