/**
 * cloud-init: its stages and modules as spans, their failures, and the datasource. Also whether the machine was pre-booted and
 * parked in a warm pool: then its clocks count time that is not part of the boot.
 *
 * This collector takes and reads the log itself. `cloud-init analyze dump` would print the same list, but it starts Python,
 * which takes ten seconds on an emulated machine. Without a log we read a dump that a user took.
 */
import type { Collector, Parsed } from '../model/collector.ts';
import { metricIdOf } from '../model/ids.ts';
import type { PrintedDuration, Span, Stamp } from '../model/timeline.ts';
import { type Us, us } from '../model/units.ts';
import { guestZone } from './aks/guest-zone.ts';
import { statedKernelStart } from './aks/kernel-start.ts';
import { readDump } from './cloud-init/dump.ts';
import { type CloudInitLog, readCloudInitLog } from './cloud-init/log.ts';
import { lastBoot, readBlame, readBootText, readShow } from './cloud-init/printed.ts';
import { CLOUD_INIT_SIGNS } from './cloud-init/signs.ts';
import { bootRecords, type Stage, type StageEvent, stageTree } from './cloud-init/stage-event.ts';
import { readStatus, readYamlStatus, type StageTimes } from './cloud-init/status.ts';
import { addAll, nothingYet, type Parsing, warn } from './parsed.ts';
import { artifactText } from './reading/text.ts';

const LOG = 'cloud-init/cloud-init.log';
const DUMP = 'cloud-init/analyze-dump.json';
const STATUS = 'cloud-init/status.json';

export const cloudInit: Collector = {
  id: 'cloud-init',
  signs: CLOUD_INIT_SIGNS,
  artifacts: [
    // The boot that counts is at the end of the log; a boot writes a few hundred kilobytes.
    { path: LOG, command: 'tail -c 8000000 /var/log/cloud-init.log', maxBytes: 8_000_000 },
    { path: STATUS, command: 'cat /run/cloud-init/status.json', maxBytes: 256_000 },
  ],
  parse,
};

type Raw = ReadonlyMap<string, Uint8Array>;

function parse(raw: Raw): Parsed {
  const parsing = nothingYet();
  const log = read(raw, LOG, readCloudInitLog);
  const zoneUs = log?.zoneUs ?? guestZone(raw).offsetUs;
  const fromLog = log !== undefined && log.events.length > 0;
  const dump = fromLog ? undefined : read(raw, DUMP, readDump);
  const records = bootRecords((fromLog ? log.events : dump?.events) ?? []);
  addStages(parsing, records, fromLog ? zoneUs : us(0));
  if (log) addLog(parsing, log, records, zoneUs, raw);
  if (dump && dump.strange > 0) {
    const message = `raw/${DUMP}: ${dump.strange} entries are not stage events, or were cut off.`;
    warn(parsing, 'cloud-init-dump', message, { file: `raw/${DUMP}`, line: 1 });
  }
  addStatus(parsing, raw);
  addPrintedStatus(parsing, raw);
  const shown = records.length > 0 ? [] : printed(raw, parsing);
  return { ...parsing, printed: [...(log ? tookOf(log, parsing) : []), ...shown] };
}

function read<T>(raw: Raw, path: string, reader: (text: string, file: string) => T): T | undefined {
  const text = artifactText(raw, path);
  return text === undefined ? undefined : reader(text, `raw/${path}`);
}

/** The last record belongs to the measured boot, because we read the machine after it. */
function addStages(parsing: Parsing, records: readonly StageEvent[][], zoneUs: Us): void {
  const last = records.at(-1);
  if (last === undefined) return;
  const first = last[0]?.evidence;
  if (records.length > 1) {
    const message = `cloud-init reports ${records.length} boots; bench uses the last one.`;
    warn(parsing, 'cloud-init-records', message, first);
  }
  const { stages, orphans } = stageTree(last);
  const names = namesOf(stages);
  for (const [index, stage] of stages.entries()) parsing.spans.push(spanOf(stage, names, index, zoneUs));
  for (const { name, finish } of stages) {
    if (finish === undefined || finish.result === 'SUCCESS' || finish.result === '') continue;
    const message = `cloud-init's ${name} ended with ${finish.result}: ${finish.description}`;
    warn(parsing, 'cloud-init-failed', message, finish.evidence);
  }
  const [orphan] = orphans;
  if (orphan) {
    const message = `cloud-init's ${orphan.name} ends without a start, and so do ${orphans.length - 1} more: the log was cut off.`;
    warn(parsing, 'cloud-init-no-start', message, orphan.evidence);
  }
}

