/**
 * systemd: phases, units, the default target. `systemctl show` is the source. We take the `systemd-analyze` texts for people,
 * last, as they cost more than all the rest and may be unavailable.
 */
import type { Collector, Parsed } from '../model/collector.ts';
import { FACTS_PATH } from './machine.ts';
import type { Parsing } from './parsed.ts';
import { addAll, nothingYet, warn } from './parsed.ts';
import { lineOf, linesOf } from './reading/lines.ts';
import { shellWord } from './shell-word.ts';
import { askManager } from './systemd-bus.ts';
import { MANAGER_PROPERTIES, readManager } from './systemd-manager.ts';
import { SHOW_SIGNS } from './systemd-text/signs.ts';
import { MANAGER_PATH, spanOf, UNIT_PROPERTIES, UNITS_PATH, type Unit, unitsOf } from './systemd-units.ts';
import { startsInJournal } from './unit-starts.ts';

const MEGABYTE = 1024 * 1024;

/**
 * If `systemd-bus.ts` cannot query the manager directly, the manager reads files and the control group for every unit. So this
 * requests only active or failed units, of the kinds that others wait for. The journal has the starts of finished oneshots
 * (`unit-starts.ts`).
 */
const SHOW = `systemctl show --no-pager --property=${UNIT_PROPERTIES.join(',')} --state=active,activating,reloading,deactivating,failed -- '*.service' '*.target' '*.mount' '*.swap' '*.socket' 'dev-*.device'`;

/** Also requests by name: the default target and `units`, which match no pattern while they are inactive. */
export function systemd(units: readonly string[]): Collector {
  const named = ['default.target', ...units];
  return {
    id: 'systemd',
    signs: SHOW_SIGNS,
    monotonic: /^raw\/systemd\//,
    artifacts: [
      {
        path: MANAGER_PATH,
        command: `systemctl show --no-pager --property=${MANAGER_PROPERTIES.join(',')}`,
        maxBytes: 256 * 1024,
      },
      {
        path: UNITS_PATH,
        command: `${askManager(named)} || ${SHOW} ${named.map(shellWord).join(' ')}`,
        maxBytes: 16 * MEGABYTE,
      },
    ],
    parse,
  };
}

/**
 * Familiar texts, only for people to read. Blame and critical-chain query the manager about every unit again, which doubles the
 * cost of the whole collection. That is negligible on a real processor, but takes seconds on an emulated one (QEMU without a
 * hypervisor's clock), where the command skips them.
 */
const UNLESS_EMULATED =
  'read -r vendor </sys/class/dmi/id/sys_vendor; read -r clocks </sys/devices/system/clocksource/clocksource0/available_clocksource; case "$vendor $clocks" in *kvm*) ;; QEMU*) exit 0 ;; esac;';

export const systemdAnalyze: Collector = {
  id: 'systemd-analyze',
  artifacts: ['time', 'blame', 'critical-chain'].map((verb) => ({
    path: `systemd/analyze-${verb}.txt`,
    command: `${UNLESS_EMULATED} systemd-analyze --no-pager ${verb}`,
    maxBytes: MEGABYTE,
  })),
  parse: nothingYet,
};

/** Named so on Debian and Ubuntu, and on Azure Linux and Flatcar. */
const GUEST_AGENT = /^(?:walinuxagent|waagent)\.service$/;

function parse(raw: ReadonlyMap<string, Uint8Array>): Parsed {
  const found = nothingYet();
  readManager(raw, found);
  const { units, warnings } = unitsOf(raw);
  addAll(found.warnings, warnings);
  for (const unit of units) {
    found.units.push(unit.state);
    const span = spanOf(unit);
    if (span !== undefined) found.spans.push(span);
    // Half a span: the unit is active, but the start of its activation is unknown.
    else if (unit.activated !== undefined) found.events.push({ id: `unit.${unit.name}/end`, ...unit.activated });
    if (GUEST_AGENT.test(unit.name) && unit.activated !== undefined)
      found.events.push({ id: 'agent.start', ...unit.activated });
    if (startedAgain(unit, found)) saySecondStart(unit, found);
  }
  addAll(found.spans, startsInJournal(raw, units));
  if (units.length > 0) readTarget(raw, units, found);
  sayPendingJobs(units, found);
  return found;
}

/** Whether the unit started twice. If it stopped with the initrd and the system manager started it, that is no second start. */
function startedAgain({ stoppedBefore }: Unit, { events }: Parsing): boolean {
  const userspace = events.find(({ id }) => id === 'userspace.start');
  if (stoppedBefore === undefined) return false;
  return userspace?.clock !== stoppedBefore.clock || stoppedBefore.us > userspace.us;
}

function saySecondStart(unit: Unit, found: Parsing): void {
  warn(
    found,
    'started-again',
    `${unit.name} started more than once in this boot; its times are those of the last start, and earlier starts are named ${unit.name}~1 and so on`,
    unit.state.evidence,
  );
}

/** The remaining jobs show what an unfinished boot waits for. */
function sayPendingJobs(units: readonly Unit[], found: Parsing): void {
  const pending = units.filter(({ jobPending }) => jobPending);
  const [first] = pending;
  if (first === undefined) return;
  const names = pending.slice(0, 10).map(({ name, state }) => `${name} (${state.active})`);
  const more = pending.length > names.length ? ` and ${pending.length - names.length} more` : '';
  warn(found, 'jobs-left', `start jobs were left at collection: ${names.join(', ')}${more}`, first.state.evidence);
}

/** The default target is the unit with the alias `default.target`, unless the kernel command line names another. */
function readTarget(raw: ReadonlyMap<string, Uint8Array>, units: readonly Unit[], found: Parsing): void {
  const asked = targetOfCommandLine(raw);
  const wanted = asked ?? 'default.target';
  const target = units.find((unit) => unit.name === wanted || unit.aliases.includes(wanted));
  if (target === undefined) {
    warn(found, 'missing:target.reached', `${wanted} is not among the units`, lineOf(UNITS_PATH, 0));
    return;
  }
  found.facts['systemd.target'] = target.name;
  if (target.state.active === 'active' && target.activated !== undefined)
    found.events.push({ id: 'target.reached', ...target.activated });
  else
    warn(
      found,
      'missing:target.reached',
      `${target.name} was never reached: it was ${target.state.active} at collection`,
      target.state.evidence,
    );
}

function targetOfCommandLine(raw: ReadonlyMap<string, Uint8Array>): string | undefined {
  for (const { text } of linesOf(raw.get(FACTS_PATH))) {
    const [, target] = /^\/proc\/cmdline:.*\bsystemd\.unit=(\S+)/.exec(text) ?? [];
    if (target !== undefined) return target;
  }
  return undefined;
}
