/**
 * Results as gauges in OpenMetrics text, for Prometheus: a file for node_exporter's textfile collector, or the body of a push to
 * a Pushgateway. Gauges only, so that readers of the older text format also accept it. Times are in seconds, by convention.
 * https://prometheus.io/docs/specs/om/open_metrics_spec/
 */
import { plain } from '../escape.ts';
import type { ReportInput } from '../input.ts';

interface Gauge {
  readonly name: string;
  readonly unit?: 'seconds' | 'ratio';
  readonly help: string;
  readonly points: readonly (readonly [labels: Readonly<Record<string, string>>, value: number | null | undefined])[];
}

const SECOND_US = 1_000_000;

export function renderOpenMetrics(input: ReportInput): string {
  const gauges = [...times(input), ...ratios(input), ...verdicts(input), ...budgets(input), ...counts(input)];
  return `${gauges.flatMap(family).join('\n')}\n# EOF\n`;
}

const scenarioOf = ({ comparison }: ReportInput) => ({ scenario: comparison.scenario });

/** Each comparison with a candidate describes a side once; the baseline's description is the same each time. */
function times(input: ReportInput): Gauge[] {
  const { baseline, metrics, descriptions = [] } = input.comparison;
  const alone = descriptions.map(({ metric, variant, quantiles: [median, p90] }) => ({
    metric,
    variant,
    side: { medianUs: median?.estimateUs ?? null, p90Us: p90?.estimateUs ?? null },
  }));
  const compared = metrics.flatMap(({ metric, candidate, before, after }, index) => [
    ...(metrics.findIndex((row) => row.metric === metric) === index
      ? [{ metric, variant: baseline, side: before }]
      : []),
    { metric, variant: candidate, side: after },
  ]);
  const sides = [...compared, ...alone];
  const gauge = (
    name: string,
    help: string,
    value: (side: (typeof sides)[number]['side']) => number | null,
  ): Gauge => ({
    name,
    unit: 'seconds',
    help,
    points: sides.map(({ metric, variant, side }) => {
      const us = value(side);
      return [{ ...scenarioOf(input), metric, variant }, us === null ? null : us / SECOND_US];
    }),
  });
  return [
    gauge('bench_boot_median_seconds', 'Median over the sound boots of a variant.', ({ medianUs }) => medianUs),
    gauge('bench_boot_p90_seconds', '90th percentile over the sound boots of a variant.', ({ p90Us }) => p90Us),
  ];
}

function ratios(input: ReportInput): Gauge[] {
  const gauge = (name: string, help: string, bound: 'estimate' | 'low' | 'high'): Gauge => ({
    name,
    unit: 'ratio',
    help,
    points: input.comparison.metrics.map(({ metric, candidate, ratio }) => [
      { ...scenarioOf(input), metric, candidate },
      ratio?.[bound],
    ]),
  });
  return [
    gauge('bench_change_ratio', 'Candidate divided by baseline; below 1 is faster.', 'estimate'),
    gauge('bench_change_low_ratio', 'Lower end of the confidence interval.', 'low'),
    gauge('bench_change_high_ratio', 'Upper end of the confidence interval.', 'high'),
  ];
}

function verdicts(input: ReportInput): Gauge[] {
  const gates = input.comparison.metrics.filter(({ gate }) => gate);
  return [
    {
      name: 'bench_gate_failed',
      help: '1 if the gate metric fails the build, else 0. The verdict is a label.',
      points: gates.map(({ metric, candidate, verdict, gateResult }) => [
        { ...scenarioOf(input), metric, candidate, verdict },
        gateResult === 'fails' ? 1 : 0,
      ]),
    },
  ];
}

function budgets(input: ReportInput): Gauge[] {
  const held = (input.comparison.budgets ?? []).filter(({ gateResult }) => gateResult !== undefined);
  return [
    {
      name: 'bench_budget_exceeded',
      help: '1 if the budget is exceeded, which fails the build, else 0. The verdict is a label.',
      points: held.map(({ metric, variant, verdict, quantile, limitUs, allowed, gateResult }) => [
        {
          ...scenarioOf(input),
          metric,
          variant,
          limit_seconds: String(limitUs / SECOND_US),
          ...(quantile === undefined ? { at_most: String(allowed) } : { quantile: String(quantile) }),
          verdict,
        },
        gateResult === 'fails' ? 1 : 0,
      ]),
    },
  ];
}

function counts(input: ReportInput): Gauge[] {
  return [
    {
      name: 'bench_boots',
      help: 'Boots of a variant by outcome. Broken: booted, but violated an expectation.',
      points: input.comparison.counts.flatMap(({ variant, boots, failed, broken }) =>
        Object.entries({ sound: boots - failed - broken, failed, broken }).map(
          ([outcome, number]) => [{ ...scenarioOf(input), variant, outcome }, number] as const,
        ),
      ),
    },
  ];
}

/** A metric without a value is absent, never 0. */
function family({ name, unit, help, points }: Gauge): string[] {
  const measured = points.flatMap(([labels, value]) =>
    typeof value === 'number' ? [`${name}{${labelText(labels)}} ${value}`] : [],
  );
  if (measured.length === 0) return [];
  return [
    `# TYPE ${name} gauge`,
    ...(unit === undefined ? [] : [`# UNIT ${name} ${unit}`]),
    `# HELP ${name} ${help}`,
    ...measured,
  ];
}

const labelText = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}="${plain(value, 120).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`)
    .join(',');