/** Repeated stages get numbers, so that a name is one stage. */
function namesOf(stages: readonly Stage[]): string[] {
  const runs = new Map<string, number>();
  return stages.map(({ name }) => {
    const run = (runs.get(name) ?? 0) + 1;
    runs.set(name, run);
    return run === 1 ? name : `${name}#${run}`;
  });
}

function spanOf({ start, finish, parent }: Stage, names: readonly string[], index: number, zoneUs: Us): Span {
  const stamp = (event: StageEvent): Stamp => ({
    clock: 'realtime',
    us: us(event.us - zoneUs),
    errorUs: event.errorUs,
    evidence: event.evidence,
  });
  const within = parent === undefined ? undefined : names[parent];
  return {
    kind: 'cloud-init',
    name: names[index] ?? start.name,
    start: stamp(start),
    ...(finish ? { end: stamp(finish) } : { open: 'cloud-init had not finished it at collection' }),
    ...(within !== undefined && { within }),
    ...(finish && finish.result !== 'SUCCESS' && finish.result !== '' && { note: finish.result }),
  };
}

function addLog(parsing: Parsing, log: CloudInitLog, records: readonly StageEvent[][], zoneUs: Us, raw: Raw) {
  const before = records.at(-2)?.at(-1)?.evidence.line ?? 0;
  const banners = log.banners.filter(({ evidence }) => evidence.line > before);
  const version = banners.at(-1)?.version;
  if (version !== undefined) parsing.facts['cloud-init.version'] = version;
  if (log.datasource !== undefined) parsing.facts['cloud-init.datasource'] = log.datasource;
  if (zoneUs !== 0) parsing.facts['cloud-init.zone-minutes'] = zoneUs / 60_000_000;
  if (log.parked !== undefined && log.parked.evidence.line > before) {
    parsing.facts['machine.parked'] = true;
    const { evidence, errorUs } = log.parked;
    const at = us(log.parked.us - zoneUs);
    parsing.events.push({ id: 'machine.parked', clock: 'realtime', us: at, errorUs, evidence });
    const message =
      'This machine was booted in advance and parked until it was requested; its clocks include the parking time.';
    warn(parsing, 'parked-machine', message, evidence);
  }
  for (const { text, evidence } of log.complaints) {
    if (evidence.line > before) warn(parsing, 'cloud-init-log', `cloud-init says: ${text}`, evidence);
  }
  const [banner] = banners;
  const id = statedKernelStart(raw);
  if (banner !== undefined && id !== undefined) addKernelStart(parsing, id, banner, zoneUs);
}

/** cloud-init reads the uptime (hundredths of a second) some lines of Python before it stamps the line. */
const BANNER_ERROR_US = 100_000;

/**
 * The wall clock minus the uptime. It stays on the wall clock: a link made from it would add its error to both ends of every
 * stage.
 */
function addKernelStart(parsing: Parsing, id: string, banner: CloudInitLog['banners'][number], zoneUs: Us): void {
  const atUs = banner.us - zoneUs - banner.uptimeUs;
  const { evidence } = banner;
  parsing.events.push({
    id,
    clock: 'realtime',
    us: us(atUs),
    errorUs: us(BANNER_ERROR_US),
    evidence,
  });
}

const PRINTED_STATUS = 'cloud-init/status.txt';

/** `cloud-init status --format yaml`; the only time in `--long` is that of the last change, which may be in 1970. */
function addPrintedStatus(parsing: Parsing, raw: Raw): void {
  const stages = raw.has(STATUS) ? [] : (read(raw, PRINTED_STATUS, readYamlStatus) ?? []);
  const known = new Set(parsing.spans.map(({ name }) => name));
  addAll(parsing.spans, stages.filter(({ name }) => !known.has(name)).map(stageSpan));
}

