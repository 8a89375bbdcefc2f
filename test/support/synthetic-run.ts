/**
 * A synthetic run for tests of what people read. Every part has the shape of the real thing: blocks, units, provisioning steps,
 * critical paths, failures. All of it comes from a seed. Plain normal approximations fill the comparison: it must look right and
 * be consistent (rows that add up), but need not be correct. Tests of the statistics are elsewhere.
 */

import type { BootIdentity, BootRecord, PathSegment } from '../../src/model/boot.ts';
import type {
  Attribution,
  Comparison,
  MetricComparison,
  SideSummary,
  VariantCounts,
} from '../../src/model/comparison.ts';
import { type Random, seededRandom, shuffled } from '../../src/model/random.ts';
import type { PlannedBlock, Run } from '../../src/model/run.ts';
import type { MetricDeclaration, SampleBoot, Samples } from '../../src/model/samples.ts';
import type { BootEvent, Span, Stamp } from '../../src/model/timeline.ts';
import { us, usOrNull } from '../../src/model/units.ts';
import { gravestWarnings } from '../../src/statistics/failed-boots.ts';
import { bootsOf } from '../../src/statistics/observations.ts';
import { gateResultOf, outcomeOf, overallOutcome } from '../../src/statistics/outcome.ts';

export interface SyntheticOptions {
  readonly seed?: number;
  readonly blocks?: number;
  readonly variants?: readonly string[];
  /** Total number of metrics; the generator invents units until there are enough. */
  readonly metrics?: number;
  /** Seconds that every candidate adds to containerd.service. */
  readonly slowerBySeconds?: number;
  /** Candidates defer the deferrable steps behind kubelet. */
  readonly deferred?: boolean;
  /** Share of spread between boots. */
  readonly sigma?: number;
  readonly timing?: 'virtual' | 'wall';
  readonly interleaved?: boolean;
  /** How many of the first boots of a variant failed, or broke an expectation. */
  readonly failed?: Readonly<Record<string, number>>;
  readonly broken?: Readonly<Record<string, number>>;
  /** Replaces one unit's name, one failure's message, and the like. */
  readonly hostile?: string;
  readonly gates?: readonly string[];
  readonly records?: boolean;
}

export interface SyntheticRun {
  readonly run: Run;
  readonly comparison: Comparison;
  readonly samples: Samples;
  readonly records: readonly BootRecord[];
}

type Step = {
  readonly item: string;
  /** Undefined where a step leaves no span. */
  readonly kind: Span['kind'] | undefined;
  readonly seconds: number;
  readonly wait?: boolean;
  readonly deferrable?: boolean;
};

const STEPS: readonly Step[] = [
  { item: 'phase:kernel', kind: 'phase', seconds: 1.86 },
  { item: 'unit:systemd-journald.service', kind: 'unit', seconds: 0.31 },
  { item: 'unit:systemd-udevd.service', kind: 'unit', seconds: 0.42 },
  { item: 'unit:dev-vda1.device', kind: 'unit', seconds: 0.88, wait: true },
  { item: 'unit:local-fs.target', kind: 'unit', seconds: 0.09 },
  { item: 'unit:systemd-sysctl.service', kind: 'unit', seconds: 0.14 },
  { item: 'unit:networking.service', kind: 'unit', seconds: 1.12 },
  { item: 'unit:network-online.target', kind: 'unit', seconds: 0.64, wait: true },
  { item: 'unit:provision.service', kind: 'unit', seconds: 0.18 },
  { item: 'task:configureSysctl', kind: 'task', seconds: 0.33, deferrable: true },
  { item: 'task:waitPackageLock', kind: 'task', seconds: 1.94, wait: true, deferrable: true },
  { item: 'task:configureCNI', kind: 'task', seconds: 0.52 },
  { item: 'task:importImages', kind: 'task', seconds: 3.2, deferrable: true },
  { item: 'task:configureCertificates', kind: 'task', seconds: 0.61 },
  { item: 'unit:containerd.service', kind: 'unit', seconds: 2.42 },
  { item: 'task:checkNetwork', kind: 'task', seconds: 0.87, deferrable: true },
  { item: 'unit:kubelet.service', kind: 'unit', seconds: 1.35 },
  { item: 'tls:bootstrap', kind: 'tls-bootstrap', seconds: 2.75, wait: true },
  { item: 'node:ready', kind: undefined, seconds: 1.48 },
];

