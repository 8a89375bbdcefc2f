/** `bench doctor`: is this computer ready, or the subscription of a scenario, and what to do if not. */
import path from 'node:path';
import { styleText } from 'node:util';
import type { Finding } from '../../model/finding.ts';
import type { DoctorOutput, JsonOutput } from '../../model/json-output.ts';
import { loadScenario } from '../../stages/design/scenario.ts';
import { examineComputer, examinePlace } from '../../stages/doctor.ts';
import { EXIT } from '../exit.ts';
import { withScratch } from '../scratch.ts';
import { json, printable } from '../text.ts';
import { useColor, type World } from '../world.ts';

interface DoctorOptions {
  readonly scenario?: string;
  readonly json?: boolean;
}

export async function command(world: World, options: DoctorOptions): Promise<number> {
  const { environment } = world;
  const findings = await findingsFor(options.scenario, world);
  const ready = findings.every((finding) => finding.state !== 'missing');
  if (options.json) world.stdout.write(json<JsonOutput<typeof DoctorOutput>>({ ready, findings }));
  else {
    const width = Math.max(...findings.map((finding) => finding.check.length));
    const color = useColor(world.stdout, environment);
    for (const finding of findings) world.stdout.write(`${line(finding, width, color)}\n`);
    const next = `bench run --scenario ${options.scenario ?? 'local-deferral'}`;
    world.stdout.write(ready ? `\nReady: ${next}\n` : '\nNot ready yet: see above.\n');
  }
  return ready ? EXIT.fine : EXIT.world;
}

async function findingsFor(name: string | undefined, world: World): Promise<Finding[]> {
  const { environment, cacheFolder, timer, signal } = world;
  if (name !== undefined) {
    const place = { cwd: world.cwd, folders: world.scenarioFolders, environment };
    const { scenario, file } = await loadScenario(name, [], place);
    const about = { environment, cacheFolder, timer, signal, scenarioFolder: path.dirname(file), nowIso: world.now() };
    const found = await examinePlace(scenario, about);
    if (found) return found;
  }
  return withScratch(world, (scratchFolder) =>
    examineComputer({ environment, nodeVersion: process.versions.node, cacheFolder, scratchFolder, signal }),
  );
}

const STYLES = { ok: 'green', note: 'yellow', missing: 'red' } as const;

function line({ check, state, says, todo }: Finding, width: number, color: boolean): string {
  const word = state.padEnd(7);
  const shown = color ? styleText(STYLES[state], word, { validateStream: false }) : word;
  const action = todo === undefined ? '' : `\n${' '.repeat(width + 11)}${printable(todo)}`;
  return `${shown}  ${check.padEnd(width)}  ${printable(says)}${action}`;
}
