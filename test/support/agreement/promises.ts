/**
 * The promises of every run: all outputs agree; swapping the sides mirrors the result; failed or broken boots never improve a result;
 * names have no effect; a duplicate boot counts once. `brokenPromises` names those that a run breaks.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Comparison, Interval } from '../../../src/model/comparison.ts';
import { seededRandom } from '../../../src/model/random.ts';
import type { SampleBoot, Samples } from '../../../src/model/samples.ts';
import type { RunResult } from '../../../src/model/verdict.ts';
import { compareSamples } from '../../../src/statistics/compare.ts';
import { failedBoot, generatedRun } from './generated-run.ts';
import { actedOn, saidBy } from './read-outputs.ts';

export function brokenPromises(seed: number): string[] {
  const samples = generatedRun(seed);
  const comparison = compareSamples(samples);
  return [
    ...outputsAgree(samples, comparison),
    ...resultFollows(comparison),
    ...countsAreTrue(samples, comparison),
    ...swapMirrors(samples, comparison),
    ...lossesNeverHelp(samples, comparison, seed),
    ...namesMeanNothing(samples, comparison),
    ...twiceIsOnce(samples, comparison),
  ];
}

function outputsAgree(samples: Samples, comparison: Comparison): string[] {
  const input = { samples, comparison };
  const { 'comparison.json': json, ...texts } = saidBy(input);
  const told = Object.entries(texts)
    .filter(([, said]) => !isDeepStrictEqual(said, json))
    .map(([name, said]) => `${name} says ${JSON.stringify(said)}, comparison.json ${JSON.stringify(json)}`);
  const acts = actedOn(input);
  const due = dueActs(comparison);
  const acted = isDeepStrictEqual({ ...acts, check: undefined }, { ...due, check: undefined })
    ? []
    : [`acts are ${JSON.stringify(acts)}, due are ${JSON.stringify(due)}`];
  return [...told, ...acted, ...(acts.check === json?.run ? [] : [`the check's title says ${acts.check}`])];
}

const EXITS: Readonly<Record<RunResult, readonly [string, number, number]>> = {
  passes: ['success', 0, 0],
  fails: ['failure', 1, 1],
  unjudged: ['neutral', 0, 4],
  'nothing-booted': ['failure', 3, 3],
};
const TAGS = { passes: 'system-out', fails: 'failure', unjudged: 'skipped' } as const;

function dueActs({ result, metrics, outcomes }: Comparison) {
  const [conclusion, exit, strictExit] = EXITS[result];
  const cases = outcomes.flatMap((outcome) => [
    `boots: ${outcome.verdict === 'broken' || outcome.result === 'nothing-booted' ? 'error' : 'system-out'}`,
    ...metrics
      .filter((row) => row.gate && row.candidate === outcome.candidate)
      .map((row) => `${row.metric}: ${TAGS[row.gateResult ?? 'unjudged']}`),
  ]);
  return { conclusion, exit, strictExit, cases };
}

/** Derives the result of the run from its rows and counts, by the rules of the contract. */
function resultFollows({ result, verdict, unproven, metrics, counts, baseline }: Comparison): string[] {
  const gates = metrics.filter(({ gate }) => gate);
  const isUp = ({ boots, failed }: Comparison['counts'][number]) => boots > failed;
  const nothing =
    !counts.some((side) => side.variant === baseline && isUp(side)) ||
    !counts.some((side) => side.variant !== baseline && isUp(side));
  const fails = verdict === 'broken' || (!unproven && gates.some((row) => row.failsGate));
  const open = unproven || gates.length === 0 || gates.some((row) => row.verdict === 'inconclusive');
  const due: RunResult = nothing ? 'nothing-booted' : fails ? 'fails' : open ? 'unjudged' : 'passes';
  const failures = result === due ? [] : [`the result is ${result}, and ${due} follows from the rows`];
  const estimated = nothing ? metrics.filter((row) => row.differenceUs.estimate !== null || row.needs != null) : [];
  return [...failures, ...estimated.map((row) => `${row.metric} has an estimate or needs, though nothing booted`)];
}

function countsAreTrue({ boots, baseline, candidates }: Samples, { counts, metrics }: Comparison): string[] {
  const kind = boots.find((boot) => boot.variant === baseline)?.bootKind ?? 'first';
  return [baseline, ...candidates].flatMap((variant, index) => {
    const own = boots.filter((boot) => boot.variant === variant && boot.bootKind === kind);
    const failed = own.filter(({ outcome }) => outcome === 'failed').length;
    const broken = own.filter((boot) => boot.outcome === 'booted' && boot.broken.length > 0).length;
    const seen = counts[index];
    const sound = own.length - failed - broken;
    const rows = metrics.map((row) => (variant === baseline ? row.before : variant === row.candidate && row.after));
    const isTrue =
      seen?.boots === own.length &&
      seen.failed === failed &&
      seen.broken === broken &&
      rows.every((side) => side === false || side.n + side.missing === sound);
    return isTrue ? [] : [`${variant} has ${own.length}/${failed}/${broken}, counted are ${JSON.stringify(seen)}`];
  });
}