const METRIC_FAMILIES: Readonly<Record<string, string>> = { unit: 'unit.', task: 'cse.', phase: 'boot.' };

const BESIDE = [
  'ssh.service',
  'cron.service',
  'systemd-logind.service',
  'dbus.service',
  'apt-daily.timer',
  'getty@tty1.service',
];

export const HOSTILE =
  '</script><script>alert(1)</script><img src=x onerror=alert(2)> `a|b` **bold** @everyone [x](javascript:alert(3)) ' +
  '\u001b[31mred\u001b]0;title\u0007 \u202egnp.exe\u2066 ##vso[task.complete result=Failed] ::error file=a::boo {{7*7}} {7*7}';

const stamp = (atUs: number, file: string, line: number): Stamp => ({
  clock: 'monotonic',
  us: us(Math.round(atUs)),
  errorUs: us(1000),
  evidence: { file, line },
});

/** Box-Muller; one of the two is enough here. */
const normal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());

export function syntheticRun(options: SyntheticOptions = {}): SyntheticRun {
  const variants = options.variants ?? ['before', 'after'];
  const design = planned(variants, options.blocks ?? 12, options.seed ?? 7);
  const random = seededRandom((options.seed ?? 7) + 1);
  const extra = Math.max(0, (options.metrics ?? 40) - STEPS.length - BESIDE.length - 5);
  const made: Made[] = [];
  const seen = new Map<string, number>();
  for (const block of design) {
    const conditions = (options.sigma ?? 0.03) * normal(random);
    for (const boot of block.boots) {
      const nth = (seen.get(boot.variant) ?? 0) + 1;
      seen.set(boot.variant, nth);
      made.push(makeBoot(boot, nth, { options, random, conditions, extra, baseline: variants[0] ?? 'before' }));
    }
  }
  const samples = samplesOf(made, variants, options);
  const records = options.records === false ? [] : made.map((one) => one.record);
  return { run: runOf(design, options, variants), samples, comparison: comparisonOf(samples, options), records };
}

function planned(variants: readonly string[], blocks: number, seed: number): PlannedBlock[] {
  const random = seededRandom(seed);
  let counter = 0;
  return Array.from({ length: blocks }, (_, index) => ({
    block: index + 1,
    seed: random.below(2 ** 31),
    boots: shuffled(variants, random).map((variant): BootIdentity => {
      counter += 1;
      const id = `${String(counter).padStart(4, '0')}-${variant}`;
      return { id, variant, block: index + 1, machine: `m${counter}`, bootKind: 'first' };
    }),
  }));
}

type Making = {
  readonly options: SyntheticOptions;
  readonly random: Random;
  readonly conditions: number;
  readonly extra: number;
  readonly baseline: string;
};
type Made = { readonly record: BootRecord; readonly sample: SampleBoot };

