/** `bench help <topic>`: the pages of docs/. The parser prints the help of commands. */
import { topics, topicText } from '../../stages/help.ts';
import { EXIT } from '../exit.ts';
import { type CliWorld, columnsOf, screenOf } from '../world.ts';
import { labelled } from '../wrap.ts';

export async function command(world: CliWorld, words: readonly string[]): Promise<number> {
  const width = columnsOf(world);
  const { color } = screenOf(world);
  world.stdout.write(words.length === 0 ? list(width) : topicText(words.join(' '), { color, width }));
  return EXIT.fine;
}

function list(width: number | undefined): string {
  const labels = Math.max(...topics().map(({ name }) => name.length));
  const lines = topics().map(({ name, title }) => labelled(name, title, labels, width));
  return `Topics:\n\n${lines.join('\n')}\n\nbench help <topic> shows one; bench --help lists the commands.\n`;
}
