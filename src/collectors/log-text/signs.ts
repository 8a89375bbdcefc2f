/** How journals, system logs, kernel logs and serial consoles give themselves away. */
import type { Sign } from '../../model/collector.ts';

/** A log has many parts on one machine (syslog, kern.log, the journal of a unit): each keeps its name. */
const named = (room: string) => (fileName: string) =>
  `${room}/${fileName.replace(/\.(?:txt|log)$/i, '').replace(/[^\w.-]/g, '_') || 'log'}.txt`;

/** What people put before lines that they quote. */
const MARKS = '[\\s#>*|]{0,20}';
const CLOCK = '\\d\\d:\\d\\d:\\d\\d(?:[.,]\\d{1,9})?';
const ZONE = '(?: ?(?:Z|[A-Z]{2,5}|[+-]\\d\\d:?\\d\\d))?';
/** Who wrote the line, and perhaps as which process. */
const WHO = '\\S{1,255} [^\\s:\\[]{1,255}(?:\\[\\d{1,10}\\])?: ';

/**
 * Stamp, host, program: `journalctl` and syslog in every form that has a line for a message. A month may be of any language.
 */
const JOURNAL_LINE = new RegExp(
  [
    `^${MARKS}(?:[A-Z][a-z]{2} [ \\d]\\d|[^\\s\\d][^\\s]{1,11} [^\\s]{1,4}(?: \\d{1,2})?) ${CLOCK} ${WHO}`,
    `^${MARKS}(?:[A-Z][a-z]{2} )?\\d{4}-\\d\\d-\\d\\d[T ]${CLOCK}${ZONE} ${WHO}`,
    `^\\d{10}\\.\\d{6} ${WHO}`,
    '^\\[ *\\d{1,9}\\.\\d{6}\\] \\S{1,255} (?:kernel|[^\\s:\\[]{1,255}\\[\\d{1,10}\\]): ',
  ].join('|'),
);

export const JOURNAL_SIGNS: readonly Sign[] = [
  { raw: 'journal/boot.jsonl', names: ['boot.jsonl'], json: /"__REALTIME_TIMESTAMP"\s*:/ },
  { raw: 'journal/boot.export', run: /^[A-Z_][A-Z0-9_]{0,63}(?:=|$)/, line: /^__REALTIME_TIMESTAMP=\d+$/ },
  {
    raw: 'journal/boot.verbose',
    line: /^(?:[A-Z][a-z]{2} )?\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})? \S{1,8} \[s=[0-9a-f]+;/,
    next: /^\s+_?[A-Z0-9_]{1,64}=|^\s{4,}\S/,
  },
];

export const LOG_SIGNS: readonly Sign[] = [
  { raw: named('journal'), line: JOURNAL_LINE, next: /^-- |^\s{8,}\S/ },
  {
    raw: named('console'),
    line: /^\s*\[ *\d{1,6}\.\d{3,6}\](?:\[ *[CT]\d+\])? |^\[[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}\] |^\s*\[ {0,2}(?:OK|FAILED|WARN|DEPEND|TIME|INFO|\*{1,3}) {0,2}\] /,
    next: /^\s*(?:Starting|Mounting|Stopping|Welcome to) |\blogin: ?$/,
  },
];
