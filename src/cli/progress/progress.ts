/**
 * What a user sees on stderr while a run is in progress. On a terminal: one block of lines, redrawn. Elsewhere (a CI log): one plain line
 * per change, so that bench is never silent for longer than a boot.
 */
import { createLogUpdate } from 'log-update';
import type { CommandWatcher } from '../../stages/boot/watcher.ts';
import type { CliWorld } from '../world.ts';
import { closing, counts, logLine, picture, startText } from './drawing.ts';
import { begin, changed, kept, said, started } from './state.ts';

export interface Progress extends CommandWatcher {
  /** Folder of the run, once a user can resume it. */
  folder(): string | undefined;
  /** Leaves the last state on the screen and stops redrawing. */
  end(): void;
}

/** Enough redraws per second to show seconds passing. */
const REDRAW_EVERY_MS = 500;

export function progress({ stderr, environment, timer }: Pick<CliWorld, 'stderr' | 'environment' | 'timer'>): Progress {
  const live = stderr.isTTY === true && !environment.CI && environment.TERM !== 'dumb';
  const draw = live ? createLogUpdate(stderr) : undefined;
  let state = begin(timer.nowMs());
  let ended = false;
  const redraw = () => draw?.(picture(state, timer.nowMs()));
  const ticker = draw && setInterval(redraw, REDRAW_EVERY_MS);
  ticker?.unref();
  const line = (text: string) => {
    state = said(state, text);
    if (draw) redraw();
    else stderr.write(logLine(state, timer.nowMs()));
  };
  return {
    line,
    folder: () => state.folder,
    started(start) {
      state = started(state, start, timer.nowMs());
      line(startText(state, start, timer.nowMs()));
    },
    changed(boot, to, failure) {
      state = changed(state, { boot, state: to, failure }, timer.nowMs());
      if (draw) redraw();
      else if (failure) line(`${state.failed.at(-1)} — ${counts(state, timer.nowMs())}`);
      else if (to === 'booted') line(`${boot.id} booted — ${counts(state, timer.nowMs())}`);
    },
    kept(boot, machine) {
      state = kept(state, boot.id, machine);
    },
    gaveUp: () => line('every boot of the first block failed; skipping the other blocks'),
    deriving: (step) => line(`deriving the ${step}`),
    end() {
      if (ended) return;
      ended = true;
      clearInterval(ticker);
      draw?.clear();
      draw?.done();
      stderr.write(closing(state, timer.nowMs(), live));
    },
  };
}
