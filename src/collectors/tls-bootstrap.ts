/**
 * TLS bootstrap: from the start of kubelet or of the secure client until the kubeconfig exists. Several sources report it, and
 * each may be missing.
 * If the secure client runs, its start counts: it may come before kubelet's (`secure-tls.start`).
 *
 *   watcher's event     AKS.Runtime.waitForTLSBootstrapping; its start moved when AKS placed the watcher after kubelet's start.
 *                       The watcher may have looked too late, so its end is an upper bound
 *   watcher's time-out  a bound, never a duration: an open span
 *   kubeconfig's birth  exact to a tick of the kernel, lost if something replaced the file
 *   secure client       its own event and log: a part of the whole
 *
 * The end is therefore the earliest moment at which a source shows that the kubeconfig exists.
 */
import type { Collector, Parsed } from '../model/collector.ts';
import { excerpt } from '../model/printable.ts';
import type { Evidence, PrintedDuration, Span, Stamp } from '../model/timeline.ts';
import { type Us, us } from '../model/units.ts';
import { guestZone } from './aks/guest-zone.ts';
import { readEventFolder, type TaskEvent } from './aks/task-event.ts';
import { endStamp, ofTheLastRun, realtime, startStamp, united } from './aks/tasks.ts';
import { isTlsTask, SECURE_TASK, WAIT_TASK, WAIT_TIMEOUT_TASK } from './aks/tls-task.ts';
import { traceOf } from './aks/trace.ts';
import { nothingYet, type Parsing, warn } from './parsed.ts';
import { spokenLines } from './reading/lines.ts';
import { readStamp } from './reading/stamp-text.ts';
import { artifactText } from './reading/text.ts';
import { readFileTimes } from './tls-bootstrap/file-times.ts';
import { readSecureLog, type SecureLogLine } from './tls-bootstrap/secure-log.ts';
import { readSecureMessage } from './tls-bootstrap/secure-message.ts';

const START_FILE = 'aks/tls-bootstrap-start-time';
const SECURE_LOG = 'aks/secure-tls-bootstrap.log';
const FILE_TIMES = 'aks/file-times.txt';
const KUBECONFIG = '/var/lib/kubelet/kubeconfig';
const STAT_FILES = `${KUBECONFIG} /opt/azure/containers/provision.complete /opt/azure/containers/base_prep.complete`;

