/**
 * Waits on the fleet's own clock when Azure makes us wait. After a throttled request (429) it waits as long as Azure says; after a
 * failed one (408, 5xx, a broken connection), a moment. The wait for a throttled subscription is not boot time. So this file
 * measures it, and the timeouts of a boot exclude it. It replaces the SDK's own retries, which sleep on another clock, in silence,
 * and only after a Retry-After.
 *
 *   request a   ---- 429, 20 min ..............| sent again
 *   request b        ---- of its kind: held ...| sent
 *   held             |<------------------------>|            (once, however many wait)
 */
import type { PipelinePolicy, PipelineRequest, PipelineResponse } from '@azure/core-rest-pipeline';
import type { Timer } from '../../../model/provider.ts';
import { retry } from '../../../model/retry.ts';
import { type Ms, ms } from '../../../model/units.ts';

/** Compute's windows are 3 and 30 min: a request that would wait longer fails. */
const HELD_AT_MOST_MS = 45 * 60_000;
/** The wait after a 429 that does not say how long. */
const UNSAID_MS = 5_000;
/** Some services respond with `Retry-After: 0` and refuse again at once. */
const SHORTEST_MS = 1_000;
/** After so many refusals the request fails. */
const REFUSED_AT_MOST = 30;
/** Shorter waits are too common to report. */
const TOLD_FROM_MS = 15_000;

/** Pauses after failed responses and broken connections. */
const BROKEN_PAUSES_MS = [1_000, 2_000, 4_000, 8_000, 16_000, 32_000];

export interface Throttling {
  readonly policy: PipelinePolicy;
  /** Time since then in which Azure made a request wait. */
  heldMs(since: Ms): Ms;
}

export function throttling(timer: Timer, say: (line: string) => void): Throttling {
  const held = stopwatch(timer);
  const clock = cloudClock(timer);
  const gates = new Map<string, number>();
  const waitAt = async (gate: string, signal: AbortSignal) => {
    for (let untilMs = gates.get(gate); untilMs !== undefined && untilMs > timer.nowMs(); untilMs = gates.get(gate))
      await held.during(() => timer.sleep(ms((untilMs ?? 0) - timer.nowMs()), signal));
  };
  const close = (gate: string, waitMs: Ms, response: PipelineResponse) => {
    const untilMs = timer.nowMs() + waitMs;
    if (waitMs >= TOLD_FROM_MS && untilMs > (gates.get(gate) ?? 0) + TOLD_FROM_MS)
      say(
        `Azure throttles ${gate}: waiting ${durationText(waitMs)}${whichLimit(response)}; boot times exclude this wait`,
      );
    gates.set(gate, Math.max(untilMs, gates.get(gate) ?? 0));
  };
  const policy: PipelinePolicy = {
    name: 'benchWaitForAzure',
    async sendRequest(request, next) {
      const { abortSignal } = request;
      const signal = abortSignal instanceof AbortSignal ? abortSignal : new AbortController().signal;
      const gate = gateOf(request);
      const endMs = timer.nowMs() + HELD_AT_MOST_MS;
      let broken = 0;
      let refused = 0;
      const send = async () => {
        await waitAt(gate, signal);
        const response = await next(request);
        clock.hear(response.headers.get('date'));
        if (response.status === 429 || isBroken(response)) throw new Unserved(response);
        return response;
      };
      const pauseAfter = (cause: unknown): Ms | undefined => {
        const response = cause instanceof Unserved ? cause.response : undefined;
        if (response?.status === 429) {
          const waitMs = Math.max(SHORTEST_MS, retryAfterMs(response, clock) ?? UNSAID_MS);
          if (++refused > REFUSED_AT_MOST || timer.nowMs() + waitMs > endMs) return undefined;
          close(gate, ms(waitMs), response);
          return ms(0);
        }
        const pauseMs = response || isBreak(cause) ? BROKEN_PAUSES_MS[broken++] : undefined;
        return pauseMs === undefined
          ? undefined
          : ms(Math.max(pauseMs, (response && retryAfterMs(response, clock)) ?? 0));
      };
      return retry(send, pauseAfter, timer, signal).catch((cause: unknown) => {
        if (cause instanceof Unserved) return cause.response;
        throw cause;
      });
    },
  };
  return { policy, heldMs: held.sinceMs };
}

