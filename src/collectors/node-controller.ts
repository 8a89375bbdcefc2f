/**
 * How current nodes launch provisioning: a boothook in the custom data writes the node's configuration and launches the node
 * controller, which runs the provisioning scripts. Nothing waits for the guest agent. Three sources report it:
 *
 *   journal, syslog             aks-boothook: launching aks-node-controller 2026-08-01T07:13:45,412345678+00:00
 *   aks-node-controller.log     {"time":"...","level":"INFO","msg":"aks-node-controller started","task":"Provision"}
 *   aks-early-boothook.log      [  0.412s] goal state fetched       seconds since the request for the configuration
 *
 * `aks.ts` reads the controller's event in the guest agent's folder with the steps, unless the agent swept it.
 */
import type { Collector, Parsed } from '../model/collector.ts';
import { excerpt } from '../model/printable.ts';
import type { BootEvent, PrintedDuration } from '../model/timeline.ts';
import { type Us, us } from '../model/units.ts';
import { guestZone } from './aks/guest-zone.ts';
import { realtime } from './aks/tasks.ts';
import { journalOf } from './journal-lines.ts';
import { lastBootOf } from './log-text/last-boot.ts';
import { nothingYet, type Parsing, warn } from './parsed.ts';
import { jsonObjects } from './reading/json-text.ts';
import { lineOf, linesOf } from './reading/lines.ts';
import { readStamp } from './reading/stamp-text.ts';
import { artifactText } from './reading/text.ts';
import { receivedAt } from './reception.ts';

const LOG = 'aks/aks-node-controller.log';
const EARLY = 'aks/aks-early-boothook.log';

export const nodeController: Collector = {
  id: 'node-controller',
  signs: [
    { raw: LOG, json: /"msg"\s*:\s*"aks-node-controller (?:started|finished|failed)/ },
    { raw: EARLY, names: ['aks-early-boothook.log'], line: /^\[ *\d{1,6}\.\d{3}s\] \S/ },
  ],
  artifacts: [
    // Each boot appends to both; the last boot counts.
    { path: LOG, command: 'tail -c 1000000 /var/log/azure/aks-node-controller.log', maxBytes: 1_000_000 },
    { path: EARLY, command: 'tail -c 100000 /var/log/azure/aks-early-boothook.log', maxBytes: 100_000 },
  ],
  parse(raw): Parsed {
    const found = nothingYet();
    addBoothook(raw, found);
    addController(raw, found);
    return { ...found, printed: readEarly(raw, found) };
  },
};

/** The boothook's lines through logger(1), by event. */
const SAYINGS: readonly (readonly [string, RegExp])[] = [
  ['boothook.start', /^boothook start /],
  ['controller.launch', /^launching aks-node-controller /],
];
const TAG = 'aks-boothook';
const SAID = /\baks-boothook(?:\[\d{1,10}\])?: ((?:boothook start|launching aks-node-controller) (\S{10,60}))$/;

const eventOf = (message: string): string | undefined => SAYINGS.find(([, saying]) => saying.test(message))?.[0];

function addBoothook(raw: ReadonlyMap<string, Uint8Array>, found: Parsing): void {
  for (const line of journalOf(raw).lines) {
    const id = line.source === TAG ? eventOf(line.message) : undefined;
    if (id !== undefined) found.events.push(receivedAt(id, line));
  }
  if (found.events.length > 0) return;
  for (const path of [...raw.keys()].filter((each) => /^(?:journal|console)\/.+\.txt$/.test(each)).sort()) {
    const { from } = lastBootOf(raw, path);
    for (const { text, number } of linesOf(raw.get(path))) {
      if (number < from || !text.includes(TAG)) continue;
      const [, message = '', stampText = ''] = SAID.exec(text.slice(0, 1000).trimEnd()) ?? [];
      // The message's own stamp is finer than the line's, which syslog truncates to a second.
      const [id, stamp] = [eventOf(message), readStamp(stampText)];
      if (id !== undefined && stamp?.zoned)
        found.events.push({ id, ...realtime(stamp.us, stamp, us(0)), evidence: lineOf(path, number) });
    }
  }
}

/** A start of the controller, and the end of that run. */
interface ControllerRun {
  readonly start: BootEvent;
  end?: BootEvent;
  error?: string;
}

function addController(raw: ReadonlyMap<string, Uint8Array>, found: Parsing): void {
  const text = artifactText(raw, LOG);
  if (text === undefined) return;
  const run = lastRun(text, guestZone(raw).offsetUs);
  if (run === undefined) {
    const message = `raw/${LOG} does not say when the node controller started to provision.`;
    warn(found, 'controller-log', message, lineOf(LOG, 1));
    return;
  }
  found.events.push(run.start, ...(run.end ? [run.end] : []));
  if (run.error !== undefined)
    warn(found, 'controller-failed', `The node controller failed: ${excerpt(run.error)}.`, run.end?.evidence);
}

/** The last start of provisioning. The controller also runs a wait task, which is not provisioning. */
function lastRun(text: string, zoneUs: Us): ControllerRun | undefined {
  let run: ControllerRun | undefined;
  for (const { value, line } of jsonObjects(text)) {
    const { time, msg, task, error } = value ?? {};
    const stamp = typeof time === 'string' ? readStamp(time) : undefined;
    if (stamp === undefined || typeof msg !== 'string') continue;
    const at = { ...realtime(stamp.us, stamp, us(stamp.zoned ? 0 : zoneUs)), evidence: lineOf(LOG, line) };
    if (msg === 'aks-node-controller started' && task === 'Provision')
      run = { start: { id: 'controller.start', ...at } };
    else if (run !== undefined && run.end === undefined && /^aks-node-controller (?:finished|failed)/.test(msg)) {
      run.end = { id: 'controller.end', ...at };
      if (msg.includes('failed')) run.error = typeof error === 'string' ? error : 'it does not say why';
    }
  }
  return run;
}

const ELAPSED = /^\[ *(\d{1,6})\.(\d{3})s\] (.+)$/;

/** The boothook's wait for the node's configuration, which the extension's settings supply if the custom data is too large. */
function readEarly(raw: ReadonlyMap<string, Uint8Array>, found: Parsing): PrintedDuration[] {
  let last: PrintedDuration | undefined;
  for (const { text, number } of linesOf(raw.get(EARLY))) {
    const [, seconds, millis, said] = ELAPSED.exec(text.slice(0, 1000)) ?? [];
    if (said === undefined) continue;
    const evidence = lineOf(EARLY, number);
    const lengthUs = us(Number(seconds) * 1_000_000 + Number(millis) * 1000);
    last = { tool: 'boothook', name: 'configuration', us: lengthUs, errorUs: us(1000), evidence };
    if (said.startsWith('ERROR: '))
      warn(
        found,
        'boothook-failed',
        `The boothook did not get its configuration: ${excerpt(said.slice(7))}.`,
        evidence,
      );
  }
  return last === undefined ? [] : [last];
}
