/**
 * The Action as released, on a runner like GitHub's: a new user without root but with sudo, no packages installed for it,
 * an empty cache, and another owner's repository. From checkout to comment, and the same for a fork's pull request.
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LoopbackGithub, loopbackGithub } from '../code-hosts/loopback-github.ts';
import { forkRunEvent, githubJob, pullRequestEvent } from './job.ts';
import { type Finished, runAction } from './runner.ts';

const USER = 'bench-runner';
const SUDOERS = `/etc/sudoers.d/${USER}`;
/** One image for both variants, so that there is only one to build. */
const SCENARIO = `# Is the image usable as soon as itself?
name: small
provider: {kind: qemu, timing: wall}
variants:
  before: {image: {build: {debian: bookworm, packages: [dbus]}}}
  after: {image: {build: {debian: bookworm, packages: [dbus]}}}
blocks: 1
gates:
  boot.target: {minimumEffect: 2%, floor: 50ms, equivalenceMargin: 2%}
expect: []
`;

let folder: string;
let github: LoopbackGithub;
let user: { readonly uid: number; readonly gid: number; readonly home: string };
const at = (...names: string[]) => path.join(folder, ...names);

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'ci-runner-'));
  chmodSync(folder, 0o755);
  github = await loopbackGithub();
  github.pulls.push({ number: 7, head: { sha: 'c0ffee7' } });
  execFileSync('useradd', ['--create-home', '--base-dir', folder, '--shell', '/bin/bash', USER]);
  writeFileSync(SUDOERS, `${USER} ALL=(ALL) NOPASSWD:ALL\n`, { mode: 0o440 });
  const id = (which: string) => Number(execFileSync('id', [which, USER], { encoding: 'utf8' }));
  user = { uid: id('-u'), gid: id('-g'), home: at(USER) };
  execFileSync(process.execPath, ['tools/package/action.js', at('action')]);
  // The checkout of another owner's repository.
  mkdirSync(at('workspace/scenarios'), { recursive: true });
  writeFileSync(at('workspace/scenarios/small.yaml'), SCENARIO);
  execFileSync('chown', ['-R', `${user.uid}:${user.gid}`, at('workspace')]);
});
afterAll(async () => {
  rmSync(SUDOERS, { force: true });
  execFileSync('userdel', ['--force', USER], { stdio: 'ignore' });
  await github.close();
  rmSync(folder, { recursive: true, force: true });
});

const isOpen = (device: string) => existsSync(device) && (statSync(device).mode & 0o006) === 0o006;

/** The logs of the jobs remain, so that a person can read what a runner shows. */
const LOGS = 'node_modules/.cache/bench';

async function action(inputs: Readonly<Record<string, string>>): Promise<Finished> {
  const finished = await runAction(
    { scenario: 'small', seed: '7', ...inputs },
    {
      apiUrl: github.url,
      event: pullRequestEvent,
      workspace: at('workspace'),
      actionPath: at('action'),
      user,
      cache: at('cache'),
      artifacts: at('artifacts'),
      // The path of Node on this machine; a runner has Node on its path.
      environment: { PATH: `${path.dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin` },
    },
  );
  mkdirSync(LOGS, { recursive: true });
  writeFileSync(path.join(LOGS, `runner-${inputs.comment}.log`), finished.log);
  return finished;
}

test('from checkout to comment, without root, KVM, npm and a cache', async () => {
  const { code, outputs, log, summary } = await action({ comment: 'true' });
  expect([code, outputs.verdict, outputs['exit-code']], log).toEqual([0, 'inconclusive', '0']);
  expect(log).not.toMatch(/npm (ci|install)|installing npm|building\n/);
  if (!isOpen('/dev/kvm')) expect(log).toContain('time is virtual');
  expect(github.comments).toHaveLength(1);
  expect(github.comments[0]?.body).toMatch(/^<!-- bench:small -->/);
  expect(summary).toContain('small');
  expect(readdirSync(at('artifacts'))).toEqual(['bench-small']);
  expect(existsSync(at('artifacts/bench-small/report.html'))).toBe(true);
});

test("a fork's pull request, with a read-only token: a job summary, and a comment from the job that may write", async () => {
  const { code, outputs, log, summary } = await action({ comment: 'false', artifact: 'comment' });
  expect([code, outputs.artifact], log).toEqual([0, 'comment']);
  expect(log).toMatch(/Cache restored from key: bench-Linux-X64-[0-9a-f]{16}/);
  expect(log).not.toContain('image before: ');
  // The cache restores the image without its holes, and the next job can still use it.
  expect(log).not.toContain('removed image');
  expect(summary).toContain('small');
  github.comments.length = 0;
  const job = {
    apiUrl: github.url,
    event: forkRunEvent,
    environment: { BENCH_REPORT_URL: 'https://github.example/r' },
  };
  const commented = await githubJob('comment', [at('artifacts/comment')], job);
  expect([commented.code, commented.stderr]).toEqual([0, '']);
  expect(github.comments.map(({ body }) => body.split('\n')[0])).toEqual(['<!-- bench:small -->']);
});

test('an early failure is an error of the job and in its summary: a runner that lacks a tool and may not install it', async () => {
  rmSync(SUDOERS);
  cpSync(at('action'), at('poor'), { recursive: true });
  const prepare = readFileSync(at('poor/tools/ci/prepare'), 'utf8');
  writeFileSync(
    at('poor/tools/ci/prepare'),
    prepare.replace('for need in ', 'for need in no-such-tool:no-such-package '),
  );
  const { code, outputs, summary, stdout } = await runAction(
    { scenario: 'small' },
    { apiUrl: github.url, event: {}, workspace: at('workspace'), actionPath: at('poor'), user },
  );
  expect([code, outputs['exit-code']]).toEqual([3, '3']);
  expect(stdout).toMatch(
    /^::error title=bench%3A environment failure \(exit 3\)::bench: this runner lacks no-such-package/m,
  );
  expect(summary).toMatch(/lacks no-such-package, and bench-runner may not install packages: sudo asks for a password/);
});
