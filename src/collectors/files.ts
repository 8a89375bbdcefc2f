/** Files with expectations in a scenario: mode and owner, from stat(1). */
import type { FileState } from '../model/boot.ts';
import type { Collector, Parsed } from '../model/collector.ts';
import { nothingYet } from './parsed.ts';
import { lineOf, linesOf } from './reading/lines.ts';
import { shellWord } from './shell-word.ts';

const FILES_PATH = 'machine/files.txt';

/** One line per file: mode, user, group, name; `absent` for a missing file. The name comes last, as it may contain blanks. */
export function files(paths: readonly string[]): Collector {
  const words = paths.map(shellWord).join(' ');
  return {
    id: 'files',
    artifacts:
      paths.length === 0
        ? []
        : [
            {
              path: FILES_PATH,
              command: `for file in ${words}; do stat -c '%a %U %G %n' -- "$file" 2>/dev/null || echo "absent - - $file"; done`,
              maxBytes: 256 * 1024,
            },
          ],
    parse,
  };
}

function parse(raw: ReadonlyMap<string, Uint8Array>): Parsed {
  const found = nothingYet();
  for (const { text, number } of linesOf(raw.get(FILES_PATH))) {
    const [, mode, user, group, path] = /^([0-7]{1,4}|absent) (\S+) (\S+) (\/.*)$/.exec(text) ?? [];
    if (mode === undefined || path === undefined) continue;
    const evidence = lineOf(FILES_PATH, number);
    const state: FileState =
      mode === 'absent'
        ? { path, exists: false, evidence }
        : { path, exists: true, mode: mode.padStart(4, '0'), owner: `${user}:${group}`, evidence };
    found.files.push(state);
  }
  return found;
}
