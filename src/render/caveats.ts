/** Limits of this comparison: every output shows them, because the numbers look the same either way. One sentence each, plain text. */
import { isObject } from '../model/json.ts';
import { OVERWRITTEN, PROVISIONING_DELAY } from '../model/provider.ts';
import type { Run } from '../model/run.ts';
import { type Ms, ms } from '../model/units.ts';
import { assumption } from './alone/rows.ts';
import { shortName } from './claims.ts';
import { plain } from './escape.ts';
import { count, lookWords, percent, share } from './format.ts';
import type { ReportView } from './view.ts';

export interface Caveat {
  /** A few words, for outputs without room for the sentence. */
  readonly label: string;
  readonly sentence: string;
}

/** A fact of the run, or else the value that all its boots' machines share. */
function runFact(view: ReportView, key: string): string | undefined {
  const stated = view.run?.facts[key];
  if (stated !== undefined) return String(stated);
  const values = new Set(
    (view.records ?? []).map((record) => record.machine[key]).filter((value) => value !== undefined),
  );
  return values.size === 1 ? String([...values][0]) : undefined;
}

export const caveats = (view: ReportView): Caveat[] =>
  [
    alone(view),
    againstItself(view),
    overwritten(view),
    lateProvisioning(view),
    interleaving(view),
    looks(view),
    sameMachines(view),
    audits(view),
    timing(view),
    accelerator(view),
    family(view),
    timelines(view),
  ].filter((caveat) => caveat !== undefined);

function alone(view: ReportView): Caveat | undefined {
  return view.isAlone ? { label: 'one image', sentence: assumption(view) } : undefined;
}

function againstItself(view: ReportView): Caveat | undefined {
  if (view.run?.aa !== true) return undefined;
  return {
    label: 'A/A run',
    sentence:
      'The baseline was compared with itself. The variants are the same, so any verdict other than equivalent or inconclusive is a false alarm of this setup.',
  };
}

function overwritten(view: ReportView): Caveat | undefined {
  const files = view.run?.facts[OVERWRITTEN];
  if (files === undefined) return undefined;
  return {
    label: 'scripts overwritten',
    sentence: plain(
      `The change under test may be overwritten: in all variants bootstrap data replaced the same files of the image alike (${files}). If the change is in them, an image was compared with itself; variants.<name>.bootstrap gives each its own.`,
      600,
    ),
  };
}

/** AKS includes provisioning in the model of its scale sets: no machine waits for a request there. */
function lateProvisioning(view: ReportView): Caveat | undefined {
  const delays = (view.records ?? []).flatMap(({ machine }) => {
    const delayMs = machine[PROVISIONING_DELAY];
    return typeof delayMs === 'number' ? [ms(delayMs)] : [];
  });
  if (delays.length === 0) return undefined;
  const seconds = (delayMs: Ms) => (delayMs / 1000).toFixed(1);
  const range = `${seconds(ms(Math.min(...delays)))} to ${seconds(ms(Math.max(...delays)))} s`;
  return {
    label: 'provisioning requested late',
    sentence: `Provisioning was requested ${range} after the machine was created, by the cloud's own stamps (${PROVISIONING_DELAY} of each boot). AKS nodes do not have this wait, and agent.wait, cse.start, kubelet.start and node.ready contain it. To exclude it, set provider.machine: scale-set.`,
  };
}

function looks(view: ReportView): Caveat | undefined {
  const schedule = view.run?.schedule;
  if (schedule?.detect === undefined) return undefined;
  const at = lookWords(schedule.looks.map((look) => look.blocks));
  return {
    label: 'several looks',
    sentence: `The run checked its samples after ${at}, to stop early for a difference of ${share(schedule.detect)} or for equivalence. The schedule was fixed before the first ${schedule.extended ? 'further ' : ''}boot. Each check uses a stricter threshold, so the overall error rate holds.`,
  };
}

function interleaving(view: ReportView): Caveat | undefined {
  if (view.isBlocked || view.isAlone) return undefined;
  return {
    label: 'not interleaved',
    sentence:
      'The variants were not interleaved: their boots did not start together under equal conditions. A difference may come from the time, place or host instead of the image. Treat it as an observation and confirm it with an interleaved run.',
  };
}

function sameMachines(view: ReportView): Caveat | undefined {
  const discarded = runFact(view, 'discardedBoot');
  if (discarded === undefined) return undefined;
  return {
    label: 'same machines again',
    sentence: `The same machines booted all variants, in random order. One boot ${plain(discarded)} was discarded, to exclude caches and first-boot work after the switch. State on disk or in firmware can still carry over from one variant to the next.`,
  };
}

function timing(view: ReportView): Caveat | undefined {
  if (runFact(view, 'timing') !== 'virtual') return undefined;
  const blind =
    'Timed in virtual time: the guest clock counts instructions, which makes boots repeatable to the microsecond. It cannot see real disk and network I/O, cache and memory effects, or parallelism; sleeps, timers and waits take virtual time.';
  return {
    label: 'virtual time',
    sentence: `${blind} ${view.isAlone ? 'How long a boot takes on hardware needs a run in wall time.' : 'A change that acts through these needs a run in wall time.'}`,
  };
}

function audits(view: ReportView): Caveat | undefined {
  const differing = view.run?.cache?.differing ?? [];
  if (differing.length === 0) return undefined;
  return {
    label: 'a cached boot did not repeat',
    sentence: `${differing.map(shortName).join(', ')} differed when booted again, so the cache misses something that affects boots here. Do not trust the cached boots. Run again with --no-cache, and report what boots/${shortName(differing[0] ?? '')}/outcome.json says under audit.`,
  };
}

