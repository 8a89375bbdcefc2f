/**
 * The Azure guest agent: when it started, when it began to handle the custom script extension, and whether it swept
 * provisioning events before bench could copy them. `aks.ts` and `tls-bootstrap.ts` read the events themselves.
 */
import type { Collector, Parsed } from '../model/collector.ts';
import type { BootEvent } from '../model/timeline.ts';
import { us } from '../model/units.ts';
import { type GuestZone, guestZone } from './aks/guest-zone.ts';
import { EVENTS_FOLDER, readEventFolder } from './aks/task-event.ts';
import { traceOf } from './aks/trace.ts';
import { completeness, completenessText } from './guest-agent/sweep.ts';
import { startOfThisBoot } from './guest-agent/this-boot.ts';
import { type AgentLog, type LogMoment, passedOn, readAgentLog } from './guest-agent/waagent-log.ts';
import { nothingYet, type Parsing, warn } from './parsed.ts';
import { spokenLines } from './reading/lines.ts';
import { artifactText } from './reading/text.ts';

const LOG = 'guest-agent/waagent.log';
const EVENTS_ON_NODE = '/var/log/azure/Microsoft.Azure.Extensions.CustomScript/events';

export const guestAgent: Collector = {
  id: 'guest-agent',
  signs: [
    {
      raw: LOG,
      names: ['waagent.log'],
      line: /^\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d\.\d+Z? (?:INFO|WARNING|ERROR|VERBOSE) (?:Daemon|ExtHandler|\[|\w+ ExtHandler)/,
    },
  ],
  artifacts: [
    {
      path: EVENTS_FOLDER,
      // The agent reads at most 360 files a period; no boot makes ten times as many.
      command: `[ -d ${EVENTS_ON_NODE} ] && find ${EVENTS_ON_NODE} -maxdepth 1 -type f -name '*.json' | head -n 3600`,
      maxBytes: 16_000_000,
    },
    // The boot that counts is at the end of the log.
    { path: LOG, command: 'tail -c 8000000 /var/log/waagent.log', maxBytes: 8_000_000 },
  ],
  parse,
};

function parse(raw: ReadonlyMap<string, Uint8Array>): Parsed {
  const parsing = nothingYet();
  const log = agentLog(raw);
  const zone = guestZone(raw);
  const start = log && startOfThisBoot(raw, log, zone);
  if (log) addLog(parsing, log, start, zone, raw.has('systemd/units.show'));
  addCompleteness(parsing, raw, log, start);
  return parsing;
}

function agentLog(raw: ReadonlyMap<string, Uint8Array>): AgentLog | undefined {
  const text = artifactText(raw, LOG);
  if (text !== undefined) return readAgentLog(spokenLines(text), `raw/${LOG}`);
  for (const path of raw.keys()) {
    if (!/^journal\/.+\.txt$/.test(path)) continue;
    const log = readAgentLog(passedOn(raw.get(path)), `raw/${path}`);
    if (log.daemonStarts.length > 0) return log;
  }
  return undefined;
}

type DaemonStart = AgentLog['daemonStarts'][number];

function addLog(
  parsing: Parsing,
  log: AgentLog,
  start: DaemonStart | undefined,
  zone: GuestZone,
  unitsKnown: boolean,
): void {
  if (start === undefined) {
    const what = log.lines === 0 ? 'has no line of the guest agent' : 'does not say when the daemon started';
    warn(parsing, 'agent-log', `raw/${LOG} ${what}.`, { file: `raw/${LOG}`, line: 1 });
    return;
  }
  parsing.facts['agent.version'] = start.version;
  if (log.daemonStarts.length > 1) {
    const message = `raw/${LOG} contains ${log.daemonStarts.length} starts of the agent; bench uses the one at ${start.evidence.file}:${start.evidence.line} for this boot.`;
    warn(parsing, 'agent-starts', message, start.evidence);
  }
  const since = (moments: readonly LogMoment[]) => moments.find((moment) => moment.us >= start.us);
  const event = (id: string, moment: LogMoment | undefined): BootEvent[] => {
    if (moment === undefined) return [];
    const atUs = moment.us - (moment.zoned ? 0 : zone.offsetUs);
    return [{ id, clock: 'realtime', us: us(atUs), errorUs: moment.errorUs, evidence: moment.evidence }];
  };
  parsing.events.push(
    ...event('agent.daemon', start),
    // The unit's own stamp is better: the daemon needs a second or so until it can log.
    ...(unitsKnown ? [] : event('agent.start', start)),
    ...event('agent.provisioned', since(log.provisioned)),
    ...event('agent.custom-script', since(log.customScript)),
  );
  const agent = log.goalStateAgents.find((moment) => moment.us >= start.us);
  if (agent) parsing.facts['agent.goal-state-version'] = agent.version;
  const goalState = log.goalStates.find((moment) => moment.us >= start.us);
  if (goalState) parsing.facts['agent.goal-state-ms'] = goalState.tookMs;
}

function addCompleteness(
  parsing: Parsing,
  raw: ReadonlyMap<string, Uint8Array>,
  log: AgentLog | undefined,
  start: DaemonStart | undefined,
): void {
  const folder = readEventFolder(raw);
  const trace = traceOf(raw);
  if (folder.events.length === 0 && trace === undefined && (log === undefined || log.sweeps.length === 0)) return;
  const held = new Set(folder.events.map((event) => `${event.task} ${event.startUs}`));
  const onlyInTrace = (trace?.events ?? []).filter((event) => !held.has(`${event.task} ${event.startUs}`)).length;
  const result = hasNoAgent(raw)
    ? { complete: 'yes' as const, held: folder.files, emitted: folder.files, swept: 0 }
    : completeness(folder.files, onlyInTrace, log, start?.us);
  parsing.facts['provisioning-events.complete'] = completenessText(result);
  if (result.swept) parsing.facts['provisioning-events.swept'] = result.swept;
  if (result.complete === 'no') {
    const lost = (result.emitted ?? 0) - result.held;
    const message =
      `The guest agent deleted provisioning events: ${lost} of ${result.emitted} are lost. ` +
      'Collect sooner after boot, or copy the events as they appear.';
    const sweep = log?.sweeps.at(-1)?.evidence;
    warn(parsing, 'events-swept', message, sweep);
  }
  if (result.complete === 'unknown') {
    const message = `Provisioning events may be missing: there is no ${LOG} to check against. Found ${folder.files} event files.`;
    warn(parsing, 'events-unknown', message, folder.events[0]?.start);
  }
}

/** Whether systemd, which knows every unit of the machine, shows no guest agent. Without an agent no events are lost. */
function hasNoAgent(raw: ReadonlyMap<string, Uint8Array>): boolean {
  const units = artifactText(raw, 'systemd/units.show');
  const log = artifactText(raw, LOG);
  return units !== undefined && log === undefined && !/^Id=(?:wa|walinux)agent\.service$/m.test(units);
}
