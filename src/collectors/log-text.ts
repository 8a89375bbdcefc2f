/**
 * Journals, system logs and consoles as text: systemd's lines about start-up, cloud-init's lines about its stages, the kernel's
 * hand-over to init. `kubelet-log.ts` reads kubelet's lines in them. If a log spans boots, we read the last boot. If systemd's
 * own properties are available, we skip systemd's lines.
 */
import type { Collector, Parsed } from '../model/collector.ts';
import type { Span, Stamp } from '../model/timeline.ts';
import { type Us, us } from '../model/units.ts';
import { guestZone } from './aks/guest-zone.ts';
import { statedKernelStart } from './aks/kernel-start.ts';
import { type Banner, readBanner } from './cloud-init/banner.ts';
import { journalOf } from './journal-lines.ts';
import { type Jump, lastBootOf, type Restart } from './log-text/last-boot.ts';
import { isManager, type LogLine, type LogStamp } from './log-text/lines.ts';
import { restartOf, sayRestart } from './log-text/restart.ts';
import { LOG_SIGNS } from './log-text/signs.ts';
import { startsIn } from './log-text/unit-starts.ts';
import { addAll, nothingYet, type Parsing, warn } from './parsed.ts';
import { lineOf } from './reading/lines.ts';
import { receivedAt } from './reception.ts';
import { addTime, movedTo, ofThisBoot } from './systemd-text/summary.ts';
import { readTimeText } from './systemd-text/time.ts';

/** Paths of text logs; a machine has several. */
const isLog = (path: string): boolean => /^(?:journal|console)\/.+\.txt$/.test(path) || path === OUTPUT;
const OUTPUT = 'cloud-init/cloud-init-output.log';

export const logText: Collector = {
  id: 'log-text',
  artifacts: [],
  signs: LOG_SIGNS,
  monotonic: /^raw\/console\//,
  parse,
};

type Raw = ReadonlyMap<string, Uint8Array>;

function parse(raw: Raw): Parsed {
  const found: Parsing & { printed: NonNullable<Parsed['printed']>[number][] } = { ...nothingYet(), printed: [] };
  const restart = restartOf(raw);
  if (restart !== undefined) sayRestart(restart, found);
  if (!raw.has('systemd/manager.show')) addAll(found.printed, summaryOfJournal(raw, found));
  addTargetOfJournal(raw, found);
  for (const path of [...raw.keys()].filter(isLog).sort(bySource)) readLog(raw, path, found);
  return found;
}

/** A console loses and joins lines, so journals come first. */
const bySource = (a: string, b: string): number => rank(a) - rank(b) || (a < b ? -1 : 1);
const rank = (path: string): number => (path.startsWith('journal/') ? 0 : path === OUTPUT ? 2 : 1);

function readLog(raw: Raw, path: string, found: Parsed & Parsing & { printed: unknown[] }): void {
  const { lines, boots, restart, jump } = lastBootOf(raw, path);
  if (jump !== undefined) sayJump(path, jump, found);
  if (boots > 1)
    warn(
      found,
      'log-boots',
      `raw/${path} contains ${boots} boots; bench uses the last one.`,
      lineOf(path, lines[0]?.number ?? 1),
    );
  const zoneUs = zoneOf(lines) ?? guestZone(raw).offsetUs;
  if (!raw.has('systemd/manager.show') && found.printed.length === 0)
    addAll(found.printed, summaryOf(path, lines, restart, found));
  if (!raw.has('systemd/units.show')) addAll(found.spans, startsIn(path, lines, us(zoneUs)));
  addKernel(path, lines, found);
  addTarget(raw, path, lines, us(zoneUs), found);
  addBanners(raw, path, lines, us(zoneUs), found);
}

function sayJump(path: string, { line, clock, backUs }: Jump, found: Parsing): void {
  const seconds = (backUs / 1e6).toFixed(3);
  const left =
    clock === 'monotonic' ? 'it leaves out the lines that do' : 'the clock was set, and it leaves out the lines before';
  warn(found, 'runs-backwards', `the times of raw/${path} jump back by ${seconds} s here; ${left}`, lineOf(path, line));
}

/** cloud-init prints UTC after the stamp of its line, which reveals the log's zone. */
function zoneOf(lines: readonly LogLine[]): number | undefined {
  for (const { stamp, message } of lines) {
    if (stamp?.clock !== 'realtime' || stamp.zoned) continue;
    const banner = readBanner(message);
    if (banner !== undefined) return Math.round((stamp.us - banner.utcUs) / QUARTER_US) * QUARTER_US || 0;
  }
  return undefined;
}

const QUARTER_US = 15 * 60_000_000;

const stampOf = (
  path: string,
  { number }: LogLine,
  { clock, us: atUs, errorUs, zoned }: LogStamp,
  zoneUs: Us,
): Stamp => ({
  clock,
  us: us(atUs - (zoned ? 0 : zoneUs)),
  errorUs: us(errorUs),
  evidence: lineOf(path, number),
});

