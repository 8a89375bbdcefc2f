/**
 * A history on a `Shelf`, e.g. a blob container: `history.jsonl`, to which every writer adds, and any other `*.jsonl` beside it, as in a
 * folder. A writer adds only to the state it has seen; a second one reads again.
 */
import { worldError } from '../../model/errors.ts';
import type { History } from '../../model/history.ts';
import type { Timer } from '../../model/provider.ts';
import { retry } from '../../model/retry.ts';
import type { Shelf } from '../../model/shelf.ts';
import { ms } from '../../model/units.ts';
import { parseLines, printLine } from './lines.ts';

const FILE = 'history.jsonl';

/** In each round one of the concurrent writers succeeds, so this many may write at once. */
const MOST_ROUNDS = 200;
const PAUSE = ms(20);
const LONGEST_PAUSE = ms(1_000);

export function shelfHistory(shelf: Shelf, timer: Timer): History {
  return {
    async append(line, signal) {
      const text = printLine(line);
      const outrun = worldError(
        `Could not add to ${shelf.address}: others wrote first ${MOST_ROUNDS} times.`,
        'Run it again with --resume when fewer runs finish at the same time.',
      );
      const add = async () => {
        const end = await shelf.end(FILE, signal);
        if (await shelf.append(FILE, text, end, signal)) return;
        // If the answer to a successful request was lost, the retry fails although the line is there.
        if (!(await shelf.read(FILE, end?.sizeBytes ?? 0, signal)).includes(text)) throw outrun;
      };
      const pauseAfter = (cause: unknown, round: number) =>
        cause === outrun && round < MOST_ROUNDS ? ms(Math.min(LONGEST_PAUSE, PAUSE * round)) : undefined;
      await retry(add, pauseAfter, timer, signal);
    },
    async read(signal) {
      const names = (await shelf.list(signal)).filter((name) => name.endsWith('.jsonl')).sort();
      const contents = [];
      for (const name of names)
        contents.push(parseLines(await shelf.read(name, 0, signal), `${shelf.address}/${name}`));
      return { lines: contents.flatMap(({ lines }) => lines), damaged: contents.flatMap(({ damaged }) => damaged) };
    },
  };
}
