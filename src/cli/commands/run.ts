/** `bench run`: the main job. */
import path from 'node:path';
import { BenchError, usageError, worldError } from '../../model/errors.ts';
import type { Run } from '../../model/run.ts';
import { renderTerminal } from '../../render/terminal.ts';
import { type Findings, scenarioOf } from '../../stages/derive/findings.ts';
import { parseShard, shardName } from '../../stages/design/blocks.ts';
import { checkKeeping } from '../../stages/design/scenario.ts';
import { exactImage, pinnedSource } from '../../stages/history/images.ts';
import { historyLine } from '../../stages/history/line.ts';
import { historyAt } from '../../stages/history/open.ts';
import type { RunResult } from '../../stages/run.ts';
import { sendTraces } from '../../stages/telemetry.ts';
import { type RunFolder, runFolder } from '../../store/run-folder.ts';
import { findScenario } from '../../store/scenario-file.ts';
import { moveReference } from '../../store/scenario-reference.ts';
import { type DesignOptions, design, loadDesign } from '../design.ts';
import { execute } from '../execute.ts';
import { EXIT, exitOfComparison } from '../exit.ts';
import { linkTo, readHistory } from '../history.ts';
import { printable } from '../text.ts';
import { useColor, type World } from '../world.ts';
import { printPlan } from './plan.ts';

interface RunOptions extends DesignOptions {
  readonly dryRun?: boolean;
  readonly offline?: boolean;
  readonly resume?: string;
  readonly shard?: string;
  readonly link?: string;
  readonly keepMachines?: boolean;
  readonly cache?: boolean;
  readonly requireVerdict?: boolean;
  readonly json?: boolean;
}

export async function command(world: World, options: RunOptions): Promise<number> {
  const { run, folder, scenarioFile } = options.resume
    ? await oldRun(options.resume, options, world)
    : await newRun(options, world);
  const scenario = scenarioOf({ ...run, facts: {} });
  const scenarioFolder = path.dirname(scenarioFile);
  if (options.updateReference && (run.aa || run.shard))
    throw usageError('--update-reference needs the whole of a run with a candidate.', 'Leave out --aa and --shard.');
  const keep = options.keepMachines === true;
  if (keep) checkKeeping(scenario);
  if (options.dryRun) return printPlan(run, scenario, { ...options, scenarioFolder }, world);
  // Read before anything is booted: a history that cannot be had is known before it costs a night.
  const history = options.history === undefined || run.shard ? undefined : await readHistory(options.history, world);
  const result = await execute({ folder, run, scenario, keep, history, cache: options.cache }, scenarioFolder, world);
  const code = present(result, folder, options, world);
  // A shard has the reference as its baseline too; the line is the merged run's (bench history add).
  if (options.history !== undefined && !run.shard) {
    const line = historyLine(result.findings, linkTo(folder, options.history, options.link, world));
    await (await historyAt(options.history, world)).append(line, world.signal);
  }
  await tellCollector(result.findings, world);
  if (options.updateReference) await updateReference(result.findings, scenarioFile, code, world);
  // A part of the blocks judges nothing: the verdict is that of the merged run.
  return run.shard ? EXIT.fine : code;
}

/** A run that was measured is not lost on a collector that is down. */
async function tellCollector(findings: Findings, world: World): Promise<void> {
  const line = await sendTraces(findings, world).catch((error: unknown) => {
    if (error instanceof BenchError) return `no traces were sent. ${error.message} ${error.hint ?? ''}`.trim();
    throw error;
  });
  if (line !== undefined) world.stderr.write(`bench: ${printable(line)}\n`);
}

async function newRun(options: RunOptions, world: World) {
  const loaded = await loadDesign(options, world);
  const run = withShard(design(loaded, options, world), options);
  const folder = runFolder(path.resolve(world.cwd, options.out, run.id));
  if (await folder.hasRun())
    throw usageError(
      `${folder.folder} is there already.`,
      `Go on with it: --resume ${run.id}; or choose another --seed.`,
    );
  return { run, folder, scenarioFile: loaded.file };
}

function withShard(run: Omit<Run, 'facts'>, { shard: text, seed, dryRun }: RunOptions): Omit<Run, 'facts'> {
  if (text === undefined) return run;
  const shard = parseShard(text);
  if (shard.index > run.blocks.length)
    throw usageError(`--shard ${text}: it has nothing to boot, there are ${run.blocks.length} blocks.`);
  if (seed === undefined && !dryRun)
    throw usageError(`--shard ${text} needs --seed, the same for all shards.`, 'They would not be parts of one run.');
  return { ...run, shard };
}

async function oldRun(name: string, options: RunOptions, world: World) {
  const folder = runFolder(
    name.includes('/') ? path.resolve(world.cwd, name) : path.resolve(world.cwd, options.out, name),
  );
  const run: Run = await folder.readRun();
  if (run.scenarioFile === undefined)
    throw usageError(`${folder.file.run} does not say from which scenario it was made.`, 'Start a new run.');
  if (options.shard !== undefined && options.shard !== (run.shard && shardName(run.shard)))
    throw usageError(`${folder.folder} is not shard ${options.shard}.`, 'Leave --shard out: a run knows its part.');
  const file = await findScenario(run.scenarioFile, {
    cwd: world.cwd,
    folders: world.scenarioFolders,
    environment: {},
  });
  return { run, folder, scenarioFile: file };
}

/** The candidate becomes the pinned reference, in the scenario's own file, for somebody to review; never one that failed. */
async function updateReference({ run, samples }: Findings, file: string, code: number, world: World) {
  const shown = path.relative(world.cwd, file);
  const variant = samples.candidates[0] ?? '';
  const image = run && exactImage(run, variant);
  const variants = (run?.scenario.variants ?? {}) as Record<string, { readonly image?: unknown }>;
  if (code !== EXIT.fine || image === undefined) {
    world.stderr.write(`bench: the reference in ${shown} stays: ${variant} has not passed its gates\n`);
    return;
  }
  const moved = await moveReference(file, pinnedSource({ image, source: variants[variant]?.image }));
  const before = moved.before === undefined ? '' : `-${moved.before}\n`;
  world.stderr.write(printable(`${shown}\n${before}+${moved.after}\n`, true));
}

function present({ findings, failures }: RunResult, folder: RunFolder, options: RunOptions, world: World): number {
  const { comparison, records } = findings;
  const unreached = [...failures.values()].find(
    (failure) => failure.stage === 'reach' || failure.stage === 'collect' || failure.stage === 'create',
  );
  if (unreached && !records.some((record) => record.outcome === 'booted'))
    throw worldError(unreached.message, unreached.hint);
  const shown = (file: string) => path.relative(world.cwd, file);
  if (options.json) world.stdout.write(`${JSON.stringify(comparison, null, 2)}\n`);
  else {
    world.stdout.write(
      renderTerminal(findings, {
        color: useColor(world.stdout, world.environment),
        width: world.stdout.columns ?? 100,
      }),
    );
    world.stdout.write(
      `\nreport   ${shown(folder.file.report)}\ncomment  ${shown(folder.file.comment)}\nrun      ${shown(folder.folder)}\n`,
    );
  }
  return exitOfComparison(comparison, options.requireVerdict === true);
}