/** The last summary with phases from the system manager. */
function summaryOf(path: string, lines: readonly LogLine[], restart: Restart | undefined, found: Parsing) {
  const said = lines.findLast((line) => isManager(line) && /Startup finished in .*\([a-z]/.test(line.message));
  if (said === undefined) return [];
  const evidence = lineOf(path, said.number);
  const time = movedTo(readTimeText(said.message, evidence.file), evidence);
  return addTime(found, ofThisBoot(time, restart), evidence.file);
}

/** The same for a journal with whole entries. A user's manager also reports a summary, for its own unit. */
function summaryOfJournal(raw: Raw, found: Parsing) {
  const said = journalOf(raw).lines.findLast(
    ({ source, unit, message }) =>
      source === 'systemd' && !unit.startsWith('user@') && /^Startup finished in .*\([a-z]/.test(message),
  );
  if (said === undefined) return [];
  const evidence = lineOf(said.path, said.line);
  const time = movedTo(readTimeText(said.message, evidence.file), evidence);
  return addTime(found, ofThisBoot(time, journalOf(raw).restart), evidence.file);
}

/** Events with the kernel's own stamps. */
function addKernel(path: string, lines: readonly LogLine[], found: Parsing): void {
  const init = lines.find(
    ({ stamp, message }) => stamp?.clock === 'monotonic' && /^Run \S+ as init process/.test(message),
  );
  if (init?.stamp === undefined) return;
  found.events.push({ id: 'kernel.init', ...stampOf(path, init, init.stamp, us(0)) });
  const switched = lines.find(({ stamp, message }) => stamp?.clock === 'monotonic' && /^Switching root/.test(message));
  const inInitrd = lines.some(({ message }) => /^Running in initrd/.test(message));
  const start: Stamp = { clock: 'monotonic', us: us(0), errorUs: us(0), evidence: lineOf(path, init.number) };
  found.spans.push({
    kind: 'phase',
    name: 'kernel-initialisation',
    start,
    end: stampOf(path, init, init.stamp, us(0)),
  });
  if (switched?.stamp !== undefined && inInitrd) {
    const end = stampOf(path, switched, switched.stamp, us(0));
    found.spans.push({ kind: 'phase', name: 'initrd', start: stampOf(path, init, init.stamp, us(0)), end });
  }
}

/** The default target is the last of these two that systemd reached before start-up finished. */
const TARGET = /^Reached target (?:(?:multi-user|graphical)\.target|Multi-User System|Graphical Interface)\b/;

const isToldAlready = (raw: Raw, { events }: Parsing): boolean =>
  raw.has('systemd/units.show') || events.some(({ id }) => id === 'target.reached');

function addTargetOfJournal(raw: Raw, found: Parsing): void {
  if (isToldAlready(raw, found)) return;
  const reached = journalOf(raw).lines.findLast(
    ({ source, pid, message }) => source === 'systemd' && (pid === undefined || pid === 1) && TARGET.test(message),
  );
  if (reached !== undefined) found.events.push(receivedAt('target.reached', reached));
}

function addTarget(raw: Raw, path: string, lines: readonly LogLine[], zoneUs: Us, found: Parsing): void {
  if (isToldAlready(raw, found)) return;
  const reached = lines.findLast((line) => isManager(line) && line.stamp !== undefined && TARGET.test(line.message));
  if (reached?.stamp === undefined) return;
  found.events.push({ id: 'target.reached', ...stampOf(path, reached, reached.stamp, zoneUs) });
}

/** cloud-init reads the uptime (hundredths of a second) some lines of Python before it writes the line. */
const BANNER_ERROR_US = 100_000;
/** cloud-init truncates the banner's own stamp to the second. */
const SECOND_US = 1_000_000;

function addBanners(raw: Raw, path: string, lines: readonly LogLine[], zoneUs: Us, found: Parsing): void {
  const banners = lines.flatMap((line) => {
    const banner = readBanner(line.message);
    return banner === undefined ? [] : [{ line, banner }];
  });
  const [first] = banners;
  if (first === undefined) return;
  found.facts['cloud-init.version'] ??= first.banner.version;
  const known = ['cloud-init/cloud-init.log', 'cloud-init/analyze-dump.json', 'cloud-init/status.json'];
  const id = statedKernelStart(raw);
  if (id !== undefined && !known.slice(0, 1).some((each) => raw.has(each)))
    found.events.push({ id, ...kernelStart(path, first.line, first.banner, zoneUs) });
  const told = new Set(found.spans.map(({ name }) => name));
  if (known.some((each) => raw.has(each))) return;
  for (const [index, { line, banner }] of banners.entries()) {
    if (banner.stage === 'finished' || told.has(banner.stage)) continue;
    found.spans.push(stageSpan(path, { line, banner }, banners[index + 1]));
  }
}

function kernelStart(path: string, line: LogLine, banner: Banner, zoneUs: Us): Stamp {
  const { stamp } = line;
  const fine = stamp?.clock === 'realtime' && stamp.errorUs < BANNER_ERROR_US;
  const atUs = fine ? stamp.us - (stamp.zoned ? 0 : zoneUs) : banner.utcUs;
  return {
    clock: 'realtime',
    us: us(atUs - banner.uptimeUs),
    errorUs: us(fine ? BANNER_ERROR_US : SECOND_US),
    evidence: lineOf(path, line.number),
  };
}

type Said = { readonly line: LogLine; readonly banner: Banner };

/** A stage begins with its banner. Only the last stage has a known end: cloud-init's "finished" line. */
function stageSpan(path: string, { line, banner }: Said, next: Said | undefined): Span {
  const at = (said: Said): Stamp => ({
    clock: 'monotonic',
    us: us(said.banner.uptimeUs),
    errorUs: us(BANNER_ERROR_US),
    evidence: lineOf(path, said.line.number),
  });
  const over = banner.stage === 'modules-final' && next?.banner.stage === 'finished' ? next : undefined;
  const end = over ? { end: at(over) } : { open: 'the log records when stages start, but not when they end' };
  return { kind: 'cloud-init', name: banner.stage, start: at({ line, banner }), ...end };
}