function addStatus(parsing: Parsing, raw: Raw): void {
  const text = artifactText(raw, STATUS);
  if (text === undefined) return;
  const status = readStatus(text, `raw/${STATUS}`);
  if (status === undefined) {
    warn(parsing, 'cloud-init-status', `raw/${STATUS} is not cloud-init's status.`, {
      file: `raw/${STATUS}`,
      line: 1,
    });
    return;
  }
  // The log has the same down to the module; this adds stages that the log lacks or leaves without an end.
  for (const stage of status.stages) {
    const known = parsing.spans.findIndex(({ kind, name }) => kind === 'cloud-init' && name === stage.name);
    if (known !== -1 && parsing.spans[known]?.end !== undefined) continue;
    if (known !== -1) parsing.spans.splice(known, 1);
    parsing.spans.push(stageSpan(stage));
  }
  if (status.datasource !== undefined) parsing.facts['cloud-init.datasource'] = status.datasource;
  if (status.running !== undefined) {
    const message = `cloud-init was still in ${status.running} at collection.`;
    warn(parsing, 'cloud-init-running', message, { file: `raw/${STATUS}`, line: 1 });
  }
  for (const error of status.errors) {
    warn(parsing, 'cloud-init-failed', `cloud-init's ${error.stage} has an error: ${error.text}`, error.evidence);
  }
}

function stageSpan({ name, startUs, finishedUs, evidence }: StageTimes): Span {
  const stamp = (atUs: Us): Stamp => ({ clock: 'realtime', us: atUs, errorUs: us(1), evidence });
  const end =
    finishedUs !== undefined ? { end: stamp(finishedUs) } : { open: 'cloud-init had not finished it at collection' };
  return { kind: 'cloud-init', name, start: stamp(startUs), ...end };
}

/** Durations of stages and modules that the log states without their start. */
function tookOf({ took }: CloudInitLog, { spans }: Parsing): PrintedDuration[] {
  const known = new Set(spans.filter(({ end }) => end !== undefined).map(({ name }) => name));
  return took
    .filter(({ name }) => !known.has(name))
    .map(({ name, us: tookUs, evidence }) => ({
      tool: 'cloud-init.log',
      name,
      metric: metricIdOf('cloud-init', name),
      us: tookUs,
      errorUs: us(1_000),
      evidence,
    }));
}

/** Output of `analyze` if there is no other source; again the last record. */
function printed(raw: Raw, parsing: Parsing): PrintedDuration[] {
  const tool = (verb: string) => `cloud-init analyze ${verb}`;
  const show = lastBoot(read(raw, 'cloud-init/analyze-show.txt', readShow));
  const blame = read(raw, 'cloud-init/analyze-blame.txt', readBlame)?.at(-1);
  const boot = read(raw, 'cloud-init/analyze-boot.txt', readBootText);
  if (show?.total && show.total.us !== show.outermostUs) {
    const message =
      `"Total Time" is ${show.total.us / 1e6} s, but its outermost stages add up to ${show.outermostUs / 1e6} s: ` +
      'it counts nested stages twice, so bench ignores it.';
    warn(parsing, 'cloud-init-total', message, show.total.evidence);
  }
  const stage = (verb: string) => (each: { name: string; us: Us; evidence: PrintedDuration['evidence'] }) => ({
    tool: tool(verb),
    name: each.name,
    metric: metricIdOf('cloud-init', each.name),
    us: each.us,
    errorUs: us(1_000),
    evidence: each.evidence,
  });
  const events = (show?.events ?? []).map((event) => ({
    tool: tool('show'),
    name: event.text.slice(0, 200),
    us: event.tookUs,
    atUs: event.atUs,
    errorUs: us(1_000),
    evidence: event.evidence,
  }));
  const boots = [boot?.kernel, boot?.gap].flatMap((each) =>
    each ? [{ tool: tool('boot'), name: each.name, us: each.us, errorUs: us(1), evidence: each.evidence }] : [],
  );
  return [...(show?.stages ?? []).map(stage('show')), ...events, ...(blame?.items ?? []).map(stage('blame')), ...boots];
}
