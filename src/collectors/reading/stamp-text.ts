/**
 * Points in time as machines print them -> microseconds since 1970. Rejects a text without a year (the year would be a guess)
 * and a zone name other than UTC (`BST` means three things); a numeric offset is fine.
 *
 *   2026-08-01 07:14:01.209          date +"%F %T.%3N": provisioning events, the zone is the process's own
 *   2026-08-01 07:13:41,122          cloud-init.log
 *   2026-08-01T07:13:44.120394Z      waagent.log, zap logs (any number of fraction digits), RFC 3339 offsets
 *   2019/10/31 14:10:25.203983       old waagent.log
 *   Sat 2026-08-01 07:13:40 UTC      systemctl show
 *   Sat Aug  1 07:13:51 UTC 2026     date; en_US.UTF-8 may say 07:13:51 AM, or
 *   Sat 01 Aug 2026 07:13:51 AM UTC  as glibc 2.31 had it
 *   @1785568420                      systemctl show --timestamp=unix
 */
import { type Us, us } from '../../model/units.ts';

/** `zoned`: the text states its zone. `errorUs` is one unit of the last printed digit: the tools truncate, they do not round. */
export interface StampText {
  readonly us: Us;
  readonly errorUs: Us;
  readonly zoned: boolean;
  readonly dialect: 'iso' | 'systemctl' | 'date';
}

const ISO =
  /^(\d{4})[-/](\d{2})[-/](\d{2})[T ](\d{2}):(\d{2}):(\d{2})(?:[.,](\d{1,12}))?(?: ?(Z|UTC|GMT|[+-]\d{2}:?\d{2}))?$/;
const SYSTEMCTL =
  /^[A-Z][a-z]{2} (\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(?:\.\d{1,6})?(?: (?:UTC|GMT|[+-]\d{2}:?\d{2}))?)$/;
const DATE =
  /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d{2}):(\d{2}):(\d{2})(?: ([AP]M))?(?: (UTC|GMT|[+-]\d{2}:?\d{2}))? (\d{4})$/;
const DATE_DAY_FIRST =
  /^([A-Z][a-z]{2}) (\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}:\d{2}:\d{2}(?: [AP]M)?)( (?:UTC|GMT|[+-]\d{2}:?\d{2}))?$/;
export const MONTHS: readonly string[] = [
  'Jan',
  'Feb',
  'Mar',
  'Apr',
  'May',
  'Jun',
  'Jul',
  'Aug',
  'Sep',
  'Oct',
  'Nov',
  'Dec',
];
/** No stamp is longer: `Sat 2026-08-01 07:13:40.123456789012 +00:00` with room to spare. */
const LONGEST = 64;

/** Undefined if the text is not a full date and time in one of the forms above. */
export function readStamp(text: string): StampText | undefined {
  if (text.length > LONGEST) return undefined;
  const trimmed = text.trim();
  const unix = UNIX.exec(trimmed);
  if (unix !== null) return unixStamp(unix[1] ?? '', unix[2] ?? '');
  const weekday = SYSTEMCTL.exec(trimmed);
  if (weekday?.[1] !== undefined) {
    const stamp = readIso(weekday[1]);
    return stamp && { ...stamp, dialect: 'systemctl' };
  }
  return readIso(trimmed) ?? readDate(trimmed.replace(DATE_DAY_FIRST, '$1 $3 $2 $5$6 $4'));
}

const UNIX = /^@(\d{9,10})(?:\.(\d{1,6}))?$/;

const unixStamp = (seconds: string, fraction: string): StampText => ({
  us: us(Number(seconds) * 1e6 + Number(fraction.padEnd(6, '0'))),
  errorUs: us(10 ** (6 - fraction.length)),
  zoned: true,
  dialect: 'systemctl',
});

function readIso(text: string): StampText | undefined {
  const match = ISO.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second, fraction = '', zone] = match;
  const wholeUs = utcUs(Number(year), Number(month), Number(day), Number(hour), Number(minute), Number(second));
  if (wholeUs === undefined) return undefined;
  const digits = Math.min(fraction.length, 6);
  return {
    us: us(wholeUs + Number(fraction.slice(0, 6).padEnd(6, '0')) - offsetUs(zone)),
    errorUs: us(10 ** (6 - digits)),
    zoned: zone !== undefined,
    dialect: 'iso',
  };
}

function readDate(text: string): StampText | undefined {
  const match = DATE.exec(text);
  if (!match) return undefined;
  const [, monthName = '', day, clockHour, minute, second, half, zone, year] = match;
  let hour = Number(clockHour);
  if (half !== undefined) {
    if (hour < 1 || hour > 12) return undefined;
    hour = (hour % 12) + (half === 'PM' ? 12 : 0);
  }
  const month = MONTHS.indexOf(monthName) + 1;
  const wholeUs = utcUs(Number(year), month, Number(day), hour, Number(minute), Number(second));
  if (wholeUs === undefined) return undefined;
  return { us: us(wholeUs - offsetUs(zone)), errorUs: us(1_000_000), zoned: zone !== undefined, dialect: 'date' };
}

/** Undefined for an invalid date, or one before 1970. */
function utcUs(year: number, month: number, day: number, hour: number, minute: number, second: number) {
  if (year < 1970 || month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 60) return undefined;
  if (day > new Date(Date.UTC(year, month, 0)).getUTCDate()) return undefined;
  return Date.UTC(year, month - 1, day, hour, minute, second) * 1000;
}

/** `+0200` or `+02:00` in microseconds; 0 for UTC or a missing zone. */
export function offsetUs(zone: string | undefined): Us {
  const match = /^([+-])(\d{2}):?(\d{2})$/.exec(zone ?? '');
  if (!match) return us(0);
  return us((match[1] === '-' ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3])) * 60_000_000);
}

/** Exactly 00:00:00 of a day: `date -d ""` prints it for a unit without a stamp. */
export const isMidnight = (us: Us): boolean => us % 86_400_000_000 === 0;