function makeBoot(boot: BootIdentity, nth: number, making: Making): Made {
  const { options } = making;
  const isFailed = nth <= (options.failed?.[boot.variant] ?? 0);
  const isBroken = !isFailed && nth <= (options.failed?.[boot.variant] ?? 0) + (options.broken?.[boot.variant] ?? 0);
  const claim = `failed units at most 0${options.hostile === undefined ? '' : ` ${options.hostile}`}`;
  const timeline = makeTimeline(boot, making);
  const record: BootRecord = {
    schema: 'bench/record@1',
    tool: 'bench 0.1.0',
    boot,
    outcome: isFailed ? 'failed' : 'booted',
    ...(isFailed ? { failure: failureOf(options) } : {}),
    machine: {
      accelerator: 'tcg',
      timing: options.timing ?? 'wall',
      kernel: '6.1.0-49-amd64',
      'host.build': nth % 5 === 0 ? '28471.1000' : '28470.1002',
    },
    events: isFailed ? [] : timeline.events,
    spans: isFailed ? [] : timeline.spans,
    links: isFailed ? [] : [{ from: 'realtime', to: 'monotonic', readings: linkReadings(nth) }],
    units: [],
    expectations: isFailed
      ? []
      : [
          {
            claim,
            held: !isBroken,
            message: isBroken ? '1 failed unit: chrony.service' : 'no failed units',
            evidence: { file: 'systemd/units.show', line: 812 },
          },
          {
            claim: 'kubelet.service is active',
            held: true,
            message: 'active (running)',
            evidence: { file: 'systemd/units.show', line: 402 },
          },
        ],
    broken: isBroken ? [`${claim}: 1 failed unit: chrony.service`] : [],
    paths: isFailed ? {} : timeline.paths,
    warnings:
      nth % 4 === 0
        ? [
            {
              code: 'clock-step',
              message: 'CLOCK_REALTIME stepped by 31 min 4 s',
              evidence: { file: 'journal/boot.jsonl', line: 977 },
            },
          ]
        : [],
  };
  return { record, sample: sampleOf(record, timeline) };
}

const linkReadings = (nth: number) =>
  (nth % 4 === 0 ? [0, 9_000_000] : [0]).map((at) => ({
    fromUs: us(1_700_000_000_000_000 + at * 200),
    toUs: us(1_000_000 + at),
    errorUs: us(1000),
  }));

const failureOf = (options: SyntheticOptions) => ({
  stage: 'boot' as const,
  code: 'ready-timeout',
  message: `node.ready was not reached within 10 m${options.hostile === undefined ? '' : ` ${options.hostile}`}`,
  hint: 'Read boots/*/raw/console.log.',
});

type Timeline = {
  readonly events: BootEvent[];
  readonly spans: Span[];
  readonly paths: Record<string, PathSegment[]>;
  readonly values: Record<string, number>;
};

