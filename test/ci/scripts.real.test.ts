import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { toJson } from '../../src/model/json.ts';
import { folderHistory } from '../../src/store/history/folder.ts';
import { runFolder } from '../../src/store/run-folder.ts';
import { type LoopbackGithub, loopbackGithub } from '../code-hosts/loopback-github.ts';
import { bootedRun } from '../support/booted-run.ts';
import { startGitServer } from '../support/git-server.ts';
import { changeIn, steppedHistory } from '../support/stepped-history.ts';
import { HOSTILE, syntheticRun } from '../support/synthetic-run.ts';
import { actionJob, forkRunEvent, githubJob, pullRequestEvent } from './job.ts';

let folder: string;
let github: LoopbackGithub;
beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'ci-'));
  github = await loopbackGithub();
  github.pulls.push({ number: 7, head: { sha: 'c0ffee7' } });
});
afterEach(async () => {
  await github.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The artifact that a pull request's job uploaded. */
function artifact(hostile?: string): string {
  const { run, samples } = syntheticRun({ blocks: 8, slowerBySeconds: 2, ...(hostile !== undefined && { hostile }) });
  mkdirSync(path.join(folder, 'artifact'));
  writeFileSync(path.join(folder, 'artifact/run.json'), toJson(run));
  writeFileSync(path.join(folder, 'artifact/samples.json'), toJson(samples));
  return path.join(folder, 'artifact');
}

const comment = (from: string) =>
  githubJob('comment', [from], {
    apiUrl: github.url,
    event: forkRunEvent,
    environment: { BENCH_REPORT_URL: 'https://github.example/team/image/actions/runs/41' },
  });

describe('the job that comments on the upload of a pull request', () => {
  test('finds the pull request of a fork, comments once, and edits its comment the next time', async () => {
    const from = artifact();
    const first = await comment(from);
    expect([first.code, first.stderr]).toEqual([0, '']);
    expect(github.comments).toHaveLength(1);
    expect(github.comments[0]?.body).toMatch(
      /^<!-- bench:.*Slower.*\(https:\/\/github\.example\/team\/image\/actions\/runs\/41\)/s,
    );
    expect((await comment(from)).code).toBe(0);
    expect(github.comments).toHaveLength(1);
    expect(first.summary).toContain('Slower');
  });

  test('puts no markup of the artifact into the comment', async () => {
    expect((await comment(artifact(HOSTILE))).code).toBe(0);
    expect(github.comments[0]?.body).not.toMatch(/<script|<img|@everyone|\]\(javascript/);
  });

  test.each([
    [
      'a link in place of a file',
      (at: string) => {
        rmSync(`${at}/samples.json`);
        symlinkSync('/etc/passwd', `${at}/samples.json`);
      },
      /no plain file samples\.json/,
    ],
    ['a file that is missing', (at: string) => rmSync(`${at}/run.json`), /no plain file run\.json/],
    ['a file without an end', (at: string) => truncateSync(`${at}/samples.json`, 1 << 26), /larger than/],
    [
      'what is no samples.json',
      (at: string) => writeFileSync(`${at}/samples.json`, '{"schema":"bench/samples@1"}'),
      /samples\.json at /,
    ],
  ])('posts nothing for %s', async (_, damage, complaint) => {
    const from = artifact();
    damage(from);
    const { code, stderr } = await comment(from);
    expect(stderr).toMatch(complaint);
    expect([code !== 0, github.comments.length]).toEqual([true, 0]);
  });
});

describe('the job that judges shards', () => {
  const judge = (names: readonly string[], environment: Readonly<Record<string, string>> = {}) =>
    githubJob('judge', [path.join(folder, 'whole'), ...names.map((name) => path.join(folder, name))], {
      apiUrl: github.url,
      event: pullRequestEvent,
      environment,
    });
  beforeEach(async () => {
    for (const index of [1, 2])
      await bootedRun(runFolder(path.join(folder, `shard-${index}`)), { index, count: 2 }, index);
  });

  test('merges them and comments on the whole run', async () => {
    const { code, stdout } = await judge(['shard-1', 'shard-2'], { BENCH_INPUT_COMMENT: 'true' });
    expect(stdout).toMatch(/6 blocks/);
    expect(code).toBe(0);
    expect(github.comments[0]?.body).toMatch(/^<!-- bench:sharded -->/);
  });

  test('refuses to judge an incomplete set, and posts no comment', async () => {
    const { code, stderr } = await judge(['shard-2'], { BENCH_INPUT_COMMENT: 'true' });
    expect(stderr).toMatch(/Missing: shard 1\/2\./);
    expect([code, github.comments.length]).toEqual([2, 0]);
  });

  test('uses the newest of several attempts at a shard', async () => {
    for (const attempt of [1, 2, 10]) {
      const at = path.join(folder, `shard-1-${attempt}`);
      await bootedRun(runFolder(at), { index: 1, count: 2 }, attempt);
      if (attempt !== 10) rmSync(path.join(at, 'run.json'));
    }
    const { code, stderr } = await judge(['shard-1-1', 'shard-1-2', 'shard-1-10', 'shard-2']);
    expect([code, stderr]).toEqual([0, '']);
  });

  test('writes the gates as test results, and fails the job with the headline of the comparison', async () => {
    const junit = path.join(folder, 'junit.xml');
    const { code, stdout } = await judge(['shard-1', 'shard-2'], {
      BENCH_JUNIT: junit,
      BENCH_INPUT_REQUIRE_VERDICT: 'true',
    });
    expect(readFileSync(junit, 'utf8')).toMatch(/<testsuite /);
    expect([code, stdout]).toEqual([
      4,
      expect.stringMatching(
        /^::error title=bench%3A inconclusive%2C and a verdict was required \(exit 4\)::\S+ INCONCLUSIVE/m,
      ),
    ]);
  });

  test('exits with 4 for an inconclusive result where the job requires a verdict', async () => {
    const { code, stdout } = await judge(['shard-1', 'shard-2'], { BENCH_INPUT_REQUIRE_VERDICT: 'true' });
    expect([/INCONCLUSIVE/.test(stdout), code]).toEqual([true, 4]);
  });
});

describe('the job at the end of a night', () => {
  test('adds every complete scenario to the history, names incomplete ones, and requests confirmation of new changes', async () => {
    const [artifacts, site, history] = ['artifacts', 'site', 'history'].map((name) => path.join(folder, name)) as [
      string,
      string,
      string,
    ];
    const { signal } = new AbortController();
    const nights = steppedHistory();
    for (const line of nights) await folderHistory(history).append(line, signal);
    for (const index of [1, 2])
      await bootedRun(runFolder(`${artifacts}/bench-sharded-${index}-2`), { index, count: 2 }, index);
    await bootedRun(runFolder(`${artifacts}/bench-torn-2-2`), { index: 2, count: 2 }, 0, 'torn');
    mkdirSync(`${artifacts}/bench-of-nothing`);
    const event = { schedule: '17 1 * * *' };
    const environment = { BENCH_HISTORY: history };
    const { code, stderr, outputs } = await githubJob('history', [artifacts, site], {
      apiUrl: github.url,
      event,
      environment,
    });
    expect([code, stderr]).toEqual([2, expect.stringContaining('Missing: shard 1/2.')]);
    const { lines } = await folderHistory(history).read(signal);
    expect(lines.slice(nights.length)).toMatchObject([
      { kind: 'run', scenario: { name: 'sharded' }, link: 'https://github.example/team/image/actions/runs/42' },
    ]);
    expect(readdirSync(site).sort()).toEqual(['index.html', 'sharded']);
    expect(JSON.parse(outputs.changes ?? '')).toEqual([changeIn(nights).id]);
  });
});

describe('a history on a branch of the repository', () => {
  test('is read and pushed to with the token of the job, and with no other', async () => {
    const server = await startGitServer(folder, 'x-access-token:token-of-the-job');
    await bootedRun(runFolder(`${folder}/artifacts/bench-whole`), undefined, 1);
    const job = (environment: Readonly<Record<string, string>> = {}) => ({
      apiUrl: github.url,
      event: {},
      environment: {
        BENCH_HISTORY: `git:${server.url}/image.git#history`,
        GITHUB_SERVER_URL: server.url,
        GIT_TERMINAL_PROMPT: '0',
        ...environment,
      },
    });
    const end = await githubJob('history', [`${folder}/artifacts`, `${folder}/site`], job());
    expect([end.code, end.stderr]).toEqual([0, '']);
    const log = execFileSync('git', ['-C', `${folder}/image.git`, 'log', '--format=%s', 'history'], {
      encoding: 'utf8',
    });
    expect(log).toMatch(/^history: \S+\n$/);

    const confirmed = await githubJob('confirm', ['node.ready', `${folder}/confirm`], job());
    expect([confirmed.code, confirmed.stderr]).toEqual([2, expect.stringContaining('has no change "node.ready"')]);
    const refused = await githubJob('confirm', ['node.ready', `${folder}/confirm`], job({ GITHUB_TOKEN: 'another' }));
    expect(refused.code).toBe(3);
    server.close();
  });
});

describe('the GitHub Action', () => {
  const none = { verdict: '', run: '', report: '' };

  test('ends on a wrong input before it installs anything, and explains it in a job error and in the summary', async () => {
    const set = 'provider.timing=wal\nblocks=1';
    const { code, outputs, stdout, summary } = await actionJob(github.url, { scenario: 'local-aa', out: folder, set });
    expect([code, outputs]).toEqual([2, { ...none, artifact: '', 'exit-code': '2' }]);
    expect(stdout).toMatch(
      /^::error title=bench%3A usage or scenario error \(exit 2\)::bench: --set provider\.timing/m,
    );
    expect(summary).toMatch(/^### bench: usage or scenario error \(exit 2\)\n\n<pre>\nbench: --set provider\.timing/);
  });

  test('what an input says does nothing on the page, in the log or in a shell', async () => {
    const scenario = '$(touch /tmp/owned) `id`\n::warning::x <script>%0A::error::y';
    const { code, stdout, summary } = await actionJob(github.url, { scenario, out: folder });
    expect(code).toBe(2);
    expect(stdout.match(/^::\w+/gm)).toEqual(['::error']);
    expect(stdout).toContain('%250A: :error: :y');
    expect(summary).not.toContain('<script>');
  });

  test('gates, budgets and limits are inputs: a run that would be longer is refused with both numbers', async () => {
    const gates = 'boot.target: {minimumEffect: 3%}\nboot.kernel: {floor: 20ms}';
    const budgets = '\nboot.target:\n  p90: 45s\n';
    const inputs = { scenario: 'local-aa', blocks: '900', gates, budgets, 'max-minutes': '5' };
    const { code, outputs, summary } = await actionJob(github.url, inputs);
    expect([code, outputs['exit-code']]).toEqual([2, '2']);
    expect(summary).toMatch(/the run would take \d+ minutes, and max-minutes allows 5/);
    const unknown = await actionJob(github.url, { ...inputs, gates: 'boot.target: {minimumEfect: 3%}' });
    expect(unknown.summary).toMatch(/minimumEfect/);
    const notALimit = await actionJob(github.url, { ...inputs, budgets: 'boot.target: {p90: soon}' });
    expect(notALimit.summary).toMatch(/budgets.*soon/);
  });
});
