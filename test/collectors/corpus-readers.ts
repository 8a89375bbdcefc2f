/**
 * For each kind of the corpus: the result of our parsers in the terms of the expectations (milliseconds; null for a missing
 * value). This file only translates terms and subtracts times; the parsers do all the reading.
 */

import { readProvisionResult } from '../../src/collectors/aks/provision-result.ts';
import { readTaskEvents, type TaskEvent } from '../../src/collectors/aks/task-event.ts';
import { isTlsTask, WAIT_TIMEOUT_TASK } from '../../src/collectors/aks/tls-task.ts';
import { readTrace } from '../../src/collectors/aks/trace.ts';
import { aks } from '../../src/collectors/aks.ts';
import { readDump } from '../../src/collectors/cloud-init/dump.ts';
import { readBlame, readBootText, readShow } from '../../src/collectors/cloud-init/printed.ts';
import { stageTree } from '../../src/collectors/cloud-init/stage-event.ts';
import { readAgentLog } from '../../src/collectors/guest-agent/waagent-log.ts';
import { guestAgent } from '../../src/collectors/guest-agent.ts';
import { kubelet } from '../../src/collectors/kubelet.ts';
import { PLAUSIBLE_US } from '../../src/collectors/reading/duration-text.ts';
import { spokenLines } from '../../src/collectors/reading/lines.ts';
import { systemd } from '../../src/collectors/systemd.ts';
import { microseconds, propertyOf, showBlocks } from '../../src/collectors/systemd-show.ts';
import { readBlameText } from '../../src/collectors/systemd-text/blame.ts';
import { readChainText } from '../../src/collectors/systemd-text/chain.ts';
import { readTimeText } from '../../src/collectors/systemd-text/time.ts';
import { tlsBootstrap } from '../../src/collectors/tls-bootstrap.ts';
import type { Parsed } from '../../src/model/collector.ts';
import { rawOf } from './raw.ts';

const FILE = 'raw/file';
const ms = (us: number | undefined): number | null => (us === undefined ? null : us / 1000);
const iso = (us: number, digits = 3): string => {
  const whole = new Date(us / 1000).toISOString().slice(0, 19);
  return `${whole}.${String(us % 1_000_000)
    .padStart(6, '0')
    .slice(0, digits)}`;
};
const at = (parsed: Parsed, id: string) => parsed.events.find((event) => event.id === id);
const between = (parsed: Parsed, from: string, to: string): number | null => {
  const [a, b] = [at(parsed, from), at(parsed, to)];
  return a && b ? (b.us - a.us) / 1000 : null;
};

function taskEvent(events: readonly TaskEvent[]): object {
  const [event] = events;
  if (event === undefined) return {};
  return {
    task: event.task,
    start: iso(event.startUs),
    end: iso(event.endUs),
    ms: (event.endUs - event.startUs) / 1000,
    censored: event.task === WAIT_TIMEOUT_TASK,
  };
}

function instanceViewMessage(text: string): object {
  const result = readProvisionResult(text, FILE);
  if ('damaged' in result) return {};
  return { exit: result.exitCode, exec_duration_s: result.executionS, stdout_is_json: true };
}

function provisionJson(text: string): object {
  const parsed = aks.parse(rawOf({ 'aks/provision.json': text }));
  const since = (id: string) => between(parsed, 'provision-result.kernel', id);
  const kernel = at(parsed, 'provision-result.kernel');
  return {
    kernel_start: kernel ? `${iso(kernel.us, 0).slice(0, 19)}Z` : null,
    cloud_init_local_ms: since('provision-result.cloud-init-local'),
    networkd_ms: since('provision-result.networkd'),
    cloud_init_ms: since('provision-result.cloud-init'),
    guest_agent_ms: since('provision-result.guest-agent'),
    cloud_final_ms: since('provision-result.cloud-final'),
    cse_start_ms: since('cse.start'),
    cse_ms: between(parsed, 'cse.start', 'cse.end'),
    kubelet_ms: since('provision-result.kubelet'),
    exit: parsed.facts['cse.exit-code'],
  };
}