function makeTimeline(boot: BootIdentity, making: Making): Timeline {
  const { options, random, conditions } = making;
  const isCandidate = boot.variant !== making.baseline;
  const sigma = options.sigma ?? 0.03;
  const spans: Span[] = [];
  const segments: PathSegment[] = [];
  const values: Record<string, number> = {};
  const events: BootEvent[] = [];
  let line = 12;
  const add = (item: string, kind: Span['kind'], fromUs: number, toUs: number, after?: string[]) => {
    const file = kind === 'task' ? 'guest-agent/events/1700000000.json' : 'systemd/units.show';
    const [family = '', name = ''] = item.split(/:(.*)/s);
    line += 17;
    spans.push({
      kind,
      name,
      start: stamp(fromUs, file, line),
      end: stamp(toUs, file, line + 3),
      ...(after ? { after } : {}),
    });
    values[`${METRIC_FAMILIES[family] ?? `${family}.`}${name}`] = Math.round(toUs) - Math.round(fromUs);
  };
  const spread = (seconds: number) => seconds * 1e6 * Math.exp(conditions + sigma * normal(random));
  const isLater = (step: Step) => options.deferred === true && isCandidate && step.deferrable === true;
  let at = 0;
  let previous: string | undefined;
  for (const step of STEPS.filter((candidate) => !isLater(candidate))) {
    const more = isCandidate && step.item === 'unit:containerd.service' ? (options.slowerBySeconds ?? 0) : 0;
    const item =
      options.hostile !== undefined && step.item === 'unit:networking.service' ? `unit:${options.hostile}` : step.item;
    const end = at + spread(step.seconds + more);
    if (step.kind !== undefined) add(item, step.kind, at, end, previous === undefined ? undefined : [previous]);
    segments.push({ item, kind: step.wait ? 'wait' : 'work', fromUs: us(Math.round(at)), toUs: us(Math.round(end)) });
    if (step.item === 'unit:kubelet.service') {
      events.push({ ...stamp(at, 'systemd/units.show', 402), id: 'kubelet.start' });
      values['kubelet.start'] = Math.round(at);
    }
    previous = item;
    at = end;
  }
  const readyUs = at;
  let laterAt = readyUs * 0.86;
  for (const step of STEPS.filter(isLater)) {
    const end = laterAt + spread(step.seconds);
    add(step.item, step.kind ?? 'unit', laterAt, end);
    laterAt = end;
  }
  for (const [index, unit] of BESIDE.entries()) {
    const from = 3_000_000 + index * 700_000;
    add(`unit:${unit}`, 'unit', from, from + spread(0.12 + index * 0.11));
  }
  for (let index = 0; index < making.extra; index++) {
    const from = 2_500_000 + ((index * 7_919) % 9_000) * 1_000;
    add(
      `unit:extra-${String(index).padStart(3, '0')}.service`,
      'unit',
      from,
      from + spread(0.02 + (index % 11) * 0.03),
    );
  }
  events.push({ ...stamp(readyUs, 'journal/boot.jsonl', 1881), id: 'node.ready' });
  values['node.ready'] = Math.round(readyUs);
  values['boot.target'] = Math.round(readyUs * 0.93);
  events.push({ ...stamp(readyUs * 0.93, 'systemd/manager.show', 21), id: 'boot.target' });
  const untilKubelet = segments.slice(
    0,
    segments.findIndex((segment) => segment.item === 'unit:kubelet.service'),
  );
  return { events, spans, values, paths: { 'node.ready': segments, 'kubelet.start': untilKubelet } };
}

function sampleOf(record: BootRecord, timeline: Timeline): SampleBoot {
  const isFailed = record.outcome === 'failed';
  const values: SampleBoot['values'] = {};
  for (const [metric, valueUs] of Object.entries(timeline.values)) {
    values[metric] = isFailed ? { missing: 'the boot failed' } : { us: us(valueUs), errorUs: us(1000) };
  }
  return {
    ...record.boot,
    outcome: record.outcome,
    ...(record.failure === undefined ? {} : { failure: `${record.failure.code}: ${record.failure.message}` }),
    broken: record.broken,
    values,
    ...(isFailed
      ? {}
      : {
          paths: Object.fromEntries(
            Object.entries(record.paths).map(([metric, path]) => [
              metric,
              path.map((segment) => ({ item: segment.item, us: us(segment.toUs - segment.fromUs) })),
            ]),
          ),
        }),
  };
}

function samplesOf(made: readonly Made[], variants: readonly string[], options: SyntheticOptions): Samples {
  const boots = made.map(({ sample }) => (options.interleaved === false ? { ...sample, block: null } : sample));
  const gates = options.gates ?? ['node.ready', 'kubelet.start'];
  const ids = [...new Set([...gates, ...boots.flatMap((boot) => Object.keys(boot.values))])];
  for (const boot of boots) {
    for (const id of ids) boot.values[id] ??= { missing: `no event of ${id} in raw/` };
  }
  return {
    schema: 'bench/samples@1',
    scenario: 'local-deferral',
    scenarioSha256: 'ab'.repeat(32),
    seed: options.seed ?? 7,
    alpha: 0.05,
    baseline: variants[0] ?? 'before',
    candidates: variants.slice(1),
    metrics: ids.map((id) => declaration(id, gates.includes(id))),
    boots,
    warnings: [],
  };
}

