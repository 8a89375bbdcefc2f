/**
 * cloud-init's line at the start of a stage, in its log, its output, a journal or on a console: the stage, the wall clock (UTC,
 * whole seconds), and the time since boot.
 *
 *   Cloud-init v. 24.1 running 'init-local' at Sat, 01 Aug 2026 07:13:41 +0000. Up 5.12 seconds.
 *   Cloud-init v. 24.1 finished at Sat, 01 Aug 2026 07:13:59 +0000. Datasource DataSourceAzure.  Up 23.01 seconds
 */
import { type Us, us } from '../../model/units.ts';
import { readStamp } from '../reading/stamp-text.ts';

export interface Banner {
  readonly version: string;
  /** The name that cloud-init analyze uses; `finished` after the last stage. */
  readonly stage: string;
  readonly utcUs: Us;
  readonly uptimeUs: Us;
}

const BANNER =
  /Cloud-init v\. (\S{1,60}) (?:running '([\w:-]{1,40})'|(finished)) at [A-Z][a-z]{2}, (\d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2}) \+0000\.(?: Datasource .{1,200}?)?\s{1,4}Up (\d{1,9}(?:\.\d{1,3})?) seconds/;
const STAGES: Readonly<Record<string, string | undefined>> = {
  'init-local': 'init-local',
  init: 'init-network',
  'modules:config': 'modules-config',
  'modules:final': 'modules-final',
};

export function readBanner(text: string): Banner | undefined {
  if (!text.includes('Cloud-init v. ')) return undefined;
  const [, version, running, finished, utc, uptime] = BANNER.exec(text.slice(0, 1_000)) ?? [];
  if (version === undefined || utc === undefined || uptime === undefined) return undefined;
  const [day = '', month = '', year = '', clock = ''] = utc.split(' ');
  // The form that `date` prints, which needs a weekday.
  const stamp = readStamp(`Day ${month} ${day} ${clock} UTC ${year}`);
  if (stamp === undefined) return undefined;
  const stage = finished ?? STAGES[running ?? ''];
  if (stage === undefined) return undefined;
  return { version, stage, utcUs: stamp.us, uptimeUs: us(Math.round(Number(uptime) * 1e6)) };
}
