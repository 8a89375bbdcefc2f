import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test as base, describe, expect } from 'vitest';
import { FORBIDDEN, type LoopbackGithub, loopbackGithub } from '../code-hosts/loopback-github.ts';
import { syntheticRun } from '../support/synthetic-run.ts';

/** `bench comment` as a CI job runs it: the built bundle in its own process, GitHub on loopback. */

interface Job {
  readonly github: LoopbackGithub;
  readonly cwd: string;
  bench(args: readonly string[], environment?: Record<string, string>): Promise<Ended>;
}

type Ended = { readonly status: number | null; readonly stdout: string; readonly stderr: string };

const BENCH = path.resolve('dist/bench.js');

const test = base.extend<{ job: Job }>({
  job: async ({ task: _ }, use) => {
    const github = await loopbackGithub();
    const cwd = mkdtempSync(path.join(tmpdir(), 'comment-'));
    const event = path.join(cwd, 'event.json');
    writeFileSync(
      event,
      JSON.stringify({ repository: { full_name: 'team/image' }, pull_request: { number: 7, head: { sha: 'c0ffee' } } }),
    );
    const job = {
      PATH: process.env.PATH ?? '',
      HOME: cwd,
      CI: 'true',
      GITHUB_TOKEN: 'secret',
      GITHUB_API_URL: github.url,
      GITHUB_EVENT_PATH: event,
      GITHUB_STEP_SUMMARY: path.join(cwd, 'step-summary.md'),
      GITHUB_SERVER_URL: 'https://github.example',
      GITHUB_REPOSITORY: 'team/image',
      GITHUB_RUN_ID: '99',
    };
    const bench: Job['bench'] = (args, environment = {}) =>
      new Promise((resolve) => {
        const child = spawn(process.execPath, [BENCH, ...args], { cwd, env: { ...job, ...environment } });
        const text = { stdout: '', stderr: '' };
        child.stdout.on('data', (chunk) => {
          text.stdout += chunk;
        });
        child.stderr.on('data', (chunk) => {
          text.stderr += chunk;
        });
        child.on('close', (status) => resolve({ status, ...text }));
      });
    await use({ github, cwd, bench });
    await github.close();
    rmSync(cwd, { recursive: true });
  },
});

/** A folder as `compare` takes it: nothing but samples. Each `name` is another run, because it is also the scenario's hash. */
function runOf(cwd: string, name: string, scenario = 'local-deferral', slowerBySeconds = 1.9): string {
  const { samples } = syntheticRun({ slowerBySeconds, blocks: 8, metrics: 3 });
  mkdirSync(path.join(cwd, name));
  writeFileSync(path.join(cwd, name, 'samples.json'), JSON.stringify({ ...samples, scenario, scenarioSha256: name }));
  return name;
}

const NO_JOB = { GITHUB_EVENT_PATH: '', GITHUB_STEP_SUMMARY: '', GITHUB_REPOSITORY: '', GITHUB_TOKEN: '' };

