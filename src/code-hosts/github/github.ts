/**
 * GitHub: the sticky comment of a pull request, a check run beside its commit, the summary of an Actions job. The user names the pull
 * request, or the event does. https://docs.github.com/en/rest/issues/comments, .../checks/runs
 */
import { readText } from '../../files/regular.ts';
import type { Check, CodeHost, HostRequest, HostWorld, Posting, WriteComment } from '../../model/code-host.ts';
import { messageOf, usageError, worldError } from '../../model/errors.ts';
import { isMarked, putSticky } from '../sticky.ts';
import { type GithubAccess, type GithubApi, githubApi } from './api.ts';
import { type EventTarget, targetOfEvent } from './event.ts';
import { explain, isNobodys, isOpen, refusal } from './failure.ts';
import { putTicket, type TicketWriter } from './issues.ts';
import { appendSummary } from './job-summary.ts';

/** Pages of 100 comments to search; bench does not see older ones. */
const PAGES = 30;

type Repository = { readonly owner: string; readonly repo: string };
type Target = Repository & Pick<EventTarget, 'number' | 'sha' | 'head'>;

export async function githubHost(request: HostRequest, world: HostWorld): Promise<CodeHost> {
  const { environment } = world;
  const target = await targetOf(request, environment);
  const token = environment.GITHUB_TOKEN || environment.GH_TOKEN;
  const summaryFile = environment.GITHUB_STEP_SUMMARY;
  const host = {
    name: 'GitHub',
    jobUrl: jobUrl(environment),
    ...(summaryFile && {
      summarise: (pages: Parameters<typeof appendSummary>[1]) => appendSummary(summaryFile, pages),
    }),
  };
  if (!target) return { ...host, missing: 'a repository: --repo owner/name' };
  if (!token) return { ...host, missing: 'a token: GITHUB_TOKEN' };
  const access = { token, baseUrl: (environment.GITHUB_API_URL || 'https://api.github.com').replace(/\/+$/, '') };
  return {
    ...host,
    missing: hasPullRequest(target) ? undefined : 'a pull request: --pr 123',
    ...(hasPullRequest(target) && {
      comment: (marker: string, write: WriteComment, signal: AbortSignal) =>
        asked(access, signal, (api) => comment(api, target, { marker, write }, world, signal)),
    }),
    ticket: (marker: string, write: TicketWriter, signal: AbortSignal) =>
      asked(access, signal, (api) => putTicket(api, target, { marker, write }, world.timer, signal)),
    check: (check: Check, signal: AbortSignal) => asked(access, signal, (api) => postCheck(api, target, check)),
  };
}

const hasPullRequest = ({ number, head }: Target): boolean => number !== undefined || head !== undefined;

async function targetOf(request: HostRequest, environment: HostWorld['environment']): Promise<Target | undefined> {
  const event = await eventTarget(request, environment);
  const name = request.repository ?? event.repository ?? environment.GITHUB_REPOSITORY;
  if (name === undefined || name === '') return undefined;
  const [, owner, repo] = /^([\w.-]+)\/([\w.-]+)$/.exec(name) ?? [];
  if (!owner || !repo) throw usageError(`${JSON.stringify(name)} is not a repository.`, 'Write owner/name.');
  if (request.pullRequest !== undefined) return { owner, repo, number: request.pullRequest };
  return { owner, repo, ...event, sha: event.sha ?? environment.GITHUB_SHA };
}

/** A pull request named by hand overrides the event, which may then be about anything. */
async function eventTarget(request: HostRequest, environment: HostWorld['environment']): Promise<EventTarget> {
  const file = environment.GITHUB_EVENT_PATH;
  if (!file || (request.pullRequest !== undefined && request.repository !== undefined)) return {};
  try {
    return targetOfEvent(await readText(file));
  } catch (cause) {
    throw worldError(
      `The event in ${file} (GITHUB_EVENT_PATH) cannot be read: ${messageOf(cause)}`,
      'Name the pull request: --repo owner/name --pr 123.',
      cause,
    );
  }
}

/** The page of the job, which lists its artifacts. */
function jobUrl({ GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_RUN_ID }: HostWorld['environment']): string | undefined {
  if (!GITHUB_REPOSITORY || !GITHUB_RUN_ID) return undefined;
  return `${GITHUB_SERVER_URL || 'https://github.com'}/${GITHUB_REPOSITORY}/actions/runs/${GITHUB_RUN_ID}`;
}

