/**
 * Lines of a journal, a system log or a console as text: stamp, source, message. Forms: journalctl(1) `--output`, rsyslog, dmesg(1).
 *
 *   Aug 24 21:45:11.300000 host systemd[1]: ...       short, short-precise, syslog: no year, no zone
 *   2020-08-24T21:45:11.300000+00:00 host ...         short-iso, short-iso-precise
 *   Mon 2020-08-24 21:45:11 UTC host a.service[1]: .. short-full, with-unit
 *   1598305511.300000 host ...                        short-unix
 *   [    1.788585] host systemd[1]: ...               short-monotonic
 *   [    1.788585] systemd[1]: ...                    dmesg, a serial console
 */
import { type Us, us } from '../../model/units.ts';
import { syslogStamp } from '../reading/klog-stamp.ts';
import { linesOf } from '../reading/lines.ts';
import { readStamp } from '../reading/stamp-text.ts';
import { withoutColours } from '../reading/text.ts';
import { dateOf, MIDDLE_OF_1970_US, nearest } from '../reading/year.ts';

export interface LogStamp {
  readonly clock: 'monotonic' | 'realtime';
  readonly us: Us;
  readonly errorUs: Us;
  /** Whether the stamp states its zone; the monotonic clock has none. */
  readonly zoned: boolean;
}

export interface LogLine {
  readonly number: number;
  readonly stamp: LogStamp | undefined;
  /** The program, or the unit if journalctl printed units. */
  readonly source: string;
  readonly pid: number | undefined;
  readonly message: string;
}

const WHO = '(\\S{1,255}) ([^\\s:\\[]{1,255})(?:\\[(\\d{1,10})\\])?: ?';
const MARKS = '[\\s#>*|]{0,20}';
const CLOCK = '\\d\\d:\\d\\d:\\d\\d(?:[.,]\\d{1,9})?';
const SHORT = new RegExp(`^${MARKS}(\\S{2,12}(?: +\\S{1,4}){1,2} ${CLOCK}) ${WHO}`);
const DATED = new RegExp(
  `^${MARKS}(?:[A-Z][a-z]{2} )?(\\d{4}-\\d\\d-\\d\\d[T ]${CLOCK})( ?(?:Z|[A-Z]{2,5}|[+-]\\d\\d:?\\d\\d))? ${WHO}`,
);
const UNIX = new RegExp(`^(\\d{10}\\.\\d{6}) ${WHO}`);
/** Optionally a priority before it (dmesg --raw, --decode) and the distance from the line before (--show-delta) after it. */
const KERNEL =
  /^\s*(?:<\d{1,3}>|[a-z0-9]{3,8} *: ?[a-z]{3,8} *: ?)?\[ *(\d{1,9})\.(\d{3,6})(?: {1,40}(?:<[ +\d.]{1,20}>)?)?\](?:\[ *[CT]\d+\])? ?/;
