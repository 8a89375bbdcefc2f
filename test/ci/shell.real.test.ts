import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { action, workflows } from './workflows.ts';

const shellcheck = (args: readonly string[], input?: string): string =>
  spawnSync('shellcheck', [...args], { encoding: 'utf8', ...(input !== undefined && { input }) }).stdout;

/** The scripts that bash runs on an agent of Azure Pipelines: the agent first replaces macros, with text that we control. */
function scriptsOfPipeline(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, below]) =>
    /^(script|inlineScript)$/.test(key) && typeof below === 'string'
      ? [below.replaceAll(/\$\(([A-Za-z.]+)\)/g, 'macro')]
      : scriptsOfPipeline(below),
  );
}

describe('shell scripts pass shellcheck', () => {
  test('in files', () => {
    const scripts = readdirSync('tools/ci').map((name) => `tools/ci/${name}`);
    expect(shellcheck(['-x', 'bench', 'tools/setup', '.ci/run', ...scripts])).toBe('');
  });

  test('in every `run` of the workflows and of the action', () => {
    const runs = [...workflows, action].flatMap(({ steps }) => steps.flatMap(({ run = [] }) => run));
    expect(runs.length).toBeGreaterThan(5);
    // As GitHub runs them: bash, which exits at the first failure.
    for (const run of runs) expect([run, shellcheck(['--shell=bash', '-'], `set -e\n${run}`)]).toEqual([run, '']);
  });

  test('in every script of the Azure pipeline', () => {
    const scripts = scriptsOfPipeline(parse(readFileSync('.azure-pipelines/bench.yml', 'utf8')));
    expect(scripts).toHaveLength(5);
    for (const script of scripts) expect([script, shellcheck(['--shell=bash', '-'], script)]).toEqual([script, '']);
  });

  test('and shellcheck reports a mistake', () =>
    expect(shellcheck(['--shell=bash', '-'], 'rm -rf $1')).toContain('SC2086'));
});