const declaration = (id: string, gate: boolean): MetricDeclaration => ({
  id,
  unit: 'us',
  gate,
  minimumEffect: 0.05,
  floorUs: us(100_000),
  equivalenceMargin: 0.05,
  control: id === 'boot.kernel',
  ...(id === 'node.ready' ? { question: 'When can the node take a pod?' } : {}),
});

function comparisonOf(samples: Samples, options: SyntheticOptions): Comparison {
  const metrics = samples.candidates.flatMap((candidate) =>
    samples.metrics.map((declared) => compare(samples, declared, candidate, options)),
  );
  const gates = metrics.filter((row) => row.gate);
  const counts = [samples.baseline, ...samples.candidates].map((variant) => countsOf(samples, variant));
  return decided({
    schema: 'bench/comparison@1',
    scenario: samples.scenario,
    scenarioSha256: samples.scenarioSha256,
    unproven: false,
    movedControls: [],
    alpha: samples.alpha,
    seed: samples.seed,
    baseline: samples.baseline,
    candidates: samples.candidates,
    blocks: options.interleaved === false ? 0 : new Set(samples.boots.map((boot) => boot.block)).size,
    counts,
    metrics,
    attribution: samples.candidates.flatMap((candidate) =>
      samples.metrics
        .filter((declared) => declared.gate)
        .map((declared) => attribute(samples, declared.id, candidate))
        .filter((entry) => entry.rows.length > 0),
    ),
    families: [
      { family: 'gates', tests: gates.length, method: 'step-down max-T over shared flips' },
      {
        family: 'exploratory',
        tests: metrics.length - gates.length,
        method: 'Benjamini-Hochberg, false-discovery rate 0.1',
      },
    ],
    warnings: [
      ...gravestWarnings(
        bootsOf(samples, samples.baseline),
        samples.candidates.map((candidate) => bootsOf(samples, candidate)),
      ),
      ...(options.interleaved === false
        ? [{ code: 'samples' as const, text: 'Nothing was interleaved: a difference may be one of time or place.' }]
        : []),
    ],
  });
}

/** Derives the result from verdicts, margins and boots, by the rules of the product itself. */
export function decided(given: Omit<Comparison, 'verdict' | 'result' | 'outcomes'>): Comparison {
  const metrics = given.metrics.map((row) =>
    row.gate ? { ...row, gateResult: gateResultOf(row, given.unproven) } : row,
  );
  const cameUp = (variant: string) => given.counts.some((side) => side.variant === variant && side.failed < side.boots);
  const nothing = !cameUp(given.baseline) || !given.candidates.some(cameUp);
  const outcomes = given.candidates.map((candidate) => {
    const broken = metrics.some((row) => row.candidate === candidate && row.gate && row.verdict === 'broken');
    return outcomeOf(candidate, metrics, given.budgets ?? [], { broken, nothing });
  });
  return {
    ...given,
    metrics,
    outcomes,
    ...overallOutcome(outcomes),
  };
}

function goodValues(samples: Samples, metric: string, variant: string): number[] {
  return samples.boots.flatMap((boot) => {
    const value = boot.values[metric];
    const counts = boot.variant === variant && boot.outcome === 'booted' && boot.broken.length === 0;
    return counts && value !== undefined && 'us' in value ? [value.us] : [];
  });
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

const quantile = (values: readonly number[], q: number): number | null => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length === 0 ? null : (sorted[Math.round(q * (sorted.length - 1))] ?? null);
};

function side(samples: Samples, metric: string, variant: string): SideSummary {
  const values = goodValues(samples, metric, variant);
  const boots = samples.boots.filter((boot) => boot.variant === variant);
  const median = quantile(values, 0.5);
  return {
    n: values.length,
    missing: boots.filter((boot) => boot.outcome === 'booted' && 'missing' in (boot.values[metric] ?? {})).length,
    broken: boots.filter((boot) => boot.outcome === 'failed' || boot.broken.length > 0).length,
    medianUs: usOrNull(median),
    p90Us: values.length >= 10 ? usOrNull(quantile(values, 0.9)) : null,
    madUs:
      median === null
        ? null
        : usOrNull(
            quantile(
              values.map((value) => Math.abs(value - median)),
              0.5,
            ),
          ),
  };
}

