import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LoopbackGithub, loopbackGithub } from '../hosts/loopback-github.ts';
import { githubJob, pullRequestEvent } from './job.ts';
import { action } from './workflows.ts';

let github: LoopbackGithub;
let out: string;
beforeAll(async () => {
  github = await loopbackGithub();
  out = mkdtempSync(path.join(tmpdir(), 'ci-run-'));
});
afterAll(async () => {
  await github.close();
  rmSync(out, { recursive: true, force: true });
});

/** The action's step, with its inputs as the runner fills them in. */
function act(inputs: Readonly<Record<string, string>>) {
  const { env = {}, run } = action.steps[0] ?? {};
  expect(run).toBe('exec "$GITHUB_ACTION_PATH/tools/ci/run"');
  const declared = action.document.inputs as Readonly<Record<string, { default?: string }>>;
  const environment = Object.entries(env).flatMap(([variable, expression]) => {
    const name = /^\$\{\{ inputs\.([a-z-]+) \}\}$/.exec(expression)?.[1] ?? '';
    return name === 'token' ? [] : [[variable, inputs[name] ?? declared[name]?.default ?? ''] as const];
  });
  return githubJob('run', [], {
    apiUrl: github.url,
    event: pullRequestEvent,
    environment: Object.fromEntries(environment),
  });
}

describe('the GitHub Action', () => {
  test('goes from the event of a pull request over real machines to its comment, page and outputs', async () => {
    const { code, outputs, summary, stderr } = await act({
      scenario: 'local-aa',
      blocks: '1',
      seed: '7',
      out,
      comment: 'true',
    });
    expect([code, outputs.verdict, outputs['exit-code']], stderr).toEqual([0, 'inconclusive', '0']);
    expect(existsSync(outputs.report ?? '')).toBe(true);
    expect(JSON.parse(readFileSync(path.join(outputs.run ?? '', 'run.json'), 'utf8'))).toMatchObject({ seed: 7 });
    expect(github.comments).toHaveLength(1);
    expect(github.comments[0]?.body).toContain('local-aa');
    expect(github.comments[0]?.body).toContain('actions/runs/42');
    expect(summary).toContain('local-aa');
  });

  test('an input that is wrong ends it with what is wrong, and outputs that say so', async () => {
    const { code, outputs, stderr } = await act({ scenario: 'local-aa', out, set: 'provider.timing=wal\nblocks=1' });
    expect(stderr).toMatch(/--set provider\.timing/);
    expect([code, outputs]).toEqual([2, { verdict: '', run: '', report: '', 'exit-code': '2' }]);
  });
});
