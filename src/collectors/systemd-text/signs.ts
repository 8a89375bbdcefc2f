/** Patterns that recognise the output of `systemd-analyze` and `systemctl`, well or badly pasted. */
import type { Sign } from '../../model/collector.ts';

const SUFFIX = '(?:service|device|mount|socket|swap|target|timer|path|automount|scope|slice)';
const DURATION = '\\d+(?:\\.\\d+)?(?:y|month|w|d|h|min|s|ms|us)';
const MARKS = '[\\s>#*|-]{0,80}';

const TIME: Sign = {
  raw: 'systemd/analyze-time.txt',
  names: ['analyze-time.txt'],
  line: /Startup\s{0,8}finished\s{0,8}in|Bootup is not yet finished|^Failed to connect to (?:system )?(?:scope )?bus/,
  next: /^[\s`*>#]{0,80}[+=] ?\d|\breached\s+after\b|\bnever\s+reached\b|\((?:firmware|loader|kernel|initrd|userspace)\)|^Please try again later|^Hint: |^\s*= /,
};

const CHAIN: Sign = {
  raw: 'systemd/analyze-critical-chain.txt',
  names: ['analyze-critical-chain.txt'],
  line: new RegExp(`\\.${SUFFIX} ?[@+]\\d|unit (?:is|became) active or started is printed after`),
  next: new RegExp(`[\u2514\u251c\u2502]|^The ?time ?the ?unit ?t|^\\s*\\S{1,255}\\.${SUFFIX}\\s*$`),
};

const BLAME: Sign = {
  raw: 'systemd/analyze-blame.txt',
  names: ['analyze-blame.txt'],
  line: new RegExp(`^${MARKS}${DURATION}(?: ${DURATION}){0,8} {0,4}\\S{1,255}\\.${SUFFIX}\\b`),
  next: new RegExp(
    `^${MARKS}${DURATION}(?: ${DURATION}){0,8} {1,4}\\S{1,255}$|^\\s*(?:\\.\\.\\.|\u2026)\\s*$|^lines \\d`,
  ),
};

const JOBS: Sign = {
  raw: 'systemd/list-jobs.txt',
  line: /^\s*JOB\s+UNIT\s+TYPE\s+STATE/,
  next: /^\s*\d+\s+\S+\s+[a-z-]+\s+(?:running|waiting)|^\d+ jobs listed|^No jobs/,
};

const STATUS: Sign = {
  raw: 'systemd/status.txt',
  line: new RegExp(`^\\s*(?:[\u25cf\u25cb\u00d7\u21bb*]|\\(-\\)) \\S{1,255}\\.${SUFFIX}(?: - |\\s*$)`),
  next: /^\s+(?:[A-Z][\w ]{0,30}: |[\u2514\u251c\u2502]| {6})/,
};

const DUMP: Sign = {
  raw: 'systemd/dump.txt',
  line: /^Timestamp [a-z-]{3,40}: |^-> Unit \S{1,255}\.\w+:/,
  next: /^\s+\S|^(?:Timestamp|Manager|Features|Version|Environment)\b/,
};

/** The summary comes last, because it may occur in any text; lines of chains and lists occur in no other. */
export const TEXT_SIGNS: readonly Sign[] = [DUMP, STATUS, JOBS, CHAIN, BLAME, TIME];

export const PLOT_SIGNS: readonly Sign[] = [
  { raw: 'systemd/plot.svg', line: /<!DOCTYPE svg|<svg\b/, next: /^\s*<|-->\s*$/ },
  {
    raw: 'systemd/plot.json',
    json: new RegExp(`"name"\\s*:\\s*"[^"]{1,255}\\.${SUFFIX}"[^{}]{0,400}"activat(?:ed|ing)"\\s*:`),
  },
  {
    raw: 'systemd/plot.txt',
    line: /^\s*NAME\s+(?:ACTIVAT(?:ED|ING)|DEACTIVAT(?:ED|ING)|TIME)\b/,
    next: new RegExp(`^\\s*\\S{1,255}\\.${SUFFIX}\\s`),
  },
];

/** `Key=value` lines of the manager, and of units. */
const RUN = /^[A-Za-z][A-Za-z0-9]{0,80}=/;

export const SHOW_SIGNS: readonly Sign[] = [
  {
    raw: 'systemd/manager.show',
    names: ['manager.show'],
    run: RUN,
    line: /^(?:Firmware|Loader|Kernel|InitRD|Userspace|Finish)Timestamp(?:Monotonic)?=/,
  },
  {
    raw: 'systemd/units.show',
    names: ['units.show'],
    run: RUN,
    line: /^(?:(?:Id|Names)=\S+\.\w+|(?:InactiveExit|ActiveEnter|ExecMainStart)Timestamp(?:Monotonic)?=)/,
  },
];