const PROGRAM = /^(?:(\S{1,255}) )?([^\s:[]{1,255})(?:\[(\d{1,10})\])?: /;
const LONGEST = 4_096;

/** Lines of `path`, including lines without a stamp, which consoles have. */
export function* logLines(raw: ReadonlyMap<string, Uint8Array>, path: string): Generator<LogLine> {
  const isConsole = path.startsWith('console/');
  let nearUs = dateOf(raw, path);
  const datedKernelLine = datedKernelLines();
  const place = (text: string): LogStamp | undefined => {
    const stamp = syslogStamp(text);
    if (stamp === undefined) return undefined;
    nearUs = nearest(stamp, us(nearUs ?? MIDDLE_OF_1970_US));
    return { clock: 'realtime', us: us(nearUs), errorUs: stamp.errorUs, zoned: false };
  };
  for (const { text: line, number } of linesOf(raw.get(path))) {
    const text = withoutColours(line.slice(0, LONGEST).trimEnd());
    if (text === '') continue;
    yield (isConsole ? datedKernelLine(text, number) : journalLine(text, number, place)) ?? consoleLine(text, number);
  }
}

function journalLine(text: string, number: number, place: (text: string) => LogStamp | undefined): LogLine | undefined {
  const dated = DATED.exec(text);
  if (dated !== null) return lineOf(number, datedStamp(dated[1] ?? '', dated[2]), dated.slice(3), text, dated[0]);
  const unix = UNIX.exec(text);
  if (unix !== null) {
    const stamp = {
      clock: 'realtime',
      us: us(Math.round(Number(unix[1]) * 1e6)),
      errorUs: us(1),
      zoned: true,
    } as const;
    return lineOf(number, stamp, unix.slice(2), text, unix[0]);
  }
  const short = SHORT.exec(text);
  return short === null ? undefined : lineOf(number, place(`${short[1]} `), short.slice(2), text, short[0]);
}

/** `dmesg --time-format iso`: a comma before six digits, and the zone. */
const DATED_KERNEL = /^\s*(?:[a-z0-9]{3,8} *: ?[a-z]{3,8} *: ?)?(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d,\d{6}[+-]\d\d:\d\d) /;

/** dmesg derives these stamps from the kernel's, which are 0 at its first line: the distance from it is the kernel's stamp again. */
function datedKernelLines(): (text: string, number: number) => LogLine | undefined {
  let zeroUs: Us | undefined;
  return (text, number) => {
    const [header, written = ''] = DATED_KERNEL.exec(text) ?? [];
    const atUs = header === undefined ? undefined : readStamp(written)?.us;
    if (header === undefined || atUs === undefined) return undefined;
    const rest = text.slice(header.length);
    if (/^Linux version \d/.test(rest)) zeroUs = atUs;
    const stamp = zeroUs === undefined ? undefined : kernelTime(us(atUs - zeroUs), us(1));
    return { ...consoleLine(rest, number), stamp };
  };
}

/** Ignores a zone name, but reads the date and the time, as for a machine with an unknown zone. */
function datedStamp(text: string, zone: string | undefined): LogStamp | undefined {
  const named = zone?.trim() ?? '';
  const stamp = readStamp(`${text}${/^(?:Z|UTC|GMT|[+-].*)$/.test(named) ? ` ${named}` : ''}`.replace(/ Z$/, 'Z'));
  return stamp && { clock: 'realtime', us: stamp.us, errorUs: stamp.errorUs, zoned: stamp.zoned };
}

const lineOf = (
  number: number,
  stamp: LogStamp | undefined,
  [, source = '', pid]: readonly (string | undefined)[],
  text: string,
  header: string,
): LogLine => ({
  number,
  stamp,
  source,
  pid: pid === undefined ? undefined : Number(pid),
  message: text.slice(header.length),
});

function consoleLine(text: string, number: number): LogLine {
  const kernel = KERNEL.exec(text);
  const stamp = kernel && kernelStamp(kernel[1] ?? '', kernel[2] ?? '');
  const rest = kernel === null ? text : text.slice(kernel[0].length);
  // `host systemd[1]: ...` of short-monotonic, `systemd[1]: ...` of the kernel's log; `pci 0000:00: ...` is a driver's.
  const program = PROGRAM.exec(rest);
  const isProgram = program !== null && (program[3] !== undefined || program[2] === 'kernel');
  return {
    number,
    stamp: stamp ?? undefined,
    source: isProgram ? (program[2] ?? '') : 'kernel',
    pid: isProgram && program[3] !== undefined ? Number(program[3]) : undefined,
    message: isProgram ? rest.slice(program[0].length) : rest,
  };
}

const kernelStamp = (seconds: string, fraction: string): LogStamp =>
  kernelTime(us(Number(seconds) * 1_000_000 + Number(fraction.padEnd(6, '0'))), us(10 ** (6 - fraction.length)));

const kernelTime = (atUs: Us, errorUs: Us): LogStamp => ({ clock: 'monotonic', us: atUs, errorUs, zoned: true });

/** Whether the system manager wrote the line: a user's manager reports the same for itself. */
export const isManager = ({ source, pid }: LogLine): boolean =>
  source === 'init.scope' || (source === 'systemd' && (pid === undefined || pid === 1));
