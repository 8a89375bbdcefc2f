/**
 * `bench run --baseline <run>` boots the candidate alone and compares it with the baseline of an earlier run.
 *
 * The boots are not interleaved, so only the methods that need no blocks apply (`derive/combine.ts`), and the comparison states its limits.
 * Before the first boot, bench refuses whatever would make the comparison meaningless: another question, another baseline image, another
 * kind of machine. The run's own folder holds the candidate as a run of one image; the comparison is a page beside its report.
 */
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { usageError } from '../model/errors.ts';
import type { Run } from '../model/run.ts';
import { budgetsOf } from '../model/scenario.ts';
import type { World } from '../model/world.ts';
import { renderReport } from '../render/report.ts';
import { writeFileWhole } from '../store/files.ts';
import type { RunFolder } from '../store/run-folder.ts';
import { combineRuns, refuseDifferentWorlds, type Side } from './derive/combine.ts';
import { type Findings, findingsOf, readMaterial, scenarioOf } from './derive/findings.ts';
import { differingKeys } from './derive/question.ts';
import { sideNames } from './derive/side-names.ts';
import type { ExperimentRequest } from './design/experiment.ts';
import { loadDesign } from './design/load.ts';
import { exactImage } from './history/images.ts';
import { namedRun } from './named-run.ts';

/** The baseline of an earlier run. */
export interface SavedBaseline extends Side {
  readonly run: Run;
  readonly variant: string;
}

/** Refuses a baseline that bench cannot compare with the candidate. Undefined if the request names no baseline. */
export async function savedBaseline(request: ExperimentRequest, world: World): Promise<SavedBaseline | undefined> {
  const { baseline: name, only: _, ...rest } = request;
  if (name === undefined) return undefined;
  refuseWithBaseline(request);
  const [, place = name, chosen] = /^(.+?)(?::([a-z0-9-]+))?$/.exec(name) ?? [];
  const folder = namedRun(place, world);
  const { run, records, samples } = await readMaterial(folder);
  if (run === undefined)
    throw usageError(
      `--baseline ${name}: ${folder.folder} has no run.json, which says what was booted.`,
      'Name a run of bench.',
    );
  // With all of its variants: the comparison pairs the saved baseline with the variant that this run boots.
  const whole = await loadDesign(rest, world);
  const variants = variantsIn(whole.document);
  const variant = chosen ?? Object.keys(variants)[0] ?? '';
  const bootedAlone = Object.keys(variantsIn(run.scenario)).length === 1 && variant in variants;
  const { document } = bootedAlone ? await loadDesign({ ...rest, only: variant }, world) : whole;
  refuseOtherQuestion(name, run, document);
  const then = variantsIn(run.scenario)[variant];
  if (then === undefined || !samples.boots.some((boot) => boot.variant === variant && boot.outcome === 'booted'))
    throw usageError(`--baseline ${name}: the run has no boot of ${variant}.`, `It has ${samples.baseline}.`);
  if (!isDeepStrictEqual(then, variants[variant]))
    throw usageError(
      `--baseline ${name}: its ${variant} is not the one of this scenario: they have different images or configurations.`,
      'Boot both in one run, or name the run that booted this baseline.',
    );
  return { name: place, place: await realpath(folder.folder), run, records, samples, variant };
}

function refuseOtherQuestion(name: string, run: Run, document: Readonly<Record<string, unknown>>): void {
  const differing = differingKeys(run.scenario, document);
  if (differing.length === 0) return;
  throw usageError(
    `--baseline ${name}: the run was made from another scenario: ${differing.join(', ')} differ.`,
    'That difference would be measured. Boot both in one run.',
  );
}

const variantsIn = ({ variants }: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  (variants ?? {}) as Record<string, unknown>;

/** Refuses options that ask for a run of both variants, or for a look at it. */
function refuseWithBaseline(request: ExperimentRequest): void {
  const { baseline, aa, precision, shard, history, resume, updateReference } = request;
  const others = Object.entries({ aa, precision, shard, history, resume, 'update-reference': updateReference });
  const named = others.flatMap(([option, value]) => (value === undefined || value === false ? [] : [`--${option}`]));
  if (named.length > 0)
    throw usageError(
      `--baseline ${baseline} boots the candidate alone: ${named.join(', ')} needs a run of all variants.`,
      'Leave one of them out.',
    );
}

/** Checks before the first boot that the machines are of the kind that booted the baseline. */
export const refuseOtherMachines = (baseline: SavedBaseline, run: Pick<Run, 'facts'>): void =>
  refuseDifferentWorlds(baseline, { name: 'this run', run });

/** The comparison, and the page that shows it. */
export async function heldAgainst(
  baseline: SavedBaseline,
  own: Findings & { readonly run?: Run },
  folder: RunFolder,
): Promise<{ findings: Findings; page: string }> {
  const { run, records, samples } = own;
  const names = sideNames([baseline.place, folder.folder]);
  const side: Side = { name: names[1], place: folder.folder, run, records, samples, variant: samples.baseline };
  const scenario = run && scenarioOf(run);
  const combined = combineRuns({ ...baseline, name: names[0] }, side);
  const findings = findingsOf({
    ...combined,
    ...(scenario?.budgets && { budgets: budgetsOf(scenario) }),
    warnings: [...combined.warnings, limits(baseline)],
  });
  const page = path.join(folder.folder, 'comparison.html');
  await writeFileWhole(page, await renderReport(findings));
  return { findings, page };
}

/** The limits of the comparison. */
function limits({ run, variant, name }: SavedBaseline): string {
  const image = exactImage(run, variant);
  const which = image === undefined ? '' : ` (image ${image.slice(0, 12)})`;
  return (
    `${variant}${which} was booted in ${name} at ${run.createdAt}, and not again. The boots show that the two lots differ, not that the image is the cause: ` +
    'the host, the hour and the place may have changed with it. A gate is judged all the same; boot both in one run before a decision rests on it.'
  );
}
