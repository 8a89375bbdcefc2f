import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LoopbackGithub, loopbackGithub } from '../code-hosts/loopback-github.ts';
import { actionJob } from './job.ts';

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

describe('the GitHub Action', () => {
  test('turns a pull request event into boots of real machines, a comment, a summary and outputs', async () => {
    const { code, outputs, summary, stderr } = await actionJob(github.url, {
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
});