function accelerator(view: ReportView): Caveat | undefined {
  const used = runFact(view, 'accelerator') ?? runFact(view, 'accel');
  if (used === undefined || !/tcg/i.test(used)) return undefined;
  return {
    label: 'emulated CPU',
    sentence: view.isAlone
      ? 'Run on an emulated CPU (TCG, no KVM): every boot takes longer than on hardware, and instructions have different costs. Read shares rather than seconds.'
      : 'Run on an emulated CPU (TCG, no KVM): every boot is slower than on hardware, and instructions have different costs. Compare shares rather than seconds, and never with runs on another accelerator.',
  };
}

function family(view: ReportView): Caveat | undefined {
  const { candidates, baseline } = view.comparison;
  if (candidates.length < 2) return undefined;
  const tests = candidates.length * view.gateMetrics.length;
  return {
    label: `${candidates.length} candidates`,
    sentence: `Each of the ${candidates.length} candidates is compared with ${shortName(baseline)} only; this run does not show whether two candidates differ. Their ${count(tests, 'gate test')} form one family, so each needs stronger evidence than a single test.`,
  };
}

function timelines(view: ReportView): Caveat | undefined {
  if ((view.records ?? []).length > 0) return undefined;
  return {
    label: 'samples only',
    sentence:
      'Made from samples only: without the boot records there are no timelines, evidence lines or machine facts.',
  };
}

function providerOf(view: ReportView): string | undefined {
  const stated = view.run?.scenario.provider;
  const kind = isObject(stated) ? stated.kind : undefined;
  return typeof kind === 'string' ? kind : runFact(view, 'provider');
}

/** `12 blocks, 24 boots (1 failed, 0 broken)`: what the verdict rests on. */
export function basisLine(view: ReportView): string {
  const { boots, failed, broken } = view.counts;
  const kinds = [...new Set(view.samples.boots.map((boot) => boot.bootKind))];
  const parts = [
    view.isBlocked ? count(view.comparison.blocks, 'block') : view.isAlone ? undefined : 'not interleaved',
    `${count(boots, 'boot')} (${failed} failed, ${broken} broken)`,
    kinds.length === 1 ? `${kinds[0] === 'first' ? 'first boots of fresh machines' : 'reboots'}` : undefined,
    [providerOf(view), runFact(view, 'accelerator') ?? runFact(view, 'accel')]
      .filter((part) => part !== undefined)
      .map(shortName)
      .join(' ') || undefined,
    view.billed === true && view.run?.spent !== undefined
      ? `${view.run.spent.machineMinutes} machine-minutes`
      : undefined,
    cacheLine(view.run?.cache),
    runFact(view, 'timing') === undefined ? undefined : `${shortName(runFact(view, 'timing') ?? '')} time`,
    `seed ${view.comparison.seed}`,
  ];
  return parts.filter((part) => part !== undefined).join(' · ');
}

/** `6 of 12 boots from the cache, 1 of those known booted again`. */
function cacheLine(cache: Run['cache']): string | undefined {
  if (cache === undefined) return undefined;
  const again = cache.audited === 0 ? '' : `, ${cache.audited} checked by booting again`;
  return `${cache.cached} of ${count(cache.boots, 'boot')} from the cache${again}`;
}

/** The set of tests corrected together, in the comparison's own words if it has them. */
export function testsLine(view: ReportView): string {
  const { metrics, families, descriptions = [] } = view.comparison;
  if (view.isAlone) return describedLine(view, descriptions.length);
  const total = count(metrics.length, 'test');
  const gates = metrics.filter((row) => row.gate).length;
  if (families === undefined) {
    return `${total}: ${count(gates, 'gate')}; the others are exploratory and never fail a build.`;
  }
  const told = families
    .filter((family) => family.tests > 0)
    .map((family) => `${FAMILY_NAMES[family.family](family.tests)} (${plain(family.method, 120)})`);
  return `${total}: ${told.join(', ')}. Only gates can fail a build.`;
}

const describedLine = ({ budgets }: ReportView, metrics: number): string =>
  budgets.length === 0
    ? `${count(metrics, 'metric')} described; the scenario has no budget, so nothing can fail a build.`
    : `${count(metrics, 'metric')} described; only the ${count(budgets.length, 'budget')} can fail a build.`;

const FAMILY_NAMES = {
  gates: (n: number) => count(n, 'gate'),
  exploratory: (n: number) => `${n} exploratory`,
  controls: (n: number) => count(n, 'control'),
} as const;

/** `0 of 12 A/A runs gave a false alarm`, with the interval of the rate; undefined if no such run is known. */
export function calibrationLine(view: ReportView): string | undefined {
  const seen = view.run?.calibration;
  if (seen === undefined) return undefined;
  return `${seen.alarms} of ${count(seen.runs, 'A/A run')} of this scenario gave a false alarm: the rate is ${bound(seen.low)} to ${bound(seen.high)} (95 % Clopper-Pearson interval); the design limit is ${share(view.comparison.alpha)}.`;
}

const bound = (rate: number): string => percent(rate, rate > 0 && rate < 0.1 ? 1 : 0);

/** The command that repeats the run; undefined without a run.json, and for imports, which no command can boot again. */
export function repeatCommand(view: ReportView): string | undefined {
  const { run } = view;
  if (run === undefined || view.bootable === false) return undefined;
  const only = view.isAlone ? ` --only ${view.comparison.baseline}` : '';
  return `bench run --scenario ${run.scenarioFile ?? view.samples.scenario}${only} --seed ${run.seed}`;
}
