/** The progress of a run, in words: functions of its state and of the time. */
import type { MachineFacts } from '../../model/boot.ts';
import { type Ms, ms } from '../../model/units.ts';
import type { RunStart } from '../../stages/boot/watcher.ts';
import type { ProgressState } from './state.ts';

/** Failures shown at once. */
const SHOWN_FAILURES = 3;

/** The whole picture, for a terminal that bench redraws. */
export function picture(state: ProgressState, nowMs: Ms): string {
  const running = [...state.flights].map(
    ([id, flight]) => `    ${id}  ${flight.state} ${clock(ms(nowMs - flight.sinceMs))}`,
  );
  const now = state.total === 0 ? state.latest : counts(state, nowMs);
  return [`${elapsed(state, nowMs)}  ${now}`, ...running, ...failures(state).map((text) => `    ${text}`)].join('\n');
}

/** One line of a log. */
export const logLine = (state: ProgressState, nowMs: Ms): string => `${elapsed(state, nowMs)}  ${state.latest}\n`;

export function counts(state: ProgressState, nowMs: Ms): string {
  const { open, total, failed } = state;
  const blocks = open.filter(({ size }) => size === 0).length;
  const lost = failed.length ? `, ${failed.length} failed` : '';
  return `${blocks} of ${open.length} blocks, ${total - openBoots(state)} of ${total} boots${lost}${left(state, nowMs)}`;
}

export function startText(state: ProgressState, { blocks, facts }: RunStart, nowMs: Ms): string {
  const { total, usdPerHour } = state;
  const boots = openBoots(state) < total ? `${openBoots(state)} of ${total}` : total;
  const cost =
    usdPerHour === undefined
      ? ''
      : `, about ${dollars(usdPerHour, ms(machineMsLeft(state, nowMs)))} at ${usdPerHour} an hour`;
  return `booting ${boots} machines in ${blocks.length} blocks (${fleetText(facts)})${cost}`;
}

/** What stays on the screen. `live`: the picture that showed the failures is gone, so it repeats them. */
export function closing(state: ProgressState, nowMs: Ms, live: boolean): string {
  const machines = [...state.kept].map(([id, { reach }]) => `${id} is still running:  ${reach}\n`);
  const ends = new Set([...state.kept.values()].map(({ end }) => `stop them:  ${end}\n`));
  return [...(state.total > 0 ? totals(state, nowMs, live) : []), ...machines, ...ends].join('');
}

function totals(state: ProgressState, nowMs: Ms, live: boolean): string[] {
  const { bootSeconds, settled, settledMs, failed, usdPerHour } = state;
  const mean = bootSeconds.reduce((sum, seconds) => sum + seconds, 0) / Math.max(1, bootSeconds.length);
  const lost = failed.length ? `, ${failed.length} failed` : '';
  const cost = usdPerHour === undefined ? '' : `, about ${dollars(usdPerHour, settledMs)} at list price`;
  const line = `${elapsed(state, nowMs)}  ${settled} boots${lost}; ${mean.toFixed(1)} s of real time per boot${cost}\n`;
  return [line, ...(live ? failures(state).map((text) => `       ${text}\n`) : [])];
}

const failures = ({ failed }: ProgressState): string[] => failed.slice(0, SHOWN_FAILURES).map((text) => `! ${text}`);

const elapsed = ({ startedMs }: ProgressState, nowMs: Ms): string => clock(ms(nowMs - startedMs));

const openBoots = ({ open }: ProgressState): number => open.reduce((sum, { size }) => sum + size, 0);

/** Time left at the pace so far, unknown until the first boot ends; money left, if machines have a price. */
function left(state: ProgressState, nowMs: Ms): string {
  const { settled, bootingSinceMs, usdPerHour } = state;
  const open = openBoots(state);
  if (open === 0) return '';
  const parts = [
    ...(settled === 0 ? [] : [clock(ms(((nowMs - bootingSinceMs) / settled) * open))]),
    ...(usdPerHour === undefined ? [] : [dollars(usdPerHour, ms(machineMsLeft(state, nowMs)))]),
  ];
  return parts.length === 0 ? '' : `, about ${parts.join(' and ')} left`;
}

/** Time that machines will still run: each as long as earlier ones, or as planned, less the time that boots in flight have used. */
function machineMsLeft(state: ProgressState, nowMs: Ms): number {
  const { settled, settledMs, plannedBootMs, flights } = state;
  const eachMs = settled === 0 ? plannedBootMs : settledMs / settled;
  const flyingMs = [...flights.values()].map(({ bootingSinceMs }) => Math.max(0, eachMs - (nowMs - bootingSinceMs)));
  return flyingMs.reduce((sum, leftMs) => sum + leftMs, (openBoots(state) - flights.size) * eachMs);
}

const fleetText = (facts: MachineFacts): string =>
  ['provider', 'accelerator', 'timing']
    .flatMap((key) => (facts[key] === undefined ? [] : [String(facts[key])]))
    .join(', ');

/** `0.40 USD`, of machines at `usdPerHour`. */
function dollars(usdPerHour: number, machineMs: Ms): string {
  const usd = (usdPerHour * machineMs) / 3_600_000;
  return usd > 0 && usd < 0.005 ? 'less than 0.01 USD' : `${usd.toFixed(2)} USD`;
}

/** `3:07`, or `1:02:03` from an hour on. */
function clock(durationMs: Ms): string {
  const seconds = Math.round(durationMs / 1000);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const [hours, minutes, rest] = parts.map((part) => String(part).padStart(2, '0'));
  return parts[0] ? `${Number(hours)}:${minutes}:${rest}` : `${Number(minutes)}:${rest}`;
}
