/** `bench run`: the main job. */
import path from 'node:path';
import type { Comparison } from '../../model/comparison.ts';
import { quoted } from '../../model/shell.ts';
import type { ExperimentRequest } from '../../stages/design/experiment.ts';
import { addFindings } from '../../stages/history.ts';
import { planExperiment } from '../../stages/plan.ts';
import { updateReference } from '../../stages/reference.ts';
import { historyOf, run } from '../../stages/run.ts';
import { tellCollector } from '../../stages/telemetry.ts';
import { EXIT, exitOfComparison, exitOfLeftBehind, Unfinished } from '../exit.ts';
import { note } from '../notes.ts';
import { progress } from '../progress/progress.ts';
import { json, printable, shownPath } from '../text.ts';
import { type CliWorld, screenOf } from '../world.ts';
import { printPlan } from './plan.ts';

interface RunOptions extends ExperimentRequest {
  readonly dryRun?: boolean;
  readonly offline?: boolean;
  readonly link?: string;
  readonly requireVerdict?: boolean;
  readonly json?: boolean;
}

export async function command(world: CliWorld, options: RunOptions): Promise<number> {
  if (options.dryRun) return printPlan(await planExperiment(options, world), options, world);
  const display = progress(world);
  const done = await run(options, world, display)
    .finally(display.end)
    .catch((error: unknown) => {
      const folder = display.folder();
      throw folder === undefined ? error : new Unfinished(error, howToResume(folder, options, world));
    });
  present(done, options, world);
  const { findings, experiment } = done;
  const history = historyOf(options, experiment);
  if (history !== undefined) await addFindings(findings, experiment.folder, { history, link: options.link }, world);
  const sent = await tellCollector(findings, world);
  if (sent !== undefined) note(world, sent);
  const code = exitOfComparison(findings.comparison, options.requireVerdict === true);
  if (options.updateReference) await moveReference(done, findings.comparison.result === 'passes', world);
  // A shard is not judged, because the verdict is that of the merged run; but a shard in which nothing booted fails.
  const judged = experiment.run.shard && code !== EXIT.world ? EXIT.fine : code;
  const { leftBehind } = done;
  if (!leftBehind) return judged;
  note(world, `not cleaned up: ${leftBehind.message}${leftBehind.hint === undefined ? '' : ` ${leftBehind.hint}`}`);
  return exitOfLeftBehind(judged);
}

/** Its boots are on disk, whatever ended the run, and bench need not make them again. */
function howToResume(folder: string, { history, keepMachines }: RunOptions, { cwd }: CliWorld): string {
  const shown = shownPath({ cwd }, folder);
  const options = [
    ...(history === undefined ? [] : ['--history', quoted(history)]),
    ...(keepMachines ? ['--keep-machines'] : []),
  ];
  // Without a slash, bench would take it as an id under --out.
  const resume = ['bench run --resume', quoted(shown.includes('/') ? shown : `./${shown}`), ...options].join(' ');
  return `run ${path.basename(folder)} is incomplete; resume it: ${resume}`;
}

type Done = Awaited<ReturnType<typeof run>>;

function present({ findings, experiment, text, comparedPage }: Done, options: RunOptions, world: CliWorld): void {
  if (options.json) {
    world.stdout.write(json<Comparison>(findings.comparison));
    return;
  }
  const shown = (file: string) => shownPath(world, file);
  const { folder, file } = experiment.folder;
  world.stdout.write(text(screenOf(world)));
  if (comparedPage !== undefined) world.stdout.write(`\ncompared ${shown(comparedPage)}`);
  world.stdout.write(`\nreport   ${shown(file.report)}\ncomment  ${shown(file.comment)}\nrun      ${shown(folder)}\n`);
}

async function moveReference({ findings, experiment }: Done, passed: boolean, world: CliWorld): Promise<void> {
  const shown = shownPath(world, experiment.scenarioFile);
  const move = await updateReference(findings, experiment.scenarioFile, passed);
  if (move.kind === 'stays') {
    note(world, `kept the reference in ${shown}: ${move.variant} did not pass its gates`);
    return;
  }
  const before = move.before === undefined ? '' : `-${move.before}\n`;
  world.stderr.write(printable(`${shown}\n${before}+${move.after}\n`, true));
}
