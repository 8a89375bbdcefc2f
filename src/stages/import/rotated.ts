/**
 * Rotated parts of logs: `syslog.1` beside `syslog`, `messages-20260731` beside `messages`. They are older, and mostly of earlier boots, so
 * bench reads them only if the log itself is missing or says nothing.
 */
import type { ReadFile } from './reading.ts';

const ROTATED = /^(.*?)(?:[.-](?:\d{1,3}|20\d{6}(?:-\d{1,10})?))(\.(?:log|txt))?$/;
/** `boot-1.txt` and `node-2` are numbered, not rotated: a rotated file has the name of a log. */
const LOG_NAME = /(?:^|\/)(?:syslog|messages|dmesg|[\w.-]{0,60}\.log|[\w.-]{0,60}log)$/i;

export function withoutOlderParts(files: readonly ReadFile[]): ReadFile[] {
  const current = new Set(files.filter(({ pieces }) => pieces.length > 0).map(({ file }) => file.path));
  return files.map((read) => {
    const [, stem = '', ending = ''] = ROTATED.exec(read.file.path) ?? [];
    const newer = `${stem}${ending}`;
    if (read.pieces.length === 0 || !LOG_NAME.test(newer) || !current.has(newer)) return read;
    return { file: read.file, pieces: [], boots: 0, reason: `an older part of ${newer}; only the newest part is read` };
  });
}
