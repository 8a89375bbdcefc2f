import { test as base, describe, expect } from 'vitest';
import { codeHost } from '../../src/code-hosts/code-host.ts';
import type { CodeHost, Posting } from '../../src/model/code-host.ts';
import { realTimer } from '../support/timer.ts';
import { type Loopback, loopback } from './loopback.ts';

/** The thread on a pull request of Azure Repos, with a loopback service that answers as the reference of the real one says. */

interface Comment {
  id: number;
  content: string;
  commentType: string;
  author: { id: string };
}

interface AzureDevops extends Loopback {
  readonly threads: { id: number; status: string; comments: Comment[] }[];
  readonly statuses: Record<string, unknown>[];
}

const PULL = '/team/image project/_apis/git/repositories/repo-id/pullRequests/7';
const MARKER = '<!-- bench:local-deferral -->';

async function azureDevops(): Promise<AzureDevops> {
  const threads: AzureDevops['threads'] = [];
  const statuses: AzureDevops['statuses'] = [];
  const host = await loopback(({ method, path, body, authorization }, url) => {
    if (authorization !== 'Bearer secret') return { status: 401 };
    const isIdentity = path === '/team/_apis/connectionData';
    if (url.searchParams.get('api-version') !== (isIdentity ? '7.1-preview' : '7.1'))
      return { status: 400, body: { message: 'no api-version' } };
    if (isIdentity) return { status: 200, body: { authenticatedUser: { id: 'build-service' } } };
    if (path === `${PULL}/threads` && method === 'GET')
      return { status: 200, body: { value: threads, count: threads.length } };
    if (path === `${PULL}/threads` && method === 'POST') {
      const comments = body.comments as Pick<Comment, 'content' | 'commentType'>[];
      const thread = {
        id: threads.length + 1,
        status: String(body.status),
        comments: comments.map((comment, index) => ({ ...comment, id: index + 1, author: { id: 'build-service' } })),
      };
      threads.push(thread);
      return { status: 200, body: thread };
    }
    const [, thread, comment] = /\/threads\/(\d+)\/comments\/(\d+)$/.exec(path) ?? [];
    const found = threads.find(({ id }) => id === Number(thread))?.comments.find(({ id }) => id === Number(comment));
    if (method === 'PATCH' && found) {
      found.content = String(body.content);
      return { status: 200, body: found };
    }
    if (path === `${PULL}/statuses` && method === 'POST') {
      statuses.push(body);
      return { status: 200, body };
    }
    return { status: 404, body: { message: 'not found' } };
  });
  return { ...host, threads, statuses };
}

const test = base.extend<{ azure: AzureDevops }>({
  azure: async ({ task: _ }, use) => {
    const azure = await azureDevops();
    await use(azure);
    await azure.close();
  },
});

function hostOf(azure: AzureDevops, environment: Record<string, string> = {}): Promise<CodeHost> {
  const given = {
    TF_BUILD: 'True',
    SYSTEM_COLLECTIONURI: `${azure.url}/team/`,
    SYSTEM_TEAMPROJECT: 'image project',
    SYSTEM_PULLREQUEST_PULLREQUESTID: '7',
    SYSTEM_ACCESSTOKEN: 'secret',
    BUILD_REPOSITORY_ID: 'repo-id',
    BUILD_BUILDID: '42',
    ...environment,
  };
  return codeHost({}, { environment: given, timer: realTimer });
}

const never = new AbortController().signal;

async function post(host: CodeHost, body: string): Promise<Posting> {
  if (!host.comment) throw new Error(`nothing to post to: ${host.missing}`);
  const write = (previous: string | undefined) => `${MARKER}\n${body}${previous === undefined ? '' : ' again'}`;
  const posting = await host.comment(MARKER, write, never);
  if (!posting) throw new Error('it wrote nothing');
  return posting;
}

const contents = (azure: AzureDevops) =>
  azure.threads.flatMap(({ comments }) => comments.map(({ content }) => content));