function tlsLog(text: string): object {
  const { spans } = tlsBootstrap.parse(rawOf({ 'aks/secure-tls-bootstrap.log': text }));
  const length = (name: RegExp) => {
    const span = spans.find((each) => name.test(each.name));
    return span?.end ? Math.round((span.end.us - span.start.us) / 100) / 10 : null;
  };
  return {
    total_ms: length(/^secure-log$/),
    token_ms: length(/generated access token/),
    credential_ms: length(/received credential response/),
  };
}

const cloudInitDump = (text: string): object => {
  const { stages } = stageTree(readDump(text, FILE).events);
  const finished = stages.flatMap(({ name, start, finish }) => (finish ? [{ name, start, finish }] : []));
  finished.sort((a, b) => a.finish.evidence.line - b.finish.evidence.line);
  return {
    finished: finished.map(({ name, start, finish }) => ({
      name,
      ms: Math.round(finish.us - start.us) / 1000,
      result: finish.result,
    })),
    unfinished: stages.filter(({ finish }) => finish === undefined).map(({ name }) => name),
  };
};

const cloudInitShow = (text: string): object => ({
  records: readShow(text, FILE).map(({ record, stages, events, total, outermostUs }) => ({
    record,
    stages: stages.map(({ name, us }) => ({ name, ms: ms(us) })),
    events: events.map((event) => ({ text: event.text, at_ms: ms(event.atUs), took_ms: ms(event.tookUs) })),
    total_ms_printed: ms(total?.us),
    top_stages_ms: ms(outermostUs),
  })),
});

const cloudInitBlame = (text: string): object => ({
  records: readBlame(text, FILE).map(({ record, items }) => ({
    record,
    items: items.map(({ name, us }) => ({ name, ms: ms(us) })),
  })),
});

const cloudInitBoot = (text: string): object => {
  const { kernel, gap } = readBootText(text, FILE);
  return { kernel_ms: ms(kernel?.us), gap_ms: ms(gap?.us) };
};

function kubeletLog(text: string): object {
  const parsed = kubelet.parse(rawOf({ 'aks/kubelet.log': text }));
  const monthDay = (id: string) => {
    const event = at(parsed, id);
    return event ? iso(event.us, 6).slice(5) : null;
  };
  const [ready, registered] = [at(parsed, 'node.ready'), at(parsed, 'node.registered')];
  return {
    attempt_to_registered_ms: between(parsed, 'node.registering', 'node.registered'),
    ready: monthDay('node.ready'),
    registered: monthDay('node.registered'),
    ready_before_registered: ready !== undefined && registered !== undefined && ready.us < registered.us,
  };
}

function systemctlShow(text: string): object {
  const parsed = systemd([]).parse(rawOf({ 'systemd/manager.show': text }));
  const blocks = [...showBlocks(rawOf({ text }).get('text'))];
  const stamp = (block: (typeof blocks)[number] | undefined, key: string) => {
    const reading = block && microseconds(block, key);
    return reading?.kind === 'time' ? reading.us : undefined;
  };
  const phases = {
    firmware: between(parsed, 'firmware.start', 'loader.start'),
    loader: between(parsed, 'loader.start', 'kernel.start'),
    kernel: between(parsed, 'kernel.start', 'kernel.end'),
    initrd: between(parsed, 'initrd.start', 'userspace.start'),
    userspace: between(parsed, 'userspace.start', 'startup.finish'),
  };
  const userspaceUs = stamp(blocks[0], 'UserspaceTimestampMonotonic');
  const after = (block: (typeof blocks)[number] | undefined, key: string) => {
    const us = stamp(block, key);
    return us === undefined || userspaceUs === undefined ? null : (us - userspaceUs) / 1000;
  };
  const first = at(parsed, 'firmware.start') ? 'firmware.start' : 'kernel.start';
  return {
    phases_ms: Object.fromEntries(Object.entries(phases).filter(([, length]) => length !== null)),
    finished: at(parsed, 'startup.finish') !== undefined,
    total_ms: between(parsed, first, 'startup.finish'),
    unit_offset_ms: after(blocks[0], 'InactiveExitTimestampMonotonic'),
    units: blocks.slice(1).map((block) => {
      const started = after(block, 'InactiveExitTimestampMonotonic');
      const active = after(block, 'ActiveEnterTimestampMonotonic');
      const took = started === null || active === null ? null : active - started;
      const unit = propertyOf(block, 'Id');
      return { unit, started_ms_after_userspace: started, active_ms_after_userspace: active, took_ms: took };
    }),
  };
}

