/**
 * The boots of a profile -> `profile.json`: what each delay, and each other intervention, did to the end of a boot. A pure function of the
 * run's files; while the profile is still booting, it says which boots to make next.
 */
import { metricOf } from '../../metrics/catalogue.ts';
import type { NullBand, Profile } from '../../model/profile.ts';
import type { Run } from '../../model/run.ts';
import { gatesOf, type Scenario } from '../../model/scenario.ts';
import { nullBand } from '../../statistics/profile/shift.ts';
import { decisiveDose, itemsOf } from './doses.ts';
import { type Context, isSound, type Played, valuesOf } from './played.ts';
import { groupsOf, opportunitiesOf, whatIfsOf } from './what-ifs.ts';

export interface ProfileInput {
  readonly run: Run;
  readonly scenario: Scenario;
  readonly played: readonly Played[];
}

/** The headline first, then the gates, then the default target, which people mean by boot time. */
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

/**
 * The reference for interventions is boots that have the means of one. Another drop-in, another file in the initrd moves stamps by itself
 * (30 ms at the default target). If there are not three of them, boots without any means serve.
 */
function withMeans(nulls: readonly Played[]): readonly Played[] {
  const having = nulls.filter(({ outcome }) => (outcome.trial?.interventions.length ?? 0) > 0);
  return having.length < 3 ? nulls : having;
}

function warningsOf(bands: readonly NullBand[], played: readonly Played[]): string[] {
  const audits = played.filter(({ outcome }) => (outcome.audit?.differences.length ?? 0) > 0);
  const found = played.filter(({ outcome, withoutRaw }) => withoutRaw && outcome.outcome === 'booted');
  return [
    ...(found.length > 0
      ? [
          `raw/ is missing in ${found.length} of ${played.length} boots; their record.json was used as it is. Copy the whole run folder to derive them again`,
        ]
      : []),
    ...(bands.length === 0 ? ['no sound boot without an intervention: no result'] : []),
    ...bands
      .filter(({ boots }) => boots < 2)
      .map(({ metric }) => `${metric}: only one boot without an intervention, so its noise is unknown`),
    ...audits.map(
      ({ outcome }) => `${outcome.boot.id} gave a different result when booted again: see its outcome.json`,
    ),
  ];
}
