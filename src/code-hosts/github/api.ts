/** GitHub's REST API by octokit: retries, rate limits, pages. Quiet and bounded; the signal ends it. */
import { Octokit } from '@octokit/core';
import { paginateRest } from '@octokit/plugin-paginate-rest';
import { retry } from '@octokit/plugin-retry';
import { throttling } from '@octokit/plugin-throttling';
import { ms } from '../../model/units.ts';
import { fetchAs } from '../../net/guarded-fetch.ts';
import { timeLimit } from '../../net/time-limit.ts';

/** One answer may take this long; GitHub itself gives up after 10 s. */
const ANSWER_WITHIN_MS = 30_000;

/** How long bench waits for a rate limit, and how often: it reports an hourly limit instead of blocking a CI job. */
const LONGEST_WAIT_S = 120;
const WAITS = 3;

const nothing = () => {};
const QUIET = { debug: nothing, info: nothing, warn: nothing, error: nothing };

export interface GithubAccess {
  readonly baseUrl: string;
  readonly token: string;
}

export type GithubApi = ReturnType<typeof githubApi>;

export function githubApi({ baseUrl, token }: GithubAccess, signal: AbortSignal) {
  const Api = Octokit.plugin(paginateRest, retry, throttling);
  const isWorthWaiting = (seconds: number, _request: object, _octokit: Octokit, waited: number) =>
    seconds <= LONGEST_WAIT_S && waited < WAITS;
  const ask = fetchAs('GitHub');
  return new Api({
    auth: token,
    baseUrl,
    userAgent: 'bootbench',
    log: QUIET,
    // Limits belong to a host, not to this process: a process with several hosts keeps them apart.
    throttle: { id: baseUrl, onRateLimit: isWorthWaiting, onSecondaryRateLimit: isWorthWaiting },
    request: {
      log: QUIET,
      fetch: (url: string, init: RequestInit) =>
        ask(url, { ...init, signal: AbortSignal.any([signal, timeLimit(ms(ANSWER_WITHIN_MS))]) }),
    },
  });
}
