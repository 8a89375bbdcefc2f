/** `bench completion`: the script for a shell, and the words that such a script requests. */
import { usageError } from '../../model/errors.ts';
import { metricIds, runNames, scenarioNames } from '../../stages/completion.ts';
import { topics } from '../../stages/help.ts';
import { COMMANDS } from '../commands.ts';
import bash from '../completion/bench.bash';
import fish from '../completion/bench.fish';
import zsh from '../completion/bench.zsh';
import { type Candidate, complete, type Kind } from '../completion/complete.ts';
import { EXIT } from '../exit.ts';
import { printable } from '../text.ts';
import type { CliWorld } from '../world.ts';

const SCRIPTS: Readonly<Record<string, string>> = { bash, zsh, fish };

export async function command(world: CliWorld, shell: string, words: readonly string[]): Promise<number> {
  const script = SCRIPTS[shell];
  if (script === undefined && shell !== 'words')
    throw usageError(`bench completion ${shell}: unknown shell. Choose one of ${Object.keys(SCRIPTS).join(', ')}.`);
  world.stdout.write(script ?? (await answer(words, world)));
  return EXIT.fine;
}

/** The first line tells whether the shell may complete paths too. File names may hold anything. */
async function answer(words: readonly string[], world: CliWorld): Promise<string> {
  const { candidates, files } = await complete(words, COMMANDS, (kind) => valuesOf(kind, world));
  const lines = candidates.map(({ word, text }) =>
    text === '' ? printable(word) : `${printable(word)}\t${printable(text)}`,
  );
  return `${[files ? 'files' : 'words', ...lines].join('\n')}\n`;
}

async function valuesOf(kind: Kind, world: CliWorld): Promise<readonly Candidate[]> {
  if (kind === 'metric') return metricIds().map(({ id, title }) => ({ word: id, text: title }));
  if (kind === 'topic') return topics().map(({ name, title }) => ({ word: name, text: title }));
  const names = kind === 'scenario' ? await scenarioNames(world) : await runNames(world);
  return names.map((word) => ({ word, text: '' }));
}