describe.concurrent('Azure DevOps', () => {
  test('has one closed thread per marker, edited in place', async ({ azure }) => {
    const host = await hostOf(azure);
    await post(host, 'talk');
    const thread = azure.threads[0];
    if (thread?.comments[0]) thread.comments[0].content = 'another thread';
    const page = `${azure.url}/team/image%20project/_git/repo-id/pullrequest/7`;
    expect(await post(host, 'first')).toEqual({ kind: 'created', url: page });
    expect(await post(host, 'second')).toEqual({ kind: 'updated', url: page });
    expect(contents(azure)).toEqual(['another thread', `${MARKER}\nsecond again`]);
    expect(azure.threads.map(({ status }) => status)).toEqual(['closed', 'closed']);
  });

  test('keeps the thread of another user who wrote the marker', async ({ azure }) => {
    const forged = { id: 1, content: `${MARKER}\nforged`, commentType: 'text', author: { id: 'eve' } };
    azure.threads.push({ id: 1, status: 'active', comments: [forged] });
    const host = await hostOf(azure);
    expect((await post(host, 'first')).kind).toBe('created');
    expect((await post(host, 'second')).kind).toBe('updated');
    expect(contents(azure)).toEqual([`${MARKER}\nforged`, `${MARKER}\nsecond again`]);
  });

  test('gets a retry after an outage, and has the comment once', async ({ azure }) => {
    azure.faults.push(
      { match: /^GET/, answer: { status: 503, headers: { 'retry-after': '1' } } },
      { match: /^GET/, answer: { status: 429, headers: { 'retry-after': '1' } } },
      { match: /^POST/, answer: { status: 500, afterwards: true } },
    );
    const startedMs = performance.now();
    expect((await post(await hostOf(azure), 'first')).kind).toBe('updated');
    expect(performance.now() - startedMs).toBeGreaterThan(2_000);
    expect(contents(azure)).toHaveLength(1);
  });

  test('refuses if its build service may not comment, and reports a wrong token', async ({ azure }) => {
    azure.faults.push({ match: /^POST/, answer: { status: 403 } });
    expect(await post(await hostOf(azure), 'first')).toMatchObject({ kind: 'refused' });
    const wrong = hostOf(azure, { SYSTEM_ACCESSTOKEN: 'wrong' });
    await expect(post(await wrong, 'first')).rejects.toMatchObject({
      kind: 'world',
      hint: expect.stringContaining('SYSTEM_ACCESSTOKEN'),
    });
  });

  test('receives a check as a status of the pull request', async ({ azure }) => {
    const { check } = await hostOf(azure);
    await check?.(
      { name: 'bench: x', conclusion: 'neutral', title: 't'.repeat(300), summary: '', annotations: [] },
      never,
    );
    expect(azure.statuses).toEqual([
      {
        state: 'notApplicable',
        description: 't'.repeat(256),
        context: { name: 'bench: x', genre: 'bench' },
        targetUrl: `${azure.url}/team/image%20project/_build/results?buildId=42&view=artifacts`,
      },
    ]);
  });

  test('uploads summaries by an agent command, whatever their path', async ({ azure }) => {
    const { summarise } = await hostOf(azure, { SYSTEM_PULLREQUEST_PULLREQUESTID: '' });
    expect(await summarise?.([{ text: 'x', file: '/agent/a;b]%/summary.md' }])).toEqual([
      '##vso[task.uploadsummary]/agent/a%3Bb%5D%AZP25/summary.md',
    ]);
  });

  test('says what a comment lacks', async ({ azure }) => {
    expect((await hostOf(azure, { SYSTEM_PULLREQUEST_PULLREQUESTID: '' })).missing).toMatch(/--pr/);
    expect((await hostOf(azure, { SYSTEM_ACCESSTOKEN: '' })).missing).toMatch(/SYSTEM_ACCESSTOKEN/);
    expect((await hostOf(azure, { BUILD_REPOSITORY_ID: '' })).missing).toMatch(/variables/);
  });
});