function compare(
  samples: Samples,
  declared: MetricDeclaration,
  candidate: string,
  options: SyntheticOptions,
): MetricComparison {
  const a = goodValues(samples, declared.id, samples.baseline);
  const b = goodValues(samples, declared.id, candidate);
  const n = Math.min(a.length, b.length);
  const base = {
    metric: declared.id,
    candidate,
    gate: declared.gate,
    margins: { minimumEffect: 0.05, floorUs: us(100_000), equivalenceMargin: 0.05 },
    before: side(samples, declared.id, samples.baseline),
    after: side(samples, declared.id, candidate),
    size: n,
    method:
      options.interleaved === false ? 'exact permutation of midranks' : 'within-block flips of pooled midranks, exact',
    warnings: [],
  };
  const broken = base.after.broken > base.before.broken + 2;
  if (n < 2) {
    const none = { estimate: null, low: null, high: null, confidence: 0.95 };
    return {
      ...base,
      verdict: broken ? 'broken' : 'inconclusive',
      failsGate: broken && declared.gate,
      ratio: null,
      differenceUs: none,
      p: null,
      pAdjusted: null,
      needs: null,
      warnings: [{ code: 'nothing-to-compare', text: 'fewer than 2 blocks hold both sides' }],
    };
  }
  const ratio = mean(b) / mean(a);
  const logs = Array.from({ length: n }, (_, i) => Math.log((b[i] ?? 1) / (a[i] ?? 1)));
  const centre = mean(logs);
  const error = Math.sqrt(mean(logs.map((x) => (x - centre) ** 2)) / (n - 1)) + 1e-6;
  const p = Math.max(
    2 / 2 ** n,
    Math.min(1, 2 * Math.exp(-0.717 * (Math.abs(centre) / error) - 0.416 * (centre / error) ** 2)),
  );
  const at = (z: number) => ({ estimate: ratio, low: ratio * Math.exp(-z * error), high: ratio * Math.exp(z * error) });
  const wide = at(2.2);
  const narrow = at(1.8);
  const significant = p <= samples.alpha;
  const inside = narrow.low >= 0.95 && narrow.high <= 1.05;
  const failsGate = declared.gate && (broken || (significant && ratio > 1.05));
  const verdict =
    broken && declared.gate
      ? 'broken'
      : significant
        ? ratio > 1
          ? 'slower'
          : 'faster'
        : inside
          ? 'equivalent'
          : 'inconclusive';
  const medianUs = base.before.medianUs ?? 0;
  return {
    ...base,
    verdict,
    failsGate,
    ratio: { ...wide, confidence: 0.95 },
    differenceUs: {
      estimate: us(medianUs * (ratio - 1)),
      low: us(medianUs * (wide.low - 1)),
      high: us(medianUs * (wide.high - 1)),
      confidence: 0.95,
    },
    p,
    pAdjusted: declared.gate ? Math.min(1, p * 2) : p,
    equivalence: { ...narrow, confidence: 0.9 },
    ...(declared.gate && n >= 10 ? picturesOf(a, b) : {}),
    needs: verdict === 'inconclusive' ? Math.ceil((2.8 * error * Math.sqrt(n)) ** 2 / 0.05 ** 2) + n : null,
  };
}

