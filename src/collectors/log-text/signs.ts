/** Patterns that recognise journals, system logs, kernel logs and serial consoles. */
import type { Sign } from '../../model/collector.ts';

/** A machine has many logs (syslog, kern.log, the journal of a unit): each keeps its name. */
const named = (room: string) => (fileName: string) =>
  `${room}/${fileName.replace(/\.(?:txt|log)$/i, '').replace(/[^\w.-]/g, '_') || 'log'}.txt`;

/** Quote marks that people put before lines. */
const MARKS = '[\\s#>*|]{0,20}';
const CLOCK = '\\d\\d:\\d\\d:\\d\\d(?:[.,]\\d{1,9})?';
const ZONE = '(?: ?(?:Z|[A-Z]{2,5}|[+-]\\d\\d:?\\d\\d))?';
/** The host and program that wrote the line, with an optional pid. */
const WHO = '\\S{1,255} [^\\s:\\[]{1,255}(?:\\[\\d{1,10}\\])?: ';

/** `dmesg --show-delta` and `journalctl --output short-delta` print the time since the line before. */
const DELTA = '(?: {1,40}(?:<[ +\\d.]{1,20}>)?)?';
/** `dmesg --raw` has the priority as the kernel writes it, `dmesg --decode` in words. */
const PRIORITY = '(?:<\\d{1,3}>|[a-z0-9]{3,8} *: ?[a-z]{3,8} *: ?)?';

/**
 * Stamp, host, program: `journalctl` and syslog in every form with one line per message. The month may be in any language.
 */
const JOURNAL_LINE = new RegExp(
  [
    `^${MARKS}(?:[A-Z][a-z]{2} [ \\d]\\d|[^\\s\\d][^\\s]{1,11} [^\\s]{1,4}(?: \\d{1,2})?) ${CLOCK} ${WHO}`,
    `^${MARKS}(?:[A-Z][a-z]{2} )?\\d{4}-\\d\\d-\\d\\d[T ]${CLOCK}${ZONE} ${WHO}`,
    `^\\d{10}\\.\\d{6} ${WHO}`,
    `^\\[ *\\d{1,9}\\.\\d{6}${DELTA}\\] \\S{1,255} (?:kernel|[^\\s:\\[]{1,255}\\[\\d{1,10}\\]): `,
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

/** `dmesg --time-format iso`: a comma before six digits, and a zone. */
const DMESG_ISO = new RegExp(`^${PRIORITY}\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d,\\d{6}[+-]\\d\\d:\\d\\d `);

const CONSOLE_LINE = new RegExp(
  [
    `^\\s*${PRIORITY}\\[ *\\d{1,6}\\.\\d{3,6}${DELTA}\\](?:\\[ *[CT]\\d+\\])? `,
    `^${PRIORITY}\\[[A-Z][a-z]{2} [A-Z][a-z]{2} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d \\d{4}${DELTA}\\] `,
    '^\\s*\\[ {0,2}(?:OK|FAILED|WARN|DEPEND|TIME|INFO|\\*{1,3}) {0,2}\\] ',
  ].join('|'),
);

export const LOG_SIGNS: readonly Sign[] = [
  { raw: named('console'), line: DMESG_ISO },
  { raw: named('journal'), line: JOURNAL_LINE, next: /^-- |^\s{8,}\S/ },
  {
    raw: named('console'),
    line: CONSOLE_LINE,
    next: /^\s*(?:Starting|Mounting|Stopping|Welcome to) |\blogin: ?$/,
  },
];
