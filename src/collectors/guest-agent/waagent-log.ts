/**
 * The Azure guest agent's log. It spans boots and agents: the first lines often belong to the previous boot, and the daemon
 * restarts after it updates itself. Two forms:
 *
 *   2019/10/31 14:10:43.788009 INFO Daemon Azure Linux Agent Version:2.2.40          local time, no zone
 *   2026-08-01T07:13:44.120394Z INFO Daemon Daemon Azure Linux Agent Version: 2.9.1  UTC
 *
 * Source: logger.py, daemon/main.py, ga/update.py and ga/exthandlers.py of Azure/WALinuxAgent at each release from 2.7.0.6 to 2.15.0.1.
 */
import type { Evidence } from '../../model/timeline.ts';
import { type Ms, ms, type Us } from '../../model/units.ts';
import { type Line, linesOf } from '../reading/lines.ts';
import { readStamp } from '../reading/stamp-text.ts';

/** The time of a log line. Microseconds since 1970, zone not yet applied. */
export interface LogMoment {
  readonly us: Us;
  readonly errorUs: Us;
  readonly zoned: boolean;
  readonly evidence: Evidence;
}

export interface AgentLog {
  /** Starts of the daemon, in log order. */
  readonly daemonStarts: readonly (LogMoment & { readonly version: string })[];
  /** The agent has provisioned the machine (its user, its keys); not the node's provisioning. */
  readonly provisioned: readonly LogMoment[];
  /** Lines in which the agent first handles the custom script extension, one per incarnation. */
  readonly customScript: readonly LogMoment[];
  readonly goalStates: readonly (LogMoment & { readonly tookMs: Ms })[];
  /** Starts of the agent that the daemon runs: the installed version, or an update. */
  readonly goalStateAgents: readonly (LogMoment & { readonly version: string })[];
  /** Event files that the agent collected and deleted. */
  readonly sweeps: readonly (LogMoment & { readonly events: number })[];
  readonly lines: number;
  readonly last: LogMoment | undefined;
}

const LINE = /^(\d{4}[-/]\d{2}[-/]\d{2}[T ]\d{2}:\d{2}:\d{2}\.\d{1,9}Z?) [A-Z]+ (.*)$/;
const DAEMON = /Azure Linux Agent Version: ?([\w.]{1,40})/;
const PROVISIONED = /(?:Finished provisioning|Provisioning complete)/;
/** The name's case varies between versions, and brackets may surround it. */
const CUSTOM_SCRIPT = /\b(?:M\.A\.E\.CS|Microsoft\.Azure\.Extensions\.CustomScript)-\d[\d.]{0,40}/i;
/** `ProcessGoalState [incarnation 3, 120 ms]`, in 2.7 `ProcessExtensionsInGoalState [Incarnation: 3; 120 ms; ...]`, then `...[<id> 120 ms]`. */
const GOAL_STATE = /Process(?:Extensions)?(?:In)?GoalState completed \[[^\]]{0,200}?\b(\d{1,9}) ms\b/;
/** The agent that handles goal states, possibly newer than the daemon: the 2.7 form, and the form since 2.8. */
const GOAL_STATE_AGENT =
  /^\S+ \S+ Agent WALinuxAgent-([\d.]{1,40}) is running as the goal state agent$|\(Goal State Agent version ([\d.]{1,40})\)/;
const SWEEP = /Collected (\d{1,9}) events? for extension: Microsoft\.Azure\.Extensions\.CustomScript/i;

/** The agent's output also goes to the journal, and from there to the system log. */
const PASSED_ON =
  /: (\d{4}[-/]\d{2}[-/]\d{2}[T ]\d{2}:\d{2}:\d{2}\.\d{1,9}Z? [A-Z]+ (?:Daemon|ExtHandler|EnvHandler|MonitorHandler|\[).{0,1000})/;

/** The agent's lines in a log of several programs, without the log's own prefix. */
export function* passedOn(bytes: Uint8Array | undefined): Generator<Line> {
  for (const line of linesOf(bytes)) {
    const text = PASSED_ON.exec(line.text.slice(0, 2_000))?.[1];
    if (text !== undefined) yield { ...line, text };
  }
}

export function readAgentLog(all: Iterable<Line>, file: string): AgentLog {
  const daemonStarts: (LogMoment & { version: string })[] = [];
  const provisioned: LogMoment[] = [];
  const customScript: LogMoment[] = [];
  const goalStates: (LogMoment & { tookMs: Ms })[] = [];
  const goalStateAgents: (LogMoment & { version: string })[] = [];
  const sweeps: (LogMoment & { events: number })[] = [];
  let lines = 0;
  let last: LogMoment | undefined;
  for (const line of all) {
    const [, stampText = '', said = ''] = LINE.exec(line.text.slice(0, 1000)) ?? [];
    const stamp = readStamp(stampText);
    if (stamp === undefined) continue;
    const { us, errorUs, zoned } = stamp;
    const moment: LogMoment = { us, errorUs, zoned, evidence: { file, line: line.number } };
    lines += 1;
    last = moment;
    const daemon = DAEMON.exec(said)?.[1];
    const goalState = GOAL_STATE.exec(said)?.[1];
    const [, older, newer] = GOAL_STATE_AGENT.exec(said) ?? [];
    const agent = older ?? newer;
    const sweep = SWEEP.exec(said)?.[1];
    if (daemon !== undefined) daemonStarts.push({ ...moment, version: daemon });
    else if (PROVISIONED.test(said)) provisioned.push(moment);
    else if (CUSTOM_SCRIPT.test(said)) customScript.push(moment);
    else if (goalState !== undefined) goalStates.push({ ...moment, tookMs: ms(Number(goalState)) });
    else if (agent !== undefined) goalStateAgents.push({ ...moment, version: agent });
    else if (sweep !== undefined) sweeps.push({ ...moment, events: Number(sweep) });
  }
  return { daemonStarts, provisioned, customScript, goalStates, goalStateAgents, sweeps, lines, last };
}
