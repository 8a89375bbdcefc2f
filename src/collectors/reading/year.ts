/**
 * Years for stamps without a year. A log's first stamp gets the year that brings it nearest to a dated artifact of the same boot,
 * each further stamp the year nearest to the stamp before it: a boot may span the New Year.
 */
import type { Us } from '../../model/units.ts';
import type { KlogStamp } from './klog-stamp.ts';
import { linesOf } from './lines.ts';
import { MONTHS } from './stamp-text.ts';

const HALF_A_YEAR_US = 183 * 86_400e6;
export const MIDDLE_OF_1970_US = 182 * 86_400e6;

/** The stamp in the year that brings it nearest to a time. */
export function nearest({ month, day, timeOfDayUs }: KlogStamp, toUs: Us): number {
  const year = new Date(toUs / 1000).getUTCFullYear();
  const within = [year - 1, year, year + 1]
    .map((each) => Date.UTC(each, month - 1, day) * 1000 + timeOfDayUs)
    .find((atUs) => Math.abs(atUs - toUs) <= HALF_A_YEAR_US);
  return within ?? Date.UTC(year, month - 1, day) * 1000 + timeOfDayUs;
}

/** Artifacts that contain the boot's date, best first. */
const DATED = ['systemd/manager.show', 'aks/provision.json', 'aks/cluster-provision.log', 'cloud-init/cloud-init.log'];
const MOST_LINES = 2000;

/** The boot's day, from the log itself or from other artifacts; undefined if none has a year. */
export function dateOf(raw: ReadonlyMap<string, Uint8Array>, path: string): number | undefined {
  const dates = DATED.map((each) => firstDate(raw.get(each), ISO_DATE));
  return firstDate(raw.get(path), LOG_DATE) ?? dates.find((each) => each !== undefined);
}

const ISO_DATE = /\b(20\d{2})-(\d{2})-(\d{2})\b/;
/** The stamp of a line, the header of a journal, or cloud-init's banner. */
const LOG_DATE =
  /^\s*(20\d{2})-(\d{2})-(\d{2})T\d{2}:|^-- (?:Logs|Journal) begins? at \w{3} (20\d{2})-(\d{2})-(\d{2}) |Cloud-init v\. .{1,120} at \w{3}, (\d{2}) (\w{3}) (20\d{2}) /;

function firstDate(bytes: Uint8Array | undefined, pattern: RegExp): number | undefined {
  for (const { text, number } of linesOf(bytes)) {
    const found = pattern
      .exec(text.slice(0, 4096))
      ?.slice(1)
      .filter((part) => part !== undefined);
    if (found !== undefined) return dayOf(found);
    if (number > MOST_LINES) break;
  }
  return undefined;
}

function dayOf([first = '', second = '', third = '']: readonly string[]): number {
  const [year, month, day] =
    first.length === 4 ? [first, Number(second), third] : [third, MONTHS.indexOf(second) + 1, first];
  return Date.UTC(Number(year), month - 1, Number(day)) * 1000;
}
