import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Alert } from '../../src/model/alert.ts';
import type { HistoryLine } from '../../src/model/history.ts';
import { folderHistory } from '../../src/store/history/folder.ts';
import { FORBIDDEN, type LoopbackGithub, loopbackGithub } from '../code-hosts/loopback-github.ts';
import { changeIn, confirmation, steppedHistory } from '../support/stepped-history.ts';
import { githubJob } from './job.ts';

const SECRET = 'between the two of us';
const { signal } = new AbortController();

let history: string;
let github: LoopbackGithub;
let hook: Hook;
beforeEach(async () => {
  history = mkdtempSync(`${tmpdir()}/alert-`);
  github = await loopbackGithub();
  hook = await startHook();
});
afterEach(async () => {
  await github.close();
  hook.close();
  rmSync(history, { recursive: true });
});

interface Hook {
  readonly url: string;
  /** Requests that it received, accepted or not. */
  readonly received: { readonly body: string; readonly headers: Readonly<Record<string, unknown>> }[];
  /** Statuses of its next answers; then 204. */
  readonly answers: number[];
  close(): void;
}

async function startHook(): Promise<Hook> {
  const received: Hook['received'] = [];
  const answers: number[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      received.push({ body, headers: request.headers });
      response.writeHead(answers.shift() ?? 204).end();
    });
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook/with-a-key`;
  return { url, received, answers, close: () => server.close() };
}

async function add(...lines: readonly HistoryLine[]): Promise<void> {
  for (const line of lines) await folderHistory(history).append(line, signal);
}

/** The job `alert` of nightly.yml. */
const alertJob = () =>
  githubJob('alert', [], {
    apiUrl: github.url,
    event: { schedule: '17 1 * * *', repository: { full_name: 'team/image' } },
    environment: { BENCH_HISTORY: history, BENCH_WEBHOOK: hook.url, BENCH_WEBHOOK_SECRET: SECRET },
  });

const nights = steppedHistory({ nights: 45, repairedFrom: 30 });
const [first, later] = [nights.slice(0, 30), nights.slice(30)];
const confirmed = confirmation(changeIn(first), 'confirmed');

describe('the job that alerts', () => {
  test('opens one issue for a confirmed change, leaves it alone, and closes it when the change is gone', async () => {
    await add(...first, confirmed);
    expect(await alertJob()).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/issue created .*webhook: sent\n$/s),
    });
    expect(github.issues).toMatchObject([
      { state: 'open', labels: ['bench'], title: expect.stringContaining('node.ready +9.8 %') },
    ]);
    const calls = github.calls.length;
    expect(await alertJob()).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/issue unchanged; webhook: sent before\n$/),
    });
    expect(github.calls.slice(calls).filter(({ method }) => method !== 'GET')).toEqual([]);
    await add(...later);
    expect((await alertJob()).code).toBe(0);
    expect(github.issues).toMatchObject([
      { state: 'closed', body: expect.stringContaining('It went away on 2026-01-31') },
    ]);
    expect(hook.received.map(({ body }) => JSON.parse(body).event)).toEqual(['confirmed', 'gone']);
  });

  test('sends nothing about inconclusive changes', async () => {
    await add(...first, confirmation(changeIn(first), 'inconclusive'));
    expect(await alertJob()).toMatchObject({ code: 0, stdout: '' });
    expect([github.calls.filter(({ method }) => method !== 'GET'), hook.received]).toEqual([[], []]);
  });

  test('signs its posts, identifies the delivery, and tries again when the receiver fails', async () => {
    await add(...first, confirmed);
    hook.answers.push(503);
    expect((await alertJob()).code).toBe(0);
    expect(hook.received).toHaveLength(2);
    for (const { body, headers } of hook.received) {
      expect(Alert.parse(JSON.parse(body))).toMatchObject({ event: 'confirmed' });
      expect(headers['x-bench-signature-256']).toBe(
        `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`,
      );
      expect(headers['x-bench-delivery']).toBe('confirmed%20nightly%2Fafter%2Fnode.ready%402026-01-16');
    }
  });

  test('reports a refusing receiver as an environment failure, hides its full address, and sends the alert again next time', async () => {
    await add(...first, confirmed);
    hook.answers.push(400);
    const { code, stderr } = await alertJob();
    expect(stderr).toMatch(/The webhook at http:\/\/127\.0\.0\.1:\d+ did not accept/);
    expect([code, stderr.includes('with-a-key')]).toEqual([3, false]);
    expect(await alertJob()).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('issue unchanged; webhook: sent'),
    });
    expect([github.issues.length, hook.received.length]).toEqual([1, 2]);
  });

  test('opens no second issue when the first answer got lost', async () => {
    await add(...first, confirmed);
    github.faults.push({ match: /^POST .*\/issues$/, answer: { status: 502, afterwards: true } });
    expect((await alertJob()).code).toBe(0);
    expect(github.issues).toHaveLength(1);
  });

  test('does not reopen an issue that people closed', async () => {
    await add(...first, confirmed);
    await alertJob();
    Object.assign(github.issues[0] ?? {}, { state: 'closed' });
    await alertJob();
    expect(github.issues).toMatchObject([{ state: 'closed' }]);
  });

  test('opens no issue when the token may not label, because it could not find that issue again', async () => {
    await add(...first, confirmed);
    github.faults.push({ match: /^POST .*\/labels$/, answer: FORBIDDEN });
    expect(await alertJob()).toMatchObject({ code: 3, stdout: expect.stringContaining('issues: write') });
    expect(github.issues).toEqual([]);
  });
});