function systemdTime(text: string): object {
  const read = readTimeText(text, FILE);
  if (read.kind !== 'finished') {
    const finished = read.kind === 'not-finished' ? false : null;
    return { finished, phases_ms: {}, total_ms: null, target: null, refuse_or_full: true, error: true };
  }
  const sumUs = read.phases.reduce((sum, phase) => sum + phase.us, 0);
  return {
    finished: true,
    phases_ms: Object.fromEntries(read.phases.map((phase) => [phase.name, ms(phase.us)])),
    total_ms: ms(read.total?.us),
    target: read.target ? { name: read.target.name, reached_ms: ms(read.target.reached?.us) } : null,
    ...(read.total && { total_minus_phases_ms: ms(read.total.us - sumUs) }),
    ...(read.unnamed && { unnamed_ms: ms(read.unnamed.us) }),
  };
}

function systemdBlame(text: string): object {
  const { units, cutShort } = readBlameText(text, FILE);
  return {
    units: units.map(({ unit, us }) => ({ unit, ms: ms(us) })),
    count: units.length,
    cut_short: cutShort,
    implausible: units.some(({ us }) => us > PLAUSIBLE_US),
  };
}

function systemdChain(text: string): object {
  const chain = readChainText(text, FILE);
  return {
    chain: chain.map(({ unit, atUs, tookUs }) => ({ unit, at_ms: ms(atUs), took_ms: ms(tookUs) })),
    count: chain.length,
  };
}

function agentLog(text: string): object {
  const parsed = guestAgent.parse(rawOf({ 'guest-agent/waagent.log': text }));
  const start = at(parsed, 'agent.daemon');
  return {
    daemon_start: start ? iso(start.us, 6) : null,
    version: parsed.facts['agent.version'],
    lines: readAgentLog(spokenLines(text), FILE).lines,
    cse_target_ms: between(parsed, 'agent.daemon', 'agent.custom-script'),
    provision_ms: between(parsed, 'agent.daemon', 'agent.provisioned'),
    goal_state_ms: parsed.facts['agent.goal-state-ms'],
  };
}

export const READERS: Readonly<Record<string, (text: string) => object>> = {
  'aks-event-file': (text) => taskEvent(readTaskEvents(text, FILE).events),
  'aks-tls-event': (text) => taskEvent(readTaskEvents(text, FILE).events.filter(({ task }) => isTlsTask(task))),
  'aks-xtrace': (text) => taskEvent(readTrace(text, FILE).events),
  'aks-windows-event': (text) => ({ aks_tasks: readTaskEvents(text, FILE).events.length }),
  'aks-instanceview-message': instanceViewMessage,
  'aks-provision-json': provisionJson,
  'aks-tls-log': tlsLog,
  'cloudinit-dump': cloudInitDump,
  'cloudinit-show': cloudInitShow,
  'cloudinit-blame': cloudInitBlame,
  'cloudinit-boot': cloudInitBoot,
  'kubelet-log': kubeletLog,
  'systemctl-show': systemctlShow,
  'systemd-time': systemdTime,
  'systemd-blame': systemdBlame,
  'systemd-chain': systemdChain,
  'waagent-log': agentLog,
};
