/** A process that adds lines to a history and prints each once it is there. Arguments: address, its name, number of lines. */
import { tmpdir } from 'node:os';
import { historyAt } from '../../../src/stages/history/open.ts';
import { runLine } from '../../support/history-lines.ts';
import { realTimer as timer } from '../../support/timer.ts';

const [address = '', name = '', count = '0'] = process.argv.slice(2);
const history = await historyAt(address, {
  cwd: process.cwd(),
  temporaryFolder: tmpdir(),
  environment: process.env,
  timer,
});
for (let index = 1; index <= Number(count); index += 1) {
  const id = `${name}-${index}`;
  await history.append(runLine('2026-01-01', { id }), new AbortController().signal);
  process.stdout.write(`${id}\n`);
}
