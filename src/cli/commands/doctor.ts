/** `bench doctor`: checks whether this computer, or the subscription of a scenario, is ready, and what to do if not. */
import { styleText } from 'node:util';
import type { CheckResult } from '../../model/check-result.ts';
import type { DoctorOutput, JsonOutput } from '../../model/json-output.ts';
import { DEFAULT_SCENARIO, examine } from '../../stages/doctor.ts';
import { EXIT } from '../exit.ts';
import { json, printable } from '../text.ts';
import { type CliWorld, columnsOf, screenOf } from '../world.ts';
import { labelled, wrapLines } from '../wrap.ts';

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
    const columns = columnsOf(world);
    for (const finding of findings) world.stdout.write(`${line(finding, width, color, columns)}\n`);
    const next = `bench run --scenario ${options.scenario ?? DEFAULT_SCENARIO}`;
    const last = ready ? `Ready: ${next}` : 'Not ready yet: see above.';
    world.stdout.write(`\n${wrapLines(last, columns)}\n`);
  }
  return ready ? EXIT.fine : EXIT.world;
}

const STYLES = { ok: 'green', note: 'yellow', missing: 'red' } as const;

function line({ check, state, says, todo }: CheckResult, width: number, color: boolean, columns?: number): string {
  const word = state.padEnd(7);
  const shown = color ? styleText(STYLES[state], word, { validateStream: false }) : word;
  const label = `${word}  ${check.padEnd(width)}`;
  const first = labelled(label, printable(says), label.length, columns).replace(word, shown);
  return todo === undefined
    ? first
    : `${first}\n${labelled('', printable(todo), label.length, columns).replace(/^\n/, '')}`;
}
