/**
 * Stamps without a year, in local time: the header of a klog line (`I0801 07:14:33.284519    5528 file.go:1] ...`,
 * k8s.io/klog), and journalctl's prefix of a line (`Aug 01 07:14:33 node systemd[1]: ...`).
 */
import { type Us, us } from '../../model/units.ts';
import { MONTHS } from './stamp-text.ts';

export interface KlogStamp {
  readonly month: number;
  readonly day: number;
  readonly timeOfDayUs: Us;
  /** One unit of the last digit printed. */
  readonly errorUs: Us;
}

const HEADER = /(?:^|[\s:])[IWEF](\d{2})(\d{2}) (\d{2}):(\d{2}):(\d{2})\.(\d{6})\s/;

/** The stamp of a line, wherever its header is in the line; undefined if there is none. */
export function klogStamp(text: string): KlogStamp | undefined {
  const [, month, day, hour, minute, second, micro] = HEADER.exec(text.slice(0, 512)) ?? [];
  return stampOf([month, day, hour, minute, second].map(Number), micro);
}

const SYSLOG = /^[\s#>*|]*([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,6}))? /;
const SHORT_ISO = /^\s*\d{4}-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:[.,](\d{1,6}))?/;

/** journalctl's stamp of a line: in whole seconds, or finer on request. */
export function syslogStamp(text: string): KlogStamp | undefined {
  const [, name = '', ...short] = SYSLOG.exec(text) ?? [];
  const parts = name === '' ? SHORT_ISO.exec(text)?.slice(1) : [String(MONTHS.indexOf(name) + 1), ...short];
  return stampOf((parts ?? []).slice(0, 5).map(Number), parts?.[5]);
}

function stampOf(
  [month = 0, day = 0, hour = 24, minute = 0, second = 0]: number[],
  fraction: string | undefined,
): KlogStamp | undefined {
  const digits = fraction?.length ?? 0;
  const possible = month >= 1 && month <= 12 && day >= 1 && day <= 31 && hour <= 23 && minute <= 59 && second <= 59;
  if (!possible) return undefined;
  const micro = Number((fraction ?? '').padEnd(6, '0'));
  return {
    month,
    day,
    timeOfDayUs: us(((hour * 60 + minute) * 60 + second) * 1e6 + micro),
    errorUs: us(10 ** (6 - digits)),
  };
}