/** A token without the right to write is a result; any other failure is an error that says what to do. */
async function asked<T>(
  access: GithubAccess,
  signal: AbortSignal,
  ask: (api: GithubApi) => Promise<T>,
): Promise<T | Extract<Posting, { kind: 'refused' }>> {
  try {
    return await ask(githubApi(access, signal));
  } catch (error) {
    signal.throwIfAborted();
    const reason = refusal(error);
    if (reason !== undefined) return { kind: 'refused', reason };
    throw explain(error);
  }
}

interface Sticky {
  readonly marker: string;
  readonly write: WriteComment;
}

async function comment(
  api: GithubApi,
  target: Target,
  { marker, write }: Sticky,
  { timer }: HostWorld,
  signal: AbortSignal,
): Promise<Posting | undefined> {
  const { owner, repo } = target;
  const issue = { owner, repo, issue_number: target.number ?? (await pullRequestOf(api, target)).number };
  return putSticky(
    {
      find: () => findComment(api, issue, marker),
      create: async (body) => {
        const request = { ...issue, body, request: { retries: 0 } };
        const { data } = await api.request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', request);
        return data.html_url;
      },
      update: async ({ id }, body) => {
        const request = { owner, repo, comment_id: id, body };
        const { data } = await api.request('PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}', request);
        return data.html_url;
      },
      isOpen,
    },
    write,
    timer,
    signal,
  );
}

/** Finds a fork's pull request by the branch it comes from; of several, the one at the tested commit. */
async function pullRequestOf(api: GithubApi, { owner, repo, head, sha }: Target) {
  const { data } = await api.request('GET /repos/{owner}/{repo}/pulls', {
    owner,
    repo,
    state: 'open',
    ...(head !== undefined && { head }),
    per_page: 100,
  });
  const found = data.find((pull) => pull.head.sha === sha) ?? data[0];
  if (found === undefined) {
    throw worldError(`${owner}/${repo} has no open pull request from ${head}.`, 'Name it: --pr 123.');
  }
  return found;
}

async function findComment(api: GithubApi, issue: Repository & { readonly issue_number: number }, marker: string) {
  const listing = { ...issue, per_page: 100 };
  const pages = api.paginate.iterator('GET /repos/{owner}/{repo}/issues/{issue_number}/comments', listing);
  let page = 0;
  for await (const { data } of pages) {
    for (const { id, body = '', user } of data) {
      if (isMarked(body, marker) && (await isOurs(api, user))) return { id, body };
    }
    page += 1;
    if (page === PAGES) break;
  }
  return undefined;
}

/**
 * Any user can begin a comment with the marker, and could then edit the verdict in it. So the comment of a person is ours only if the token
 * belongs to that person. The token of a job belongs to no person, and a bot owns its comments.
 */
async function isOurs(api: GithubApi, user: { readonly type?: string; readonly login: string } | null | undefined) {
  if (user?.type !== 'User') return true;
  return (await ownLogin(api)) === user.login;
}

/** Undefined if the token is no person's, which GitHub reports with 401 or 403. Any other failure does not tell whose comment it is. */
async function ownLogin(api: GithubApi): Promise<string | undefined> {
  try {
    const { data } = await api.request('GET /user');
    return data.login;
  } catch (error) {
    if (isNobodys(error)) return undefined;
    throw error;
  }
}

async function postCheck(api: GithubApi, target: Target, check: Check): Promise<Posting> {
  const { owner, repo } = target;
  const { data } = await api.request('POST /repos/{owner}/{repo}/check-runs', {
    owner,
    repo,
    name: check.name,
    head_sha: await headOf(api, target),
    status: 'completed',
    conclusion: check.conclusion,
    output: {
      title: check.title,
      summary: check.summary,
      annotations: check.annotations.map(({ path, line, level, title, message }) => ({
        path,
        start_line: line,
        end_line: line,
        annotation_level: level,
        title,
        message,
      })),
    },
  });
  return { kind: 'created', url: data.html_url ?? undefined };
}

/** The commit of the pull request itself: the job's commit may be a merge that no user sees. */
async function headOf(api: GithubApi, { owner, repo, number, sha }: Target): Promise<string> {
  if (sha !== undefined) return sha;
  if (number === undefined) throw usageError('A check run needs a commit or a pull request.', 'Name one: --pr 123.');
  const { data } = await api.request('GET /repos/{owner}/{repo}/pulls/{pull_number}', {
    owner,
    repo,
    pull_number: number,
  });
  return data.head.sha;
}
