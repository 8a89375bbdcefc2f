/** The parts of GitHub's REST API that a comment and a check need: paging, limits and error messages included. */
import { type Answer, type Call, type Loopback, loopback } from './loopback.ts';

export interface GithubComment {
  readonly id: number;
  body: string;
  readonly user: { readonly login: string; readonly type: string };
}

export interface GithubIssue {
  readonly number: number;
  title: string;
  body: string;
  state: string;
  labels: string[];
}

export interface LoopbackGithub extends Loopback {
  readonly issues: GithubIssue[];
  readonly labels: string[];
  readonly comments: GithubComment[];
  readonly checks: Record<string, unknown>[];
  /** Pull requests that a listing by branch finds. */
  readonly pulls: { number: number; head: { sha: string } }[];
}

const COMMENT_LIMIT = 65_536;
const NOT_FOUND: Answer = { status: 404, body: { message: 'Not Found' } };

export const FORBIDDEN: Answer = { status: 403, body: { message: 'Resource not accessible by integration' } };

/** Repository `team/image`, pull request 7. */
export async function loopbackGithub(): Promise<LoopbackGithub> {
  const comments: GithubComment[] = [];
  const checks: Record<string, unknown>[] = [];
  const issues: GithubIssue[] = [];
  const labels: string[] = [];
  const pulls: LoopbackGithub['pulls'] = [];
  const bot = { login: 'github-actions[bot]', type: 'Bot' };
  let nextId = 1000;
  const address = (id: number) => `https://github.example/team/image/pull/7#issuecomment-${id}`;
  const tooLong = (body: unknown): Answer | undefined =>
    typeof body === 'string' && [...body].length <= COMMENT_LIMIT
      ? undefined
      : { status: 422, body: { message: 'Validation Failed: body is too long (maximum is 65536 characters)' } };

  const host = await loopback(({ method, path, body }, url) => {
    if (path === '/user') return FORBIDDEN;
    if (path === '/repos/team/image/issues/7/comments') {
      if (method === 'GET') return page(comments, url, host.url);
      const comment = { id: nextId++, body: String(body.body), user: bot };
      const refused = tooLong(body.body);
      if (refused) return refused;
      comments.push(comment);
      return { status: 201, body: { ...comment, html_url: address(comment.id) } };
    }
    const id = /^\/repos\/team\/image\/issues\/comments\/(\d+)$/.exec(path)?.[1];
    const comment = comments.find((one) => one.id === Number(id));
    if (comment && method === 'PATCH') {
      const refused = tooLong(body.body);
      if (refused) return refused;
      comment.body = String(body.body);
      return { status: 200, body: { ...comment, html_url: address(comment.id) } };
    }
    const tracked = trackedAnswer({ issues, labels }, { method, path, body }, url, host.url);
    if (tracked) return tracked;
    if (path === '/repos/team/image/check-runs' && method === 'POST') {
      checks.push(body);
      return { status: 201, body: { id: checks.length, html_url: `https://github.example/checks/${checks.length}` } };
    }
    if (path === '/repos/team/image/pulls') return { status: 200, body: pulls };
    if (path === '/repos/team/image/pulls/7') return { status: 200, body: { number: 7, head: { sha: 'c0ffee7' } } };
    return NOT_FOUND;
  });
  return { ...host, comments, checks, pulls, issues, labels };
}

/** Issues and labels: silently drops a label that does not exist, as GitHub does for users who may not set it. */
function trackedAnswer(
  { issues, labels }: Pick<LoopbackGithub, 'issues' | 'labels'>,
  { method, path, body }: Pick<Call, 'method' | 'path' | 'body'>,
  url: URL,
  base: string,
): Answer | undefined {
  const shown = (issue: GithubIssue) => ({
    ...issue,
    html_url: `https://github.example/team/image/issues/${issue.number}`,
  });
  if (path === '/repos/team/image/labels/bench')
    return labels.includes('bench') ? { status: 200, body: {} } : NOT_FOUND;
  if (path === '/repos/team/image/labels' && method === 'POST') {
    labels.push(String(body.name));
    return { status: 201, body: {} };
  }
  if (path === '/repos/team/image/issues' && method === 'GET') {
    const [label = '', state] = [url.searchParams.get('labels') ?? '', url.searchParams.get('state')];
    const found = issues.filter((issue) => issue.labels.includes(label) && (state === 'all' || issue.state === state));
    return page(found.map(shown), url, base);
  }
  if (path === '/repos/team/image/issues' && method === 'POST') {
    const asked = Array.isArray(body.labels) ? body.labels.map(String) : [];
    const issue = {
      number: 100 + issues.length,
      title: String(body.title),
      body: String(body.body),
      state: 'open',
      labels: asked.filter((name) => labels.includes(name)),
    };
    issues.push(issue);
    return { status: 201, body: shown(issue) };
  }
  const number = /^\/repos\/team\/image\/issues\/(\d+)$/.exec(path)?.[1];
  const issue = issues.find((one) => one.number === Number(number));
  if (!issue || method !== 'PATCH') return undefined;
  Object.assign(issue, body);
  return { status: 200, body: shown(issue) };
}

/** A page of a listing, and the link to the next one. */
function page(items: readonly unknown[], url: URL, base: string): Answer {
  const size = Number(url.searchParams.get('per_page') ?? 30);
  const number = Number(url.searchParams.get('page') ?? 1);
  const body = items.slice((number - 1) * size, number * size);
  const next = new URL(url.pathname + url.search, base);
  next.searchParams.set('page', String(number + 1));
  const isLast = number * size >= items.length;
  return { status: 200, body, headers: isLast ? {} : { link: `<${next.href}>; rel="next"` } };
}