/** A response that means: retry later. The caller gets it if waiting does not help. */
class Unserved extends Error {
  readonly response: PipelineResponse;
  constructor(response: PipelineResponse) {
    super(`answered ${response.status}`);
    this.response = response;
  }
}

/** The connection broke, which is worth another try. */
const isBreak = (cause: unknown): boolean =>
  /^(ECONNRESET|ETIMEDOUT|EPIPE|ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ESOCKETTIMEDOUT)$/.test(
    typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '',
  );

/** 501 and 505 are permanent. */
const isBroken = ({ status }: PipelineResponse): boolean =>
  status === 408 || (status >= 500 && status !== 501 && status !== 505);

/** Requests of one kind share a limit: the method, and the path without the names in it. */
function gateOf({ method, url }: PipelineRequest): string {
  const [, type = 'subscriptions'] = /\/providers\/([\w.]+\/[A-Za-z]+)/.exec(url) ?? [];
  return `${method} of ${/\/(operations|operationresults)\//i.test(url) ? 'operations' : type.split('/').at(-1)}`;
}

/** The time of day in the cloud, from Azure's responses: the clock of this computer may be wrong. */
function cloudClock(timer: Timer) {
  let heard: { readonly dateMs: Ms; readonly atMs: Ms } | undefined;
  return {
    hear(date: string | undefined): void {
      const dateMs = Date.parse(date ?? '');
      if (Number.isFinite(dateMs)) heard = { dateMs: ms(dateMs), atMs: timer.nowMs() };
    },
    /** Undefined until a response has had a date. */
    nowMs: (): number | undefined => heard && heard.dateMs + timer.nowMs() - heard.atMs,
  };
}

/** From the headers or the text. An HTTP date is relative to the date of its response, or of the last response that had one. */
function retryAfterMs({ headers, bodyAsText }: PipelineResponse, clock: ReturnType<typeof cloudClock>): Ms | undefined {
  for (const name of ['retry-after-ms', 'x-ms-retry-after-ms'])
    if (headers.has(name)) return ms(Number(headers.get(name))) || ms(0);
  const said = headers.get('retry-after');
  if (said !== undefined && /^\d{1,6}(\.\d{1,6})?$/.test(said.trim())) return ms(Number(said) * 1000);
  const dateMs = Date.parse(said ?? '') - (clock.nowMs() ?? Number.NaN);
  if (Number.isFinite(dateMs)) return ms(Math.max(0, dateMs));
  const inText = /after '?(\d{1,5})'? seconds/i.exec(bodyAsText ?? '')?.[1];
  return inText === undefined ? undefined : ms(Number(inText) * 1000);
}

const whichLimit = ({ bodyAsText }: PipelineResponse): string => {
  const limit = /\b((?:High|Low)Cost\w{1,40}|\w{1,40}(?:3|30)Min)\b/.exec(bodyAsText ?? '')?.[1];
  return limit === undefined ? '' : ` (${limit})`;
};

const durationText = (durationMs: Ms): string =>
  durationMs < 120_000 ? `${Math.round(durationMs / 1000)} s` : `${Math.round(durationMs / 6000) / 10} min`;

/** Measures the time in which any work ran; overlapping work counts once. */
function stopwatch(timer: Timer) {
  const over: { readonly fromMs: Ms; readonly toMs: Ms }[] = [];
  let going = 0;
  let fromMs = 0;
  return {
    async during(work: () => Promise<void>): Promise<void> {
      if (going++ === 0) fromMs = timer.nowMs();
      try {
        await work();
      } finally {
        if (--going === 0) over.push({ fromMs: ms(fromMs), toMs: timer.nowMs() });
      }
    },
    sinceMs(since: Ms): Ms {
      const all = going > 0 ? [...over, { fromMs, toMs: timer.nowMs() }] : over;
      return ms(all.reduce((sum, each) => sum + Math.max(0, each.toMs - Math.max(each.fromMs, since)), 0));
    },
  };
}