function swapMirrors(samples: Samples, comparison: Comparison): string[] {
  const [candidate] = samples.candidates;
  if (candidate === undefined || samples.candidates.length > 1 || hasTwoKinds(samples)) return [];
  const swapped = compareSamples({ ...samples, baseline: candidate, candidates: [samples.baseline] });
  return comparison.metrics.flatMap((row, index) => {
    const other = swapped.metrics[index];
    if (other === undefined) return [`${row.metric} is gone when the sides are swapped`];
    const isMirror =
      isMirrored(row.differenceUs, other.differenceUs, (us) => -us) &&
      (row.ratio === null || other.ratio === null
        ? row.ratio === other.ratio
        : isMirrored(row.ratio, other.ratio, (ratio) => 1 / ratio)) &&
      (row.p === other.p || Math.abs((row.p ?? 9) - (other.p ?? 9)) < 1e-9);
    return isMirror ? [] : [`${row.metric} is ${JSON.stringify([row, other])} when swapped`];
  });
}

/** The kind of the baseline's first boot decides which boots count: another baseline may choose the other. */
const hasTwoKinds = ({ boots }: Samples): boolean => new Set(boots.map(({ bootKind }) => bootKind)).size > 1;

function isMirrored(one: Interval, other: Interval, mirror: (value: number) => number): boolean {
  const near = (a: number | null, b: number | null) =>
    a === null || b === null ? a === b : Math.abs(mirror(a) - b) <= 1e-6 * Math.max(1, Math.abs(b));
  return near(one.estimate, other.estimate) && near(one.low, other.high) && near(one.high, other.low);
}

const GRAVITY: Readonly<Record<RunResult, number>> = { passes: 0, unjudged: 1, fails: 2, 'nothing-booted': 2 };

function lossesNeverHelp(samples: Samples, comparison: Comparison, seed: number): string[] {
  const random = seededRandom(seed + 1);
  const kind = samples.boots.find((boot) => boot.variant === samples.baseline)?.bootKind ?? 'first';
  const variant = samples.candidates[random.below(samples.candidates.length)] ?? '';
  const blocks = samples.boots.map(({ block }) => block);
  const lost = Array.from({ length: 1 + random.below(3) }, (_, i): SampleBoot => {
    const block = blocks.length === 0 ? 1 : (blocks[random.below(blocks.length)] ?? null);
    const boot = { id: `lost-${i}`, variant, block, machine: '', bootKind: kind };
    const failed: SampleBoot = { ...boot, ...failedBoot(boot, samples, random) };
    return random.below(2) === 0 ? { ...failed, outcome: 'booted', broken: ['it broke'] } : failed;
  });
  const worse = compareSamples({ ...samples, boots: [...samples.boots, ...lost] });
  return GRAVITY[worse.result] >= GRAVITY[comparison.result]
    ? []
    : [`${comparison.result} became ${worse.result} with ${JSON.stringify(lost)} added`];
}

/** Names that sort in the opposite order, and contain no text that a comparison contains anyway. */
const RENAMED: Readonly<Record<string, string>> = { base: '~e', cand: '~d', more: '~c', less: '~b', last: '~a' };

function namesMeanNothing(samples: Samples, comparison: Comparison): string[] {
  const renamed = (name: string) => RENAMED[name] ?? name;
  const other = compareSamples({
    ...samples,
    baseline: renamed(samples.baseline),
    candidates: samples.candidates.map(renamed),
    boots: samples.boots.map((boot, index) => ({ ...boot, id: `boot-${index}`, variant: renamed(boot.variant) })),
  });
  const back = Object.entries(RENAMED).reduce(
    (text, [name, instead]) => text.replaceAll(instead, name),
    JSON.stringify(other),
  );
  return back === JSON.stringify(comparison) ? [] : [`another comparison under other names: ${back}`];
}

function twiceIsOnce(samples: Samples, comparison: Comparison): string[] {
  const twice = compareSamples({ ...samples, boots: [...samples.boots, ...samples.boots] });
  const warnings = twice.warnings.filter(({ code }) => code !== 'same-boot-twice');
  const isSaid = samples.boots.length === 0 || warnings.length < twice.warnings.length;
  const isSame = JSON.stringify({ ...twice, warnings }) === JSON.stringify(comparison);
  return isSame && isSaid ? [] : ['another comparison where all boots are given twice'];
}
