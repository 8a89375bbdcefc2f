/** Times of files as `stat -c '%n|%w|%y'` prints them: name, birth (`-` if the file system keeps none), last change. */

import { us } from '../../model/units.ts';
import { spokenLines } from '../reading/lines.ts';
import { readStamp, type StampText } from '../reading/stamp-text.ts';

export interface FileTimes {
  readonly name: string;
  readonly born: StampText | undefined;
  readonly changed: StampText | undefined;
  readonly line: number;
}

/** The kernel stamps files with a clock that it reads once per tick: 10 ms at the slowest setting in use. */
const TICK_US = us(10_000);

export function readFileTimes(text: string): FileTimes[] {
  const files: FileTimes[] = [];
  for (const line of spokenLines(text)) {
    const [name, born, changed] = line.text.slice(0, 4096).split('|');
    if (name === undefined || born === undefined || changed === undefined || !name.startsWith('/')) continue;
    files.push({ name, born: fileStamp(born), changed: fileStamp(changed), line: line.number });
  }
  return files;
}

function fileStamp(text: string): StampText | undefined {
  const stamp = readStamp(text);
  return stamp && { ...stamp, errorUs: TICK_US };
}
