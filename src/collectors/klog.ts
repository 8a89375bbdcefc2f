/** The header of a klog line: `I0801 07:14:33.284519    5528 file.go:1] ...`; local time, no year (k8s.io/klog). */

export interface KlogStamp {
  readonly month: number;
  readonly day: number;
  readonly timeOfDayUs: number;
}

const HEADER = /(?:^|[\s:])[IWEF](\d{2})(\d{2}) (\d{2}):(\d{2}):(\d{2})\.(\d{6})\s/;

/** The stamp of a line, wherever in the line its header stands; undefined when there is none. */
export function klogStamp(text: string): KlogStamp | undefined {
  const match = HEADER.exec(text.slice(0, 512));
  if (match === null) return undefined;
  const [month, day, hour, minute, second, micro] = match.slice(1).map(Number);
  if (month === undefined || day === undefined || hour === undefined) return undefined;
  if (minute === undefined || second === undefined || micro === undefined) return undefined;
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 59) return undefined;
  return { month, day, timeOfDayUs: ((hour * 60 + minute) * 60 + second) * 1_000_000 + micro };
}
