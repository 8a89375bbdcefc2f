/** `bench doctor`: is this computer ready, and what to do if not. */
import { styleText } from 'node:util';
import { examine, type Finding } from '../../stages/doctor.ts';
import { EXIT } from '../exit.ts';
import { withScratch } from '../scratch.ts';
import { type Surroundings, useColor } from '../surroundings.ts';
import { printable } from '../text.ts';

export async function command(world: Surroundings, options: { readonly json?: boolean }): Promise<number> {
  const { environment, cacheFolder, signal } = world;
  const findings = await withScratch(world, (scratchFolder) =>
    examine({ environment, nodeVersion: process.versions.node, cacheFolder, scratchFolder, signal }),
  );
  const ready = findings.every((finding) => finding.state !== 'missing');
  if (options.json) world.stdout.write(`${JSON.stringify({ ready, findings }, null, 2)}\n`);
  else {
    const width = Math.max(...findings.map((finding) => finding.check.length));
    const color = useColor(world.stdout, environment);
    for (const finding of findings) world.stdout.write(`${line(finding, width, color)}\n`);
    world.stdout.write(ready ? '\nReady: bench run --scenario local-deferral\n' : '\nNot ready yet: see above.\n');
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