export const tlsBootstrap: Collector = {
  id: 'tls-bootstrap',
  signs: [
    {
      raw: SECURE_LOG,
      names: ['secure-tls-bootstrap.log'],
      json: /^\{\s*"level"\s*:\s*"[a-z]+",\s*"timestamp"\s*:\s*"/,
    },
    { raw: START_FILE, names: ['tls-bootstrap-start-time'] },
  ],
  artifacts: [
    { path: START_FILE, command: 'cat /opt/azure/containers/tls-bootstrap-start-time', maxBytes: 4096 },
    { path: SECURE_LOG, command: 'tail -c 1000000 /var/log/azure/aks/secure-tls-bootstrap.log', maxBytes: 1_000_000 },
    {
      path: FILE_TIMES,
      // The times of the kubeconfig only: its content is a credential.
      command: `for f in ${STAT_FILES}; do [ -e "$f" ] && stat -c '%n|%w|%y' "$f"; done; true`,
      maxBytes: 4096,
    },
  ],
  parse,
};

function parse(raw: ReadonlyMap<string, Uint8Array>): Parsed {
  const parsing = nothingYet();
  const zoneUs = guestZone(raw).offsetUs;
  const all = united([readEventFolder(raw).events, traceOf(raw)?.events ?? []]);
  const events = ofTheLastRun(
    parsing,
    all.filter(({ task }) => isTlsTask(task)),
    'events of TLS bootstrap',
  );
  const waited = addWatcher(parsing, events, zoneUs);
  const born = addKubeconfig(parsing, raw);
  addEnd(parsing, waited, born);
  if (waited === undefined) addStartFile(parsing, raw, zoneUs);
  if (waited === undefined && born === undefined) sayWhyOpen(parsing);
  const printed = addSecureEvents(parsing, events, zoneUs);
  addSecureLog(parsing, raw);
  return { ...parsing, printed };
}

/** Adds the watcher's events. A completed event counts even if there is also a time-out. Returns when the watcher saw the end. */
function addWatcher(parsing: Parsing, events: readonly TaskEvent[], zoneUs: Us): Stamp | undefined {
  // The end is an upper bound: of two events the earlier end is better.
  const completed = events.filter((event) => event.task === WAIT_TASK).sort((a, b) => a.endUs - b.endUs);
  const timedOut = events.find((event) => event.task === WAIT_TIMEOUT_TASK);
  const [first, second] = completed;
  if (first) {
    const [start, end] = [startStamp(first, zoneUs), endStamp(first, zoneUs)];
    parsing.spans.push({ kind: 'tls-bootstrap', name: 'bootstrap-event', start, end });
    parsing.events.push({ id: 'tls.event.start', ...start }, { id: 'tls.event.end', ...end });
    if (second) {
      const message = `The watcher reported TLS bootstrap ${completed.length} times; bench uses the one that ends first.`;
      warn(parsing, 'tls-event-repeated', message, second.start);
    }
    return end;
  }
  if (timedOut) {
    const start = startStamp(timedOut, zoneUs);
    const boundS = ((timedOut.endUs - timedOut.startUs) / 1_000_000).toFixed(3);
    const open = `not finished after ${boundS} s, when the watcher gave up: a lower bound, not a duration`;
    parsing.spans.push({ kind: 'tls-bootstrap', name: 'bootstrap-event', start, open });
    parsing.events.push({ id: 'tls.event.start', ...start });
  }
  return undefined;
}

/** When the file system created the kubeconfig. File stamps are UTC and state their zone. */
function addKubeconfig(parsing: Parsing, raw: ReadonlyMap<string, Uint8Array>): Stamp | undefined {
  const file = readFileTimes(artifactText(raw, FILE_TIMES) ?? '').find(({ name }) => name === KUBECONFIG);
  if (file === undefined) return undefined;
  const evidence: Evidence = { file: `raw/${FILE_TIMES}`, line: file.line };
  const stamp = file.born ?? file.changed;
  if (stamp === undefined) return undefined;
  if (file.born === undefined) {
    const message =
      'The file system has no creation times; bench uses the last change of the kubeconfig, which may be later.';
    warn(parsing, 'kubeconfig-birth', message, evidence);
  }
  return { ...realtime(stamp.us, stamp, us(0)), evidence };
}

/** Sources that agree this closely need no warning: the kernel must schedule the watcher, a shell script. */
const AGREEMENT_US = 100_000;

function addEnd(parsing: Parsing, waited: Stamp | undefined, born: Stamp | undefined): void {
  const [earliest] = [waited, born].filter((stamp) => stamp !== undefined).sort((a, b) => a.us - b.us);
  if (earliest === undefined) return;
  parsing.events.push({ id: 'tls.kubeconfig', ...earliest });
  if (waited === undefined || born === undefined) return;
  const apartUs = waited.us - born.us;
  if (Math.abs(apartUs) <= AGREEMENT_US) return;
  const seconds = (Math.abs(apartUs) / 1_000_000).toFixed(3);
  const message =
    apartUs > 0
      ? `The watcher saw the kubeconfig ${seconds} s after its creation; bench uses the creation time.`
      : `The kubeconfig was created ${seconds} s after the watcher's event: the file was replaced or the clock was set. bench uses the event.`;
  warn(parsing, 'tls-sources-differ', message, waited.evidence);
}

/** The watcher's start stamp. The watcher deletes the file when it is done, so an existing file means that it still waits. */
function addStartFile(parsing: Parsing, raw: ReadonlyMap<string, Uint8Array>, zoneUs: Us): void {
  const text = artifactText(raw, START_FILE);
  if (text === undefined || parsing.events.some(({ id }) => id === 'tls.event.start')) return;
  const [line] = spokenLines(text);
  const evidence: Evidence = { file: `raw/${START_FILE}`, line: line?.number ?? 1 };
  const stamp = line && readStamp(line.text);
  if (stamp === undefined) {
    const found = line ? `"${excerpt(line.text)}"` : 'nothing';
    warn(parsing, 'tls-start-file', `raw/${START_FILE} contains ${found} instead of a date and time.`, evidence);
    return;
  }
  const start: Stamp = { ...realtime(stamp.us, stamp, stamp.zoned ? us(0) : zoneUs), evidence };
  const open = 'the watcher was still running at collection, or never ran';
  parsing.events.push({ id: 'tls.event.start', ...start });
  parsing.spans.push({ kind: 'tls-bootstrap', name: 'bootstrap-event', start, open });
}

/** The reason that metrics give for having no end of TLS bootstrap. */
function sayWhyOpen(parsing: Parsing): void {
  const open = parsing.spans.find((span) => span.open !== undefined);
  if (open) warn(parsing, 'missing:tls.kubeconfig', `TLS bootstrap: ${open.open}`, open.start.evidence);
}

/** Returns the durations of the client's steps; the events do not say when the steps ran. */
function addSecureEvents(parsing: Parsing, events: readonly TaskEvent[], zoneUs: Us): PrintedDuration[] {
  const printed: PrintedDuration[] = [];
  const attempts = events.filter((event) => event.task === SECURE_TASK);
  for (const [index, event] of attempts.entries()) {
    const name = index === 0 ? 'secure-client' : `secure-client#${index + 1}`;
    const said = readSecureMessage(event.message);
    const span: Span = { kind: 'tls-bootstrap', name, start: startStamp(event, zoneUs), end: endStamp(event, zoneUs) };
    if (index === 0) parsing.events.push({ id: 'secure-tls.start', ...span.start });
    parsing.spans.push(said === undefined ? span : { ...span, note: said.text });
    if (event.level === 'Error' || said?.failed) {
      const message = `The secure TLS bootstrap client failed: ${said?.text ?? 'no reason given'}.`;
      warn(parsing, 'secure-tls-failed', message, event.start);
    }
    for (const step of said?.steps ?? [])
      printed.push({
        tool: 'secure TLS bootstrap client',
        name: `${name}/${step.name}`,
        us: step.us,
        errorUs: step.errorUs,
        evidence: event.start,
      });
    const [refused] = said?.refused ?? [];
    if (refused !== undefined) {
      const message = `The secure TLS bootstrap client's step ${refused} has no duration: it did not end.`;
      warn(parsing, 'secure-tls-step', message, event.start);
    }
  }
  const gaveUp = events.find((event) => event.task.startsWith(`${SECURE_TASK}.`));
  if (gaveUp) {
    const what = gaveUp.task.slice(SECURE_TASK.length + 1);
    warn(parsing, 'secure-tls-failed', `The secure TLS bootstrap client gave up: ${excerpt(what)}.`, gaveUp.start);
  }
  return printed;
}

/** The client's log as a whole, and each of its steps. */
function addSecureLog(parsing: Parsing, raw: ReadonlyMap<string, Uint8Array>): void {
  const lines = readSecureLog(artifactText(raw, SECURE_LOG) ?? '', `raw/${SECURE_LOG}`);
  const [first, last] = [lines[0], lines.at(-1)];
  if (first === undefined || last === undefined || first === last) return;
  const stamp = (line: SecureLogLine): Stamp => ({ ...realtime(line.us, line, us(0)), evidence: line.evidence });
  const whole: Span = { kind: 'tls-bootstrap', name: 'secure-log', start: stamp(first), end: stamp(last) };
  const parts = lines.slice(1).map((line, index): Span => {
    const before = lines[index] ?? first;
    const name = `secure-log/${excerpt(line.message)}`;
    return { kind: 'tls-bootstrap', name, start: stamp(before), end: stamp(line), within: whole.name };
  });
  parsing.spans.push(whole, ...parts);
  if (!parsing.events.some(({ id }) => id === 'secure-tls.start'))
    parsing.events.push({ id: 'secure-tls.start', ...whole.start });
  const failed = lines.find((line) => line.level === 'error' || line.level === 'fatal');
  if (failed) {
    const message = `The secure TLS bootstrap client logged an error: ${excerpt(failed.message)}.`;
    warn(parsing, 'secure-tls-error', message, failed.evidence);
  }
}