describe.concurrent('bench comment', () => {
  test('--only-failures makes no comment while nothing fails, and updates an existing one', async ({ job }) => {
    const fine = await job.bench(['comment', runOf(job.cwd, 'fine', 'local-deferral', 0), '--only-failures']);
    expect(fine).toEqual({ status: 0, stdout: '', stderr: 'bench: no gate failed: no comment posted\n' });
    expect(job.github.comments).toEqual([]);
    const slower = await job.bench(['comment', runOf(job.cwd, 'slower'), '--only-failures']);
    expect(slower.stdout).toMatch(/^comment created/);
    const repaired = await job.bench(['comment', runOf(job.cwd, 'repaired', 'local-deferral', 0), '--only-failures']);
    expect(repaired.stdout).toMatch(/^comment updated/);
    expect(job.github.comments).toHaveLength(1);
    // The job summary lists every run, whatever its result.
    expect(readFileSync(path.join(job.cwd, 'step-summary.md'), 'utf8').match(/^#+ /gm)?.length).toBeGreaterThanOrEqual(
      3,
    );
  });

  test('posts, edits in place, and folds the previous run under the new one', async ({ job }) => {
    const first = await job.bench(['comment', runOf(job.cwd, 'first')]);
    expect(first).toEqual({
      status: 0,
      stdout: 'comment created: https://github.example/team/image/pull/7#issuecomment-1000\n',
      stderr: '',
    });
    expect(job.github.comments[0]?.body).toMatch(/^<!-- bench:local-deferral -->\n/);
    expect(job.github.comments[0]?.body).toContain('[Full report](https://github.example/team/image/actions/runs/99)');
    const second = await job.bench([
      'comment',
      runOf(job.cwd, 'second', 'local-deferral', 0),
      '--report-url',
      'https://x.example/r',
    ]);
    expect(second.stdout).toMatch(/^comment updated/);
    const [comment, ...others] = job.github.comments;
    expect(others).toEqual([]);
    expect(comment?.body).toContain('[Full report](https://x.example/r)');
    expect(comment?.body).toMatch(/<summary>Earlier runs \(1\)<\/summary>\n\n- first: ▲ slower/);
  });

  test('shows the same in the job summary', async ({ job }) => {
    await job.bench(['comment', runOf(job.cwd, 'first')]);
    const summary = readFileSync(path.join(job.cwd, 'step-summary.md'), 'utf8');
    expect(summary).toMatch(/^### ▲ Slower/);
    expect(summary).toBe(`${readFileSync(path.join(job.cwd, 'first', 'summary.md'), 'utf8')}\n`);
  });

  test('puts several runs into one comment, the verdicts of all before the details of any', async ({ job }) => {
    const runs = [runOf(job.cwd, 'one', 'kata'), runOf(job.cwd, 'two', 'plain', 0)];
    expect((await job.bench(['comment', ...runs, '--check'])).status).toBe(0);
    const body = job.github.comments[0]?.body ?? '';
    expect(body).toMatch(/^<!-- bench:kata\+plain -->\n/);
    expect(body.indexOf('· plain')).toBeLessThan(body.indexOf('<summary>How this was measured'));
    expect(job.github.checks.map(({ name }) => name)).toEqual(['bench: kata', 'bench: plain']);
  });

  test('of a fork, whose token may not write, is in the summary of the job, and the job continues', async ({ job }) => {
    job.github.faults.push({ match: /^POST/, answer: FORBIDDEN });
    const { status, stdout, stderr } = await job.bench(['comment', runOf(job.cwd, 'first')]);
    expect([status, stdout]).toEqual([0, '']);
    expect(stderr).toMatch(/^bench: GitHub refused the comment \(Resource not accessible by integration\).*summary/);
    expect(readFileSync(path.join(job.cwd, 'step-summary.md'), 'utf8')).toMatch(/^### ▲ Slower/);
  });

  test('exits with an environment failure when GitHub refuses and there is no job summary', async ({ job }) => {
    job.github.faults.push({ match: /^POST/, answer: FORBIDDEN });
    const arguments_ = ['comment', runOf(job.cwd, 'first'), '--repo', 'team/image', '--pr', '7'];
    const { status, stdout, stderr } = await job.bench(arguments_, { ...NO_JOB, GITHUB_TOKEN: 'secret' });
    expect(status).toBe(3);
    expect(stdout).toMatch(/^<!-- bench:local-deferral -->\n/);
    expect(stderr).toContain('pull-requests: write');
  });

  test('prints the comment without a pull request, or when the user asks for it', async ({ job }) => {
    const run = runOf(job.cwd, 'first');
    const alone = await job.bench(['comment', run], NO_JOB);
    const told = await job.bench(['comment', run, '--print']);
    expect(alone).toEqual({ status: 0, stdout: told.stdout, stderr: '' });
    expect(told.stdout).toMatch(/^<!-- bench:local-deferral -->\n/);
    expect(job.github.calls).toEqual([]);
  });

  test('prints what it posted as JSON', async ({ job }) => {
    const { stdout } = await job.bench(['comment', runOf(job.cwd, 'first'), '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ comment: { kind: 'created' }, checks: [], summarised: true });
  });

  test('asks for a token when the user names a pull request', async ({ job }) => {
    const run = runOf(job.cwd, 'first');
    const { status, stderr } = await job.bench(['comment', run, '--repo', 'a/b', '--pr', '1'], NO_JOB);
    expect(status).toBe(2);
    expect(stderr).toContain('GITHUB_TOKEN');
  });
});
