/** Runs a script of tools/ci as a CI job does: in its own process, with only a job's environment and files. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Finished as ActionFinished, jobVariables, runAction } from './runner.ts';

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly outputs: Readonly<Record<string, string>>;
  /** The job summary. */
  readonly summary: string;
}

export interface GithubJob {
  readonly apiUrl: string;
  readonly event: unknown;
  readonly environment?: Readonly<Record<string, string>>;
  /** The job's checkout; default: ours. */
  readonly cwd?: string;
}

/** Runs `tools/ci/<script>` as a GitHub job in the repository team/image would. */
export async function githubJob(script: string, args: readonly string[], job: GithubJob): Promise<Finished> {
  const folder = mkdtempSync(path.join(tmpdir(), 'job-'));
  const file = (name: string, text: string): string => {
    writeFileSync(path.join(folder, name), text);
    return path.join(folder, name);
  };
  const files = { output: file('output', ''), summary: file('summary.md', '') };
  const environment = {
    PATH: process.env.PATH ?? '',
    HOME: process.env.HOME ?? folder,
    ...jobVariables(job),
    GITHUB_EVENT_PATH: file('event.json', JSON.stringify(job.event)),
    GITHUB_OUTPUT: files.output,
    GITHUB_STEP_SUMMARY: files.summary,
    GITHUB_TOKEN: 'token-of-the-job',
    ...job.environment,
  };
  const cwd = job.cwd ?? process.cwd();
  const child = spawn(path.resolve('tools/ci', script), args, {
    cwd,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      said[stream] += text;
    });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  const lines = readFileSync(files.output, 'utf8').split('\n').filter(Boolean);
  const outputs = Object.fromEntries(lines.map((line) => line.split(/=(.*)/s, 2) as [string, string]));
  const summary = readFileSync(files.summary, 'utf8');
  rmSync(folder, { recursive: true });
  return { code, ...said, outputs, summary };
}

/** GitHub's event for a push to a pull request. */
export const pullRequestEvent = {
  action: 'synchronize',
  number: 7,
  pull_request: { number: 7, head: { sha: 'c0ffee7' }, base: { sha: 'ba5e' }, labels: [{ name: 'bench' }] },
  repository: { full_name: 'team/image' },
};

/** GitHub's event for `workflow_run` when the workflow of a fork's pull request has ended: without the number of the pull request. */
export const forkRunEvent = {
  action: 'completed',
  workflow_run: {
    id: 41,
    event: 'pull_request',
    conclusion: 'success',
    head_sha: 'c0ffee7',
    head_branch: 'faster"; touch /tmp/owned; "',
    head_repository: { owner: { login: 'stranger' } },
    pull_requests: [],
  },
  repository: { full_name: 'team/image' },
};

/** The action on the push to a pull request, in this checkout. */
export const actionJob = (apiUrl: string, inputs: Readonly<Record<string, string>>): Promise<ActionFinished> =>
  runAction(inputs, { apiUrl, event: pullRequestEvent, workspace: process.cwd(), environment: ownEnvironment() });

/** Variables that come from this computer: paths of Node and of the cache of images. */
const ownEnvironment = (): Record<string, string> => ({ PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '' });
