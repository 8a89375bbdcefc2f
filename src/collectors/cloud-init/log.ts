/**
 * cloud-init.log: start and finish of every stage and module, the clock and uptime at the start of each stage, and the signs
 * of a machine that was pre-booted and parked. Stamps are local time without a zone; each stage's banner also has UTC, which
 * reveals the zone.
 *
 *   2026-08-01 07:13:41,122 - util.py[DEBUG]: Cloud-init v. 24.1 running 'init-local' at Sat, 01 Aug 2026 07:13:41 +0000. Up 5.12 seconds.
 *   2026-08-01 07:13:41,200 - handlers.py[DEBUG]: finish: init-local/check-cache: SUCCESS: no cache found
 *
 * The banner marks a stage's start, as in `analyze`: cloud-init reports the start itself before it opens the log, so that line
 * is missing. We do not read the syslog form of the lines, which has no year.
 */
import type { Evidence } from '../../model/timeline.ts';
import { type Us, us } from '../../model/units.ts';
import { spokenLines } from '../reading/lines.ts';
import { readStamp } from '../reading/stamp-text.ts';
import { type Banner, readBanner } from './banner.ts';
import type { StageEvent } from './stage-event.ts';

/** A banner and the stamp of its line, in the log's zone. */
interface StampedBanner extends Banner {
  readonly us: Us;
  readonly evidence: Evidence;
}

export interface CloudInitLog {
  readonly events: readonly StageEvent[];
  readonly banners: readonly StampedBanner[];
  /** Local time minus UTC, if a banner shows both. */
  readonly zoneUs: Us | undefined;
  /** The first line that reports it, as stamped. */
  readonly parked: { readonly us: Us; readonly errorUs: Us; readonly evidence: Evidence } | undefined;
  /** Warnings and errors that cloud-init logged; the first few. */
  readonly complaints: readonly { readonly text: string; readonly evidence: Evidence }[];
  readonly datasource: string | undefined;
  /** Stages and modules with the length that the log states of them. */
  readonly took: readonly { readonly name: string; readonly us: Us; readonly evidence: Evidence }[];
}

const LINE = /^(\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}[,.]\d{3,6}) - ([\w.-]{1,80})\[([A-Z]+)\]: (.*)$/;
const STAGE = /^(start|finish): ([\w./-]{1,200}): (.*)$/;
const RESULT = /^(SUCCESS|WARN|FAIL): (.*)$/;
/** Lines that only a pre-booted machine writes. */
const PARKED =
  /azure-ds\/(?:_wait_for_pps_\w+|_reprovision|_poll_imds|_wait_for_nic_detach)|\bPreprovisionedVm: True\b|\bPPS type: (?:Running|Savable|OSDisk|Unknown)\b/i;
const DATASOURCE =
  /(?:Loaded datasource|Crawl(?:ed)? of metadata service|found (?:local|network) data from) (DataSource\w{1,40})/;
/** cloud-init 24.4 and later print each duration; the start may be in a part of the log that a user did not keep. */
const STAGE_TOOK = /^cloud-init stage: '([\w-]{1,40})' took (\d{1,7}\.\d{1,6}) seconds/;
const STAGE_IDS: Readonly<Record<string, string>> = { init: 'init-network', 'init-network': 'init-network' };
const MOST_COMPLAINTS = 20;
const QUARTER_HOUR_US = 900_000_000;

export function readCloudInitLog(text: string, file: string): CloudInitLog {
  const events: StageEvent[] = [];
  const banners: StampedBanner[] = [];
  const complaints: { text: string; evidence: Evidence }[] = [];
  const took: { name: string; us: Us; evidence: Evidence }[] = [];
  let parked: CloudInitLog['parked'];
  let datasource: string | undefined;
  let zoneUs: Us | undefined;
  let started: string | undefined;
  for (const line of spokenLines(text)) {
    const [, stampText = '', , level, said = ''] = LINE.exec(line.text.slice(0, 2000)) ?? [];
    const stamp = readStamp(stampText);
    if (stamp === undefined) continue;
    const evidence = { file, line: line.number };
    const [, tookName, seconds] = STAGE_TOOK.exec(said) ?? [];
    if (tookName !== undefined)
      took.push({ name: STAGE_IDS[tookName] ?? tookName, us: us(Math.round(Number(seconds) * 1e6)), evidence });
    const stage = STAGE.exec(said);
    // The stage's own start line adds nothing to the banner.
    if (stage && !(stage[1] === 'start' && stage[2] === started)) events.push(stageEvent(stage, stamp, evidence));
    if (stage && stage[1] === 'finish' && stage[2] === started) started = undefined;
    const banner = readBanner(said);
    if (banner !== undefined && banner.stage !== 'finished') {
      started = banner.stage;
      const at = { us: stamp.us, errorUs: stamp.errorUs };
      events.push({ kind: 'start', name: banner.stage, ...at, result: '', description: '', evidence });
      banners.push({ ...banner, us: stamp.us, evidence });
      zoneUs = us(Math.round((stamp.us - banner.utcUs) / QUARTER_HOUR_US) * QUARTER_HOUR_US);
    }
    if (parked === undefined && PARKED.test(said)) parked = { us: stamp.us, errorUs: stamp.errorUs, evidence };
    datasource = DATASOURCE.exec(said)?.[1] ?? datasource;
    if ((level === 'WARNING' || level === 'ERROR' || level === 'CRITICAL') && complaints.length < MOST_COMPLAINTS) {
      complaints.push({ text: said.slice(0, 200), evidence });
    }
  }
  return { events, banners, zoneUs, parked, complaints, datasource, took };
}

function stageEvent(match: RegExpExecArray, stamp: { us: Us; errorUs: Us }, evidence: Evidence): StageEvent {
  const [, kind, name = '', rest = ''] = match;
  const { us, errorUs } = stamp;
  if (kind === 'start') return { kind, name, us, errorUs, result: '', description: rest.slice(0, 200), evidence };
  const [, result = '', description = rest] = RESULT.exec(rest) ?? [];
  return { kind: 'finish', name, us, errorUs, result, description: description.slice(0, 200), evidence };
}
