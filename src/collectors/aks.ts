/**
 * Provisioning of an AKS node (its custom script, CSE): start, end, every step, the exit code, and the step that failed.
 * Merges three sources, best first: event files, the shell trace, provision.json. `tls-bootstrap.ts` reads TLS bootstrap, which
 * runs in parallel.
 */
import type { Collector, Parsed } from '../model/collector.ts';
import type { BootEvent, Stamp } from '../model/timeline.ts';
import { us } from '../model/units.ts';
import { exitCodeMeaning } from './aks/exit-code.ts';
import { type GuestZone, guestZone } from './aks/guest-zone.ts';
import { hasKernelStart } from './aks/kernel-start.ts';
import { withLocks } from './aks/package-lock.ts';
import { type ProvisionResult, readProvisionResult, readResultMessage } from './aks/provision-result.ts';
import { AKS_SIGNS } from './aks/signs.ts';
import { readEventFolder, type TaskEvent } from './aks/task-event.ts';
import { fullTaskName } from './aks/task-name.ts';
import { endStamp, isNoise, ofTheLastRun, realtime, startStamp, steps, united } from './aks/tasks.ts';
import { isTlsTask } from './aks/tls-task.ts';
import { TRACE, type Trace, traceOf } from './aks/trace.ts';
import { addAll, nothingYet, type Parsing, warn } from './parsed.ts';
import { artifactText } from './reading/text.ts';

const RESULT = 'aks/provision.json';

export const aks: Collector = {
  id: 'aks',
  signs: AKS_SIGNS,
  artifacts: [
    { path: RESULT, command: 'cat /var/log/azure/aks/provision.json', maxBytes: 1_000_000 },
    // Each run appends to the file; the last run counts.
    { path: TRACE, command: 'tail -c 16000000 /var/log/azure/cluster-provision.log', maxBytes: 16_000_000 },
  ],
  parse,
};

const START_TASK = fullTaskName('cse_start');

function parse(raw: ReadonlyMap<string, Uint8Array>): Parsed {
  const parsing = nothingYet();
  const folder = readEventFolder(raw);
  const trace = traceOf(raw);
  const file = resultOf(raw, parsing);
  if (folder.files === 0 && trace === undefined && file === undefined) return parsing;

  addAll(parsing.warnings, folder.warnings);
  addAll(parsing.warnings, trace?.warnings ?? []);
  if (folder.foreign > 0) parsing.facts['provisioning-events.foreign'] = folder.foreign;
  const zone = guestZone(raw);
  const events = ofTheLastRun(
    parsing,
    united([folder.events, trace?.events ?? []]).filter((event) => !isTlsTask(event.task) && !isNoise(event)),
    'steps',
  );
  const runs = events.filter((event) => event.task === START_TASK);
  const message = runs[0] && readResultMessage(runs[0].message, runs[0].start);
  const results = [message, file].filter((result) => result !== undefined);
  addZone(parsing, zone, events);
  addExit(parsing, results, trace);
  addBoundaries(parsing, runs, file, zone);
  addSteps(parsing, events, trace, results[0]?.exitCode ?? trace?.exit?.code, zone);
  parsing.spans.splice(0, parsing.spans.length, ...withLocks(parsing.spans, raw));
  addStatedTimes(parsing, file ?? message, zone, raw);
  for (const result of results) addAll(parsing.warnings, result.warnings);
  return parsing;
}

function resultOf(raw: ReadonlyMap<string, Uint8Array>, parsing: Parsing): ProvisionResult | undefined {
  const text = artifactText(raw, RESULT);
  if (text === undefined) return undefined;
  const result = readProvisionResult(text, `raw/${RESULT}`);
  if (!('damaged' in result)) return result;
  parsing.warnings.push(result.damaged);
  return undefined;
}

function addZone(parsing: Parsing, zone: GuestZone, events: readonly TaskEvent[]): void {
  if (events.length === 0 || events.every((event) => event.zoned)) return;
  parsing.facts['cse.zone'] = zone.name;
  if (zone.offsetUs === 0) return;
  const message = `The machine's time zone is ${zone.name}, not UTC; bench applies it to provisioning times, which have no zone.`;
  warn(parsing, 'guest-zone', message, zone.evidence);
}

/** Adds the first result that has an exit code; a failed run's file may contain nothing else. */
function addExit(parsing: Parsing, results: readonly ProvisionResult[], trace: Trace | undefined): void {
  const launchMode = results.find((result) => result.launchMode !== undefined)?.launchMode;
  if (launchMode !== undefined) parsing.facts['cse.launch-mode'] = launchMode;
  const left = trace?.exit && { exitCode: trace.exit.code, evidence: trace.exit.evidence };
  const stated = results.find((result) => result.exitCode !== undefined) ?? left;
  const code = stated?.exitCode;
  if (stated === undefined || code === undefined) return;
  parsing.facts['cse.exit-code'] = code;
  parsing.facts['cse.exit-meaning'] = exitCodeMeaning(code);
  const other = results.find((result) => result.exitCode !== undefined && result.exitCode !== code);
  if (other) {
    const message = `The exit code of provisioning is ${code} in its event and ${other.exitCode} in ${RESULT}; bench uses the event.`;
    warn(parsing, 'exit-code-differs', message, other.evidence);
  }
  if (code !== 0) {
    const message = `Provisioning failed with exit code ${code}: ${exitCodeMeaning(code)}.`;
    warn(parsing, 'provisioning-failed', message, stated.evidence);
  }
}

