/**
 * What this comparison may not claim: said in every output, because the numbers look the same either way. One sentence each,
 * plain text.
 */
import { plain } from './escape.ts';
import { count, percent, share } from './format.ts';
import { gateMetrics, isBlocked, type ReportInput } from './input.ts';
import { shortName } from './verdict.ts';

export interface Caveat {
  /** A few words, for where there is no room for the sentence. */
  readonly label: string;
  readonly sentence: string;
}

/** A fact of the run; where the run has none, what the boots' machines agree on. */
function runFact(input: ReportInput, key: string): string | undefined {
  const stated = input.run?.facts[key];
  if (stated !== undefined) return String(stated);
  const values = new Set(
    (input.records ?? []).map((record) => record.machine[key]).filter((value) => value !== undefined),
  );
  return values.size === 1 ? String([...values][0]) : undefined;
}

export const caveats = (input: ReportInput): Caveat[] =>
  [
    againstItself(input),
    interleaving(input),
    looks(input),
    timing(input),
    accelerator(input),
    family(input),
    timelines(input),
  ].filter((caveat) => caveat !== undefined);

function againstItself(input: ReportInput): Caveat | undefined {
  if (input.run?.aa !== true) return undefined;
  return {
    label: 'A/A run',
    sentence:
      'The baseline was booted against itself: nothing differs between the variants, so any verdict but equivalent or inconclusive is a false alarm of this setup.',
  };
}

function looks(input: ReportInput): Caveat | undefined {
  const schedule = input.run?.schedule;
  if (schedule === undefined) return undefined;
  const at = schedule.looks.map((look) => look.blocks).join(', ');
  return {
    label: 'several looks',
    sentence: `The samples were looked at after ${at} blocks, to stop early for a difference of ${share(schedule.detect)} or for equivalence. The schedule was fixed before the first boot, and each look asks for stronger evidence, so that all of them together keep the error rate.`,
  };
}

function interleaving(input: ReportInput): Caveat | undefined {
  if (isBlocked(input)) return undefined;
  return {
    label: 'not interleaved',
    sentence:
      'The variants were not interleaved: their boots were not started together under like conditions, so a difference may be one of time, place or host and not of the image. Read this as an observation; an interleaved run is the experiment.',
  };
}

function timing(input: ReportInput): Caveat | undefined {
  if (runFact(input, 'timing') !== 'virtual') return undefined;
  return {
    label: 'virtual time',
    sentence:
      'Timed in virtual time: the guest clock counts instructions, which makes boots repeatable to the microsecond. It cannot see real disk and network I/O, cache and memory effects, or parallelism; sleeps, timers and waits take virtual time. A change that acts through these needs a run in wall time.',
  };
}

function accelerator(input: ReportInput): Caveat | undefined {
  const used = runFact(input, 'accelerator') ?? runFact(input, 'accel');
  if (used === undefined || !/tcg/i.test(used)) return undefined;
  return {
    label: 'emulated CPU',
    sentence:
      'Run on an emulated CPU (TCG, no KVM): every boot is slower than on hardware and the costs of instructions differ from it, so compare shares rather than seconds, and never with runs on another accelerator.',
  };
}

function family(input: ReportInput): Caveat | undefined {
  const { candidates, baseline } = input.comparison;
  if (candidates.length < 2) return undefined;
  const tests = candidates.length * gateMetrics(input).length;
  return {
    label: `${candidates.length} candidates`,
    sentence: `Each of the ${candidates.length} candidates is compared with ${shortName(baseline)}, not with the others: that two of them differ cannot be read from here. Their ${count(tests, 'gate test')} form one family, so each needs stronger evidence than it would alone.`,
  };
}

function timelines(input: ReportInput): Caveat | undefined {
  if ((input.records ?? []).length > 0) return undefined;
  return {
    label: 'samples only',
    sentence:
      'Made from samples alone: without the boot records there are no timelines, no evidence lines and no machine facts to check.',
  };
}

function providerOf(input: ReportInput): string | undefined {
  const stated = input.run?.scenario.provider;
  const kind = typeof stated === 'object' && stated !== null && 'kind' in stated ? stated.kind : undefined;
  return typeof kind === 'string' ? kind : runFact(input, 'provider');
}

/** `12 blocks, 24 boots (1 failed, 0 broken)`: what the verdict rests on. */
export function basisLine(input: ReportInput): string {
  const { boots } = input.samples;
  const failed = boots.filter((boot) => boot.outcome === 'failed').length;
  const broken = boots.filter((boot) => boot.outcome === 'booted' && boot.broken.length > 0).length;
  const kinds = [...new Set(boots.map((boot) => boot.bootKind))];
  const parts = [
    isBlocked(input) ? count(input.comparison.blocks, 'block') : 'not interleaved',
    `${count(boots.length, 'boot')} (${failed} failed, ${broken} broken)`,
    kinds.length === 1 ? `${kinds[0] === 'first' ? 'first boots of fresh machines' : 'reboots'}` : undefined,
    [providerOf(input), runFact(input, 'accelerator') ?? runFact(input, 'accel')]
      .filter((part) => part !== undefined)
      .map(shortName)
      .join(' ') || undefined,
    runFact(input, 'provider') === 'azure' && input.run?.spent !== undefined
      ? `${input.run.spent.machineMinutes} machine-minutes`
      : undefined,
    runFact(input, 'timing') === undefined ? undefined : `${shortName(runFact(input, 'timing') ?? '')} time`,
    `seed ${input.comparison.seed}`,
  ];
  return parts.filter((part) => part !== undefined).join(' · ');
}

/** What was tested together, in the comparison's own words where it has them. */
export function testsLine(input: ReportInput): string {
  const { metrics, families } = input.comparison;
  const total = count(metrics.length, 'test');
  const gates = metrics.filter((row) => row.gate).length;
  if (families === undefined) {
    return `${total}: ${count(gates, 'gate')}, the others exploratory, which never fail a build.`;
  }
  const told = families
    .filter((family) => family.tests > 0)
    .map((family) => `${FAMILY_NAMES[family.family](family.tests)} (${plain(family.method, 120)})`);
  return `${total}: ${told.join(', ')}. Only gates can fail a build.`;
}

const FAMILY_NAMES = {
  gates: (n: number) => count(n, 'gate'),
  exploratory: (n: number) => `${n} exploratory`,
  controls: (n: number) => count(n, 'control'),
} as const;

/** `0 of 12 A/A runs gave a false alarm`, with the rates that would fit it; undefined where no such run is known. */
export function calibrationLine(input: ReportInput): string | undefined {
  const seen = input.run?.calibration;
  if (seen === undefined) return undefined;
  return `${seen.alarms} of ${count(seen.runs, 'A/A run')} of this scenario gave a false alarm: a rate of ${bound(seen.low)} to ${bound(seen.high)} (95 % Clopper-Pearson interval); the gates are made for at most ${share(input.comparison.alpha)}.`;
}

const bound = (rate: number): string => percent(rate, rate > 0 && rate < 0.1 ? 1 : 0);

/** The command that repeats the run. */
export function repeatCommand(input: ReportInput): string | undefined {
  const { run } = input;
  if (run === undefined) return undefined;
  return `bench run --scenario ${run.scenarioFile ?? input.samples.scenario} --seed ${run.seed}`;
}
