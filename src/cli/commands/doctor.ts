/** `bench doctor`: is this computer ready, or the subscription of a scenario, and what to do if not. */
import { styleText } from 'node:util';
import type { Finding } from '../../model/finding.ts';
import type { DoctorOutput, JsonOutput } from '../../model/json-output.ts';
import { examine } from '../../stages/doctor.ts';
import { EXIT } from '../exit.ts';
import { json, printable } from '../text.ts';
import { type CliWorld, screenOf } from '../world.ts';

interface DoctorOptions {
  readonly scenario?: string;
  readonly json?: boolean;
}

export async function command(world: CliWorld, options: DoctorOptions): Promise<number> {
  const findings = await examine(options.scenario, world);
  const ready = findings.every((finding) => finding.state !== 'missing');
  if (options.json) world.stdout.write(json<JsonOutput<typeof DoctorOutput>>({ ready, findings }));
  else {
    const width = Math.max(...findings.map((finding) => finding.check.length));
    const { color } = screenOf(world);
    for (const finding of findings) world.stdout.write(`${line(finding, width, color)}\n`);
    const next = `bench run --scenario ${options.scenario ?? 'local-deferral'}`;
    world.stdout.write(ready ? `\nReady: ${next}\n` : '\nNot ready yet: see above.\n');
  }
  return ready ? EXIT.fine : EXIT.world;
}

const STYLES = { ok: 'green', note: 'yellow', missing: 'red' } as const;

function line({ check, state, says, todo }: Finding, width: number, color: boolean): string {
  const word = state.padEnd(7);
  const shown = color ? styleText(STYLES[state], word, { validateStream: false }) : word;
  const action = todo === undefined ? '' : `\n${' '.repeat(width + 11)}${printable(todo)}`;
  return `${shown}  ${check.padEnd(width)}  ${printable(says)}${action}`;
}