/** Deciles and slow boots: raw, with plausible bounds. */
function picturesOf(a: readonly number[], b: readonly number[]): Pick<MetricComparison, 'shift' | 'tail' | 'power'> {
  const thresholdUs = us((quantile([...a, ...b], 0.9) ?? 0) * 1.01);
  const slow = (values: readonly number[]) => values.filter((value) => value > thresholdUs).length;
  const shift = [0.3, 0.4, 0.5, 0.6, 0.7].map((decile) => {
    const differenceUs = (quantile(b, decile) ?? 0) - (quantile(a, decile) ?? 0);
    return {
      decile,
      differenceUs: us(differenceUs),
      lowUs: us(differenceUs - 200_000),
      highUs: us(differenceUs + 200_000),
    };
  });
  const method = 'McNemar, exact';
  const points = [2, 6, 10, 14, 18, 22].map((blocks) => ({ blocks, power: blocks < 6 ? 0 : 1 - 0.9 ** blocks }));
  const power = { effect: 0.05, sigma: 0.05, blocks: Math.min(a.length, b.length), points };
  return {
    power,
    shift,
    tail: { thresholdUs, threshold: 'outer fence', before: slow(a), after: slow(b), p: 0.5, method },
  };
}

function attribute(samples: Samples, metric: string, candidate: string): Attribution {
  const lengths = (variant: string) =>
    samples.boots
      .filter((boot) => boot.variant === variant && boot.outcome === 'booted' && boot.broken.length === 0)
      .map((boot) => new Map((boot.paths?.[metric] ?? []).map((segment) => [segment.item, segment.us])));
  const [a, b] = [lengths(samples.baseline), lengths(candidate)];
  const items = a.length === 0 || b.length === 0 ? [] : [...new Set([...a, ...b].flatMap((path) => [...path.keys()]))];
  const rows = items.map((item) => {
    const beforeUs = mean(a.map((path) => path.get(item) ?? 0));
    const afterUs = mean(b.map((path) => path.get(item) ?? 0));
    const differenceUs = afterUs - beforeUs;
    const slack = 0.02 * Math.max(beforeUs, afterUs);
    return {
      item,
      beforeUs: us(beforeUs),
      afterUs: us(afterUs),
      differenceUs: us(differenceUs),
      lowUs: us(differenceUs - slack),
      highUs: us(differenceUs + slack),
      pAdjusted: Math.abs(differenceUs) > 3 * slack ? 0.0012 : 0.61,
    };
  });
  return {
    metric,
    candidate,
    blocks: Math.min(a.length, b.length),
    differenceUs: us(rows.reduce((sum, row) => sum + row.differenceUs, 0)),
    rows,
  };
}

function countsOf(samples: Samples, variant: string): VariantCounts {
  const boots = samples.boots.filter((boot) => boot.variant === variant);
  const reasons = new Map<string, number>();
  for (const boot of boots) {
    for (const reason of boot.failure === undefined ? boot.broken : [boot.failure])
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  return {
    variant,
    boots: boots.length,
    failed: boots.filter((boot) => boot.outcome === 'failed').length,
    broken: boots.filter((boot) => boot.outcome === 'booted' && boot.broken.length > 0).length,
    p: variant === samples.baseline ? null : reasons.size > 0 ? 0.037 : 1,
    reasons: [...reasons].map(([reason, count]) => ({ reason, count })),
  };
}

function runOf(blocks: PlannedBlock[], options: SyntheticOptions, variants: readonly string[]): Run {
  return {
    schema: 'bench/run@1',
    id: '20261123-2145-local-deferral-7f3a',
    tool: 'bench 0.1.0',
    createdAt: '2026-11-23T21:45:00.000Z',
    scenario: {
      name: 'local-deferral',
      provider: { kind: 'qemu', timing: options.timing ?? 'wall' },
      variants: Object.fromEntries(variants.map((variant) => [variant, { image: { file: `${variant}.qcow2` } }])),
      ready: { metric: 'node.ready', within: '10m' },
      controls: ['boot.kernel'],
    },
    scenarioSha256: 'ab'.repeat(32),
    scenarioFile: 'scenarios/local-deferral.yaml',
    seed: options.seed ?? 7,
    blocks,
    facts: { provider: 'qemu', accelerator: 'tcg', timing: options.timing ?? 'wall', 'qemu.version': '7.2.22' },
  };
}
