import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test as base, describe, expect } from 'vitest';
import { codeHost } from '../../src/code-hosts/code-host.ts';
import type { Check, CodeHost, HostRequest, Posting } from '../../src/model/code-host.ts';
import { realTimer } from '../support/timer.ts';
import { FORBIDDEN, type LoopbackGithub, loopbackGithub } from './loopback-github.ts';

/** The sticky comment, the check and the job's summary with a GitHub on loopback: real HTTP, octokit's own retries. */

const MARKER = '<!-- bench:local-deferral -->';
const COMMENTS = /^(GET|POST) \/repos\/team\/image\/issues\/7\/comments/;
const CHECK: Check = {
  name: 'bench: local-deferral',
  conclusion: 'failure',
  title: 'slower',
  summary: 'text',
  annotations: [{ path: 'scenarios/x.yaml', line: 1, level: 'failure', title: 'node.ready', message: 'slower' }],
};

const NAMED: HostRequest = { repository: 'team/image', pullRequest: 7 };

/** Each test has its own GitHub: they mostly wait, so they run concurrently. */
const test = base.extend<{ github: LoopbackGithub; host: CodeHost; folder: string }>({
  github: async ({ task: _ }, use) => {
    const github = await loopbackGithub();
    await use(github);
    await github.close();
  },
  host: async ({ github }, use) => use(await hostOf(github, NAMED)),
  folder: async ({ task: _ }, use) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'bench-hosts-'));
    await use(folder);
    await rm(folder, { recursive: true });
  },
});

function hostOf(github: LoopbackGithub, request: HostRequest, environment: Record<string, string> = {}) {
  const given = { GITHUB_TOKEN: 'secret', GITHUB_API_URL: github.url, ...environment };
  return codeHost(request, { environment: given, timer: realTimer });
}

async function hostOfEvent(github: LoopbackGithub, folder: string, event: unknown): Promise<CodeHost> {
  const file = path.join(folder, 'event.json');
  await writeFile(file, JSON.stringify(event));
  return hostOf(github, {}, { GITHUB_EVENT_PATH: file });
}

const never = new AbortController().signal;

async function post(host: CodeHost, body = 'first', signal = never): Promise<Posting> {
  if (!host.comment) throw new Error(`nothing to post to: ${host.missing}`);
  const write = (previous: string | undefined) =>
    `${MARKER}\n${body}${previous === undefined ? '' : `, was ${previous.length}`}`;
  const posting = await host.comment(MARKER, write, signal);
  if (!posting) throw new Error('it wrote nothing');
  return posting;
}

const bodies = (github: LoopbackGithub) => github.comments.map(({ body }) => body);
const asked = (github: LoopbackGithub) =>
  github.calls.map((call) => `${call.method} ${call.path.slice('/repos/team/image'.length)}`);

describe.concurrent('the sticky comment', () => {
  test('is created once, then edited in place from the body that it replaces', async ({ github, host }) => {
    expect(await post(host)).toEqual({
      kind: 'created',
      url: 'https://github.example/team/image/pull/7#issuecomment-1000',
    });
    const before = bodies(github)[0] ?? '';
    expect((await post(host, 'second')).kind).toBe('updated');
    expect(bodies(github)).toEqual([`${MARKER}\nsecond, was ${before.length}`]);
    expect(github.calls.every(({ authorization }) => authorization === 'token secret')).toBe(true);
  });

  test('is found behind hundreds of others, page by page', async ({ github, host }) => {
    for (let id = 1; id <= 250; id++) github.comments.push({ id, body: 'talk', user: { login: 'eve', type: 'User' } });
    await post(host);
    github.calls.length = 0;
    expect((await post(host, 'second')).kind).toBe('updated');
    expect(github.comments).toHaveLength(251);
    expect(asked(github).filter((call) => call.startsWith('GET'))).toHaveLength(3);
  });

  test('is not the comment of a person who wrote the marker, whom the token is not', async ({ github, host }) => {
    github.comments.push({ id: 1, body: `${MARKER}\nfaster!`, user: { login: 'eve', type: 'User' } });
    expect((await post(host)).kind).toBe('created');
    expect(bodies(github)[0]).toBe(`${MARKER}\nfaster!`);
  });

  test('does not touch that of another scenario, or a comment that quotes the marker', async ({ github, host }) => {
    const bot = { login: 'github-actions[bot]', type: 'Bot' };
    github.comments.push({ id: 1, body: '<!-- bench:local-deferral+other -->\ntext', user: bot });
    github.comments.push({ id: 2, body: `> ${MARKER}\n${MARKER}`, user: bot });
    expect((await post(host)).kind).toBe('created');
  });
});

