/**
 * What a person sees while a run goes on, on stderr. On a terminal: one block of lines, redrawn. Elsewhere (a CI log): one
 * plain line per change, so that nothing is silent for longer than a boot.
 */
import { createLogUpdate } from 'log-update';
import type { BootIdentity, Failure, MachineFacts } from '../model/boot.ts';
import type { KeptMachine } from '../model/provider.ts';
import type { BootState } from '../stages/boot/blocks.ts';
import type { RunStart, RunWatcher } from '../stages/run.ts';
import { printable } from './text.ts';
import type { World } from './world.ts';

export interface Progress extends RunWatcher {
  line(text: string): void;
  /** Leaves the last state on the screen and stops redrawing. */
  end(): void;
}

type Flight = { readonly state: BootState; readonly sinceMs: number; readonly bootingSinceMs: number };

/** Redraws a second: enough for seconds to be seen to pass. */
const REDRAW_EVERY_MS = 500;

export function progress(world: World): Progress {
  const live = world.stderr.isTTY === true && !world.environment.CI && world.environment.TERM !== 'dumb';
  const draw = live ? createLogUpdate(world.stderr) : undefined;
  const startedMs = world.timer.nowMs();
  const flights = new Map<string, Flight>();
  const failed: string[] = [];
  const kept = new Map<string, KeptMachine>();
  const bootSeconds: number[] = [];
  /** Boots of each block that have not come to their end. */
  let open: Set<string>[] = [];
  let total = 0;
  /** Boots that came to their end while this was watching, and how long their machines ran for them. */
  let settled = 0;
  let settledMs = 0;
  let usdPerHour: number | undefined;
  let plannedBootMs = 0;
  let bootingSinceMs = startedMs;
  let latest = '';
  let ended = false;

  const elapsed = () => clock(world.timer.nowMs() - startedMs);
  const openBoots = () => open.reduce((sum, { size }) => sum + size, 0);
  /** Time left at the pace so far, unknown until a boot has come to its end; money left, where machines have a price. */
  const left = () => {
    if (openBoots() === 0) return '';
    const pace = settled === 0 ? undefined : (world.timer.nowMs() - bootingSinceMs) / settled;
    const parts = [
      ...(pace === undefined ? [] : [clock(pace * openBoots())]),
      ...(usdPerHour === undefined ? [] : [dollars(usdPerHour, machineMsLeft())]),
    ];
    return parts.length === 0 ? '' : `, about ${parts.join(' and ')} left`;
  };
  /** What machines will still run: as long as those before them, or as planned, less what those in flight have behind them. */
  const machineMsLeft = () => {
    const eachMs = settled === 0 ? plannedBootMs : settledMs / settled;
    const nowMs = world.timer.nowMs();
    const flyingMs = [...flights.values()].map(({ bootingSinceMs: since }) => Math.max(0, eachMs - (nowMs - since)));
    return flyingMs.reduce((sum, leftMs) => sum + leftMs, (openBoots() - flights.size) * eachMs);
  };
  const counts = () =>
    `${open.filter(({ size }) => size === 0).length} of ${open.length} blocks, ${total - openBoots()} of ${total} boots${failed.length ? `, ${failed.length} failed` : ''}${left()}`;
  const redraw = () => {
    const running = [...flights].map(
      ([id, flight]) => `    ${id}  ${flight.state} ${clock(world.timer.nowMs() - flight.sinceMs)}`,
    );
    const state = total === 0 ? latest : counts();
    draw?.([`${elapsed()}  ${state}`, ...running, ...failed.slice(0, 3).map((text) => `    ! ${text}`)].join('\n'));
  };
  const ticker = draw ? setInterval(redraw, REDRAW_EVERY_MS) : undefined;
  ticker?.unref();
  const line = (text: string) => {
    latest = printable(text);
    if (draw) redraw();
    else world.stderr.write(`${elapsed()}  ${latest}\n`);
  };

  return {
    line,
    started({ blocks, facts, settled: before, secondsPerBoot, usdPerHour: price }: RunStart) {
      const done = new Set(before);
      open = blocks.map(({ boots }) => new Set(boots.map(({ id }) => id).filter((id) => !done.has(id))));
      total = blocks.flatMap((block) => block.boots).length;
      bootingSinceMs = world.timer.nowMs();
      usdPerHour = price;
      plannedBootMs = secondsPerBoot * 1000;
      const boots = openBoots() < total ? `${openBoots()} of ${total}` : total;
      const cost = price === undefined ? '' : `, about ${dollars(price, machineMsLeft())} at ${price} an hour`;
      line(`booting ${boots} machines in ${blocks.length} blocks (${describeFleet(facts)})${cost}`);
    },
    changed(boot: BootIdentity, state: BootState, failure?: Failure) {
      const before = flights.get(boot.id);
      const nowMs = world.timer.nowMs();
      if (state === 'booted' || state === 'failed') {
        flights.delete(boot.id);
        for (const block of open) block.delete(boot.id);
        settled += 1;
        settledMs += nowMs - (before?.bootingSinceMs ?? nowMs);
      } else flights.set(boot.id, { state, sinceMs: nowMs, bootingSinceMs: before?.bootingSinceMs ?? nowMs });
      if (before?.state === 'booting') bootSeconds.push((nowMs - before.sinceMs) / 1000);
      if (failure) failed.push(printable(`${boot.id} failed (${failure.stage}, ${failure.code}): ${failure.message}`));
      if (draw) redraw();
      else if (failure) line(`${failed.at(-1)} — ${counts()}`);
      else if (state === 'booted') line(`${boot.id} booted — ${counts()}`);
    },
    kept: (boot, machine) => void kept.set(boot.id, machine),
    gaveUp() {
      line('every boot of the first block failed; the other blocks are not tried');
    },
    deriving(step) {
      line(`working out ${step === 'report' ? 'the report' : `the ${step}`}`);
    },
    end() {
      if (ended) return;
      ended = true;
      clearInterval(ticker);
      draw?.clear();
      draw?.done();
      if (total > 0) {
        const mean = bootSeconds.reduce((sum, seconds) => sum + seconds, 0) / Math.max(1, bootSeconds.length);
        const cost = usdPerHour === undefined ? '' : `, about ${dollars(usdPerHour, settledMs)} by the list`;
        world.stderr.write(
          `${elapsed()}  ${settled} boots${failed.length ? `, ${failed.length} failed` : ''}; a boot took ${mean.toFixed(1)} s of this machine's time${cost}\n`,
        );
        if (draw) for (const text of failed.slice(0, 3)) world.stderr.write(`       ! ${text}\n`);
      }
      for (const [id, { reach }] of kept) world.stderr.write(`${id} runs on:  ${reach}\n`);
      for (const end of new Set([...kept.values()].map((machine) => machine.end)))
        world.stderr.write(`end them:  ${end}\n`);
    },
  };
}

const describeFleet = (facts: MachineFacts): string =>
  ['provider', 'accelerator', 'timing']
    .flatMap((key) => (facts[key] === undefined ? [] : [String(facts[key])]))
    .join(', ');

/** `0.40 USD`, of machines at `usdPerHour`. */
function dollars(usdPerHour: number, machineMs: number): string {
  const usd = (usdPerHour * machineMs) / 3_600_000;
  return usd > 0 && usd < 0.005 ? 'less than 0.01 USD' : `${usd.toFixed(2)} USD`;
}

/** `3:07`, or `1:02:03` from an hour on. */
function clock(durationMs: number): string {
  const seconds = Math.round(durationMs / 1000);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const [hours, minutes, rest] = parts.map((part) => String(part).padStart(2, '0'));
  return parts[0] ? `${Number(hours)}:${minutes}:${rest}` : `${Number(minutes)}:${rest}`;
}
