import { describe, expect, test } from 'vitest';
import type { Shelf } from '../../../src/model/shelf.ts';
import { ms } from '../../../src/model/units.ts';
import { shelfHistory } from '../../../src/store/history/shelf.ts';
import { runLine } from '../../support/history-lines.ts';

const { signal } = new AbortController();
const timer = { nowMs: () => ms(0), sleep: async () => {} };
const line = runLine('2026-01-01');

/** A shelf with one text. The shelf calls `meddle` before each addition; it says whether the answer gets lost, as on a network. */
function shelfWith(meddle: (text: string, add: (text: string) => void) => 'answer is lost' | undefined): Shelf {
  let [content, version] = ['', 0];
  const add = (text: string) => {
    content += text;
    version += 1;
  };
  return {
    address: 'shelf',
    list: async () => ['history.jsonl', 'readme.txt'],
    read: async (name, fromByte) => (name === 'history.jsonl' ? content.slice(fromByte) : 'not a line'),
    end: async () => (version === 0 ? undefined : { version: `${version}`, sizeBytes: content.length }),
    async append(_, text, end) {
      const fate = meddle(text, add);
      if ((end?.version ?? '0') !== `${version}`) return false;
      add(text);
      // The client repeats the request, and learns that the text has changed.
      return fate === undefined;
    },
  };
}

describe('a history on a shelf', () => {
  test('adds a line once if the answer got lost and the client repeated the request', async () => {
    const history = shelfHistory(
      shelfWith(() => 'answer is lost'),
      timer,
    );
    await history.append(line, signal);
    expect(await history.read(signal)).toEqual({ lines: [line], damaged: [] });
  });

  test('appends after a faster writer', async () => {
    const others = ['2026-02-01', '2026-02-02'].map((night) => runLine(night));
    const waiting = [...others];
    const shelf = shelfWith((_, add) => {
      const other = waiting.shift();
      if (other) add(`${JSON.stringify(other)}\n`);
      return undefined;
    });
    const history = shelfHistory(shelf, timer);
    await history.append(line, signal);
    expect((await history.read(signal)).lines).toEqual([...others, line]);
  });

  test('gives up if other writers are always faster', async () => {
    let night = 0;
    const shelf = shelfWith((_, add) => {
      night += 1;
      add(`${JSON.stringify(runLine('2026-02-01', { id: `${night}` }))}\n`);
      return undefined;
    });
    await expect(shelfHistory(shelf, timer).append(line, signal)).rejects.toThrow(/others wrote first 200 times/);
  });
});