describe.concurrent('a host in trouble', () => {
  test('that does not identify the author of a comment gets no second one', async ({ github, host }) => {
    github.comments.push({ id: 1, body: `${MARKER}\nfaster`, user: { login: 'me', type: 'User' } });
    for (let asked = 0; asked < 4; asked++) github.faults.push({ match: /^GET \S*\/user/, answer: { status: 500 } });
    await expect(post(host)).rejects.toThrow('GitHub could not be reached');
    expect(bodies(github)).toHaveLength(1);
  });

  test('that answers 502 and 503 for a while gets another request', async ({ github, host }) => {
    github.faults.push({ match: COMMENTS, answer: { status: 502 } }, { match: /^POST/, answer: { status: 503 } });
    expect((await post(host)).kind).toBe('created');
    expect(bodies(github)).toHaveLength(1);
  });

  test('that answers 502 but creates the comment has it once', async ({ github, host }) => {
    github.faults.push({ match: /^POST/, answer: { status: 502, afterwards: true } });
    expect((await post(host)).kind).toBe('updated');
    expect(bodies(github)).toHaveLength(1);
  });

  test('that limits the rate gets as long a pause as it asks for', async ({ github, host }) => {
    const message = 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.';
    const reset = String(Math.ceil(Date.now() / 1000));
    github.faults.push(
      { match: /^GET/, answer: { status: 403, body: { message }, headers: { 'retry-after': '1' } } },
      {
        match: /^POST/,
        answer: {
          status: 429,
          body: { message: 'API rate limit exceeded for installation.' },
          headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset },
        },
      },
    );
    const startedMs = performance.now();
    expect((await post(host)).kind).toBe('created');
    expect(performance.now() - startedMs).toBeGreaterThan(1_000);
    expect(asked(github)).toHaveLength(4);
  });

  test('whose rate limit lasts an hour does not hold the job for an hour', async ({ github, host }) => {
    const reset = String(Math.ceil(Date.now() / 1000) + 3600);
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset };
    github.faults.push({
      match: /^GET/,
      answer: { status: 403, body: { message: 'API rate limit exceeded' }, headers },
    });
    await expect(post(host)).rejects.toMatchObject({ kind: 'world', hint: expect.stringContaining('rate limit') });
  });

  test('that is unreachable is an environment failure, in one line', async ({ github }) => {
    const gone = await hostOf(github, NAMED, { GITHUB_API_URL: 'http://127.0.0.1:1' });
    await expect(post(gone)).rejects.toMatchObject({ kind: 'world', message: /^GitHub could not be reached/ });
  });

  test('gets no further wait once the caller aborts', async ({ github, host }) => {
    const caller = new AbortController();
    github.faults.push({ match: /^POST/, answer: { status: 502 } });
    const posting = post(host, 'first', caller.signal);
    setTimeout(() => caller.abort(new DOMException('interrupted', 'AbortError')), 300);
    await expect(posting).rejects.toMatchObject({ name: 'AbortError' });
    expect(bodies(github)).toEqual([]);
  });
});

describe.concurrent('what a token may not do', () => {
  test('is an answer where it may not write: that of a fork', async ({ github, host }) => {
    github.faults.push({ match: /^POST/, answer: FORBIDDEN });
    expect(await post(host)).toEqual({ kind: 'refused', reason: 'Resource not accessible by integration' });
    expect(asked(github)).toHaveLength(2);
  });

  test('is an error with a hint where the token is wrong, or the pull request is not there', async ({
    github,
    host,
  }) => {
    github.faults.push({ match: /^GET/, answer: { status: 401, body: { message: 'Bad credentials' } } });
    await expect(post(host)).rejects.toMatchObject({ kind: 'world', hint: expect.stringContaining('GITHUB_TOKEN') });
    const other = await hostOf(github, { repository: 'team/image', pullRequest: 8 });
    await expect(post(other)).rejects.toMatchObject({ kind: 'world', hint: expect.stringContaining('--pr') });
  });
});