/** Start and end of provisioning: by its own event in milliseconds, else by provision.json in whole seconds. */
function addBoundaries(
  parsing: Parsing,
  runs: readonly TaskEvent[],
  result: ProvisionResult | undefined,
  zone: GuestZone,
): void {
  const stated = statedBoundaries(result, zone);
  // Reports all runs. Only the linked clocks show which runs belong to this boot; the first of those counts.
  for (const run of runs) {
    parsing.events.push({ id: 'cse.start', ...startStamp(run, zone.offsetUs) });
    parsing.events.push({ id: 'cse.end', ...endStamp(run, zone.offsetUs) });
  }
  const [first] = runs;
  if (first && stated) compareStarts(parsing, startStamp(first, zone.offsetUs), stated.start);
  else if (stated) {
    parsing.events.push({ id: 'cse.start', ...stated.start });
    if (stated.end) parsing.events.push({ id: 'cse.end', ...stated.end });
  }
  if (runs.length > 1) {
    const message = `Provisioning ran ${runs.length} times; the metrics use the first run.`;
    warn(parsing, 'provisioning-runs', message, runs[1]?.start);
  }
}

function statedBoundaries(
  result: ProvisionResult | undefined,
  zone: GuestZone,
): { start: Stamp; end?: Stamp } | undefined {
  const time = result?.times.get('cse');
  if (result === undefined || time === undefined) return undefined;
  const start = {
    ...realtime(time.stamp.us, time.stamp, time.stamp.zoned ? us(0) : zone.offsetUs),
    evidence: time.evidence,
  };
  if (result.executionS === undefined) return { start };
  // The script truncates both to whole seconds, so the end may be up to two seconds later.
  const end = { ...start, us: us(start.us + result.executionS * 1_000_000), errorUs: us(2_000_000) };
  return { start, end };
}

function compareStarts(parsing: Parsing, event: Stamp, stated: Stamp): void {
  const apartUs = Math.abs(event.us - stated.us);
  if (apartUs <= event.errorUs + stated.errorUs) return;
  const message =
    `Provisioning's start differs by ${(apartUs / 1_000_000).toFixed(3)} s between its event and ${RESULT}; ` +
    'bench uses the event. The clock may have been set in between, or one of them belongs to another run.';
  warn(parsing, 'cse-start-differs', message, stated.evidence);
}

function addSteps(
  parsing: Parsing,
  events: readonly TaskEvent[],
  trace: Trace | undefined,
  exitCode: number | undefined,
  zone: GuestZone,
): void {
  const ended = new Set(events.map((event) => `${event.task} ${event.startUs}`));
  const unfinished = (trace?.unfinished ?? []).filter(
    ({ task, begun }) => begun === undefined || !ended.has(`${task} ${begun.stamp.us}`),
  );
  const how =
    exitCode === undefined ? 'it was still running, or the script was killed' : `the script ended (exit ${exitCode})`;
  const { spans, markers } = steps(events, unfinished, `left no event: ${how}`, zone.offsetUs);
  addAll(parsing.spans, spans);
  addAll(parsing.events, markers);
  const last = unfinished.at(-1);
  if (last) {
    const message =
      `The step ${last.task} began but left no event: ${how} in it. ` +
      (last.begun ? 'It has a start and no end.' : 'Its start is unknown too.');
    warn(parsing, 'step-without-end', message, last.called);
  }
  for (const span of spans) {
    if (span.end === undefined || span.end.us >= span.start.us) continue;
    const message = `The step ${span.name} ends before it starts: the clock was set back while it ran.`;
    warn(parsing, 'step-across-clock-step', message, span.start.evidence);
  }
}

/** Times of other components as provisioning states them, in whole seconds: a cross-check, and sometimes an import's only source. */
function addStatedTimes(
  parsing: Parsing,
  result: ProvisionResult | undefined,
  zone: GuestZone,
  raw: ReadonlyMap<string, Uint8Array>,
): void {
  const stated = [...(result?.times ?? [])].map(([time, { stamp, evidence }]): BootEvent => {
    const zoneUs = stamp.zoned ? us(0) : zone.offsetUs;
    return { id: `provision-result.${time}`, ...realtime(stamp.us, stamp, zoneUs), evidence };
  });
  addAll(parsing.events, stated);
  // systemd's own stamps of two units, to the second: the only source when an import has neither systemd's properties nor a log.
  const only = (id: string, stand: string, better: readonly string[]) => {
    const event = stated.find((each) => each.id === stand);
    if (event !== undefined && !better.some((path) => raw.has(path))) parsing.events.push({ ...event, id });
  };
  const systemd = ['systemd/units.show', 'journal/boot.jsonl'];
  only('kubelet.start', 'provision-result.kubelet', [...systemd, 'aks/kubelet.log']);
  only('agent.start', 'provision-result.guest-agent', [...systemd, 'guest-agent/waagent.log']);
  const kernel = stated.find(({ id }) => id === 'provision-result.kernel');
  if (kernel && !hasKernelStart(raw) && !raw.has('cloud-init/cloud-init.log')) {
    parsing.events.push({ ...kernel, id: 'kernel.start' });
  }
}