describe.concurrent('the pull request', () => {
  const repository = { full_name: 'team/image' };
  const commented = async (github: LoopbackGithub, folder: string, event: unknown) => {
    const posting = await post(await hostOfEvent(github, folder, event));
    return [posting.kind, github.comments.length];
  };

  test('comes from a pull_request event', async ({ github, folder }) => {
    expect(
      await commented(github, folder, { repository, pull_request: { number: 7, head: { sha: 'c0ffee' } } }),
    ).toEqual(['created', 1]);
  });

  test('comes from a comment on it', async ({ github, folder }) => {
    expect(await commented(github, folder, { repository, issue: { number: 7, pull_request: { url: 'x' } } })).toEqual([
      'created',
      1,
    ]);
  });

  test('comes from a workflow_run that names it', async ({ github, folder }) => {
    const workflow_run = { head_sha: 'c0ffee', head_branch: 'fix', pull_requests: [{ number: 7 }] };
    expect(await commented(github, folder, { repository, workflow_run })).toEqual(['created', 1]);
  });

  test('of a fork, which a workflow_run does not name, is looked up by its branch and commit', async ({
    github,
    folder,
  }) => {
    github.pulls.push({ number: 8, head: { sha: 'older' } }, { number: 7, head: { sha: 'c0ffee' } });
    const head_repository = { owner: { login: 'eve' } };
    const workflow_run = { head_sha: 'c0ffee', head_branch: 'fix', head_repository, pull_requests: [] };
    expect(await commented(github, folder, { repository, workflow_run })).toEqual(['created', 1]);
  });

  test('is missing for an issue, a push, and where nothing is known; and the output says it', async ({
    github,
    folder,
  }) => {
    const missing = async (event: unknown) => (await hostOfEvent(github, folder, event)).missing;
    expect(await missing({ repository, issue: { number: 7 } })).toMatch(/pull request/);
    expect(await missing({ repository, after: 'c0ffee' })).toMatch(/pull request/);
    expect((await hostOf(github, {})).missing).toMatch(/repository/);
    expect((await hostOf(github, NAMED, { GITHUB_TOKEN: '' })).missing).toMatch(/token/);
  });

  test('cannot come from an invalid event', async ({ github, folder }) => {
    const file = path.join(folder, 'event.json');
    await writeFile(file, '{"pull_request": 7}');
    await expect(hostOf(github, {}, { GITHUB_EVENT_PATH: file })).rejects.toMatchObject({ kind: 'world' });
  });
});

describe.concurrent('a check', () => {
  test('is put beside the commit of the pull request, with its annotations', async ({ github, host }) => {
    expect(await host.check?.(CHECK, never)).toEqual({ kind: 'created', url: 'https://github.example/checks/1' });
    expect(github.checks).toMatchObject([
      {
        name: 'bench: local-deferral',
        head_sha: 'c0ffee7',
        status: 'completed',
        conclusion: 'failure',
        output: { annotations: [{ path: 'scenarios/x.yaml', start_line: 1, annotation_level: 'failure' }] },
      },
    ]);
  });

  test('needs no pull request, only a commit', async ({ github }) => {
    const pushed = await hostOf(github, { repository: 'team/image' }, { GITHUB_SHA: 'abc' });
    await pushed.check?.(CHECK, never);
    expect(github.checks).toMatchObject([{ head_sha: 'abc' }]);
  });
});

describe.concurrent('the summary of the job', () => {
  test('is appended to what other commands of the step wrote', async ({ github, folder }) => {
    const file = path.join(folder, 'summary');
    await writeFile(file, 'before\n');
    const { summarise } = await hostOf(github, {}, { GITHUB_STEP_SUMMARY: file });
    await summarise?.([{ text: '### one', file: '' }]);
    expect(await readFile(file, 'utf8')).toBe('before\n### one\n');
  });

  test('stays within the 1 MiB beyond which GitHub drops it whole, and reports it', async ({ github, folder }) => {
    const file = path.join(folder, 'summary');
    const { summarise } = await hostOf(github, {}, { GITHUB_STEP_SUMMARY: file });
    const text = 'x'.repeat(600_000);
    await summarise?.([
      { text, file: '' },
      { text, file: '' },
      { text: 'small', file: '' },
    ]);
    const written = await readFile(file, 'utf8');
    expect(written.length).toBeLessThanOrEqual(1024 * 1024);
    expect(written).toMatch(/^x+\nsmall\n\n\*The job summary/);
  });
});
