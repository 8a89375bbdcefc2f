import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { trialFiles } from '../../../src/guest/trial/files.ts';
import type { Intervention } from '../../../src/model/trial.ts';
import { us } from '../../../src/model/units.ts';

/** The wrapper of provisioning steps in a real bash, on a script of the form that AKS nodes run. */

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'steps-'));
  mkdirSync(path.join(folder, 'bench-trial'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const HELPERS = 'logs_to_events() { local task=$1; shift; "$@"; echo "event $task Completed: $*"; }\n';
const SCRIPT = `set -euo pipefail
source HELPERS
set -x
inner() { logs_to_events AKS.CSE.outer.inner echo inside; }
logs_to_events AKS.CSE.words printf '<%s>' 'a b' '*' "it's"
(logs_to_events AKS.CSE.sub echo subshell)
logs_to_events AKS.CSE.optional echo optional
logs_to_events AKS.CSE.outer inner
logs_to_events AKS.CSE.last echo "$STATE"
STATE=late
[ -z "\${FAIL-}" ] || logs_to_events AKS.CSE.fails sh -c 'exit 7'
echo end
`;

/** Runs the script, with the trial's files in their usual places, under a folder of this test. */
function provision(interventions: readonly Intervention[], environment: Record<string, string> = {}) {
  for (const file of trialFiles(interventions, { provisionedBy: 'node.service', readyFile: undefined }))
    if (file.kind === 'file' && file.path.startsWith('/run/bench-trial/'))
      writeFileSync(
        path.join(folder, file.path.slice('/run/'.length)),
        file.content.replaceAll('/run/bench-trial', `${folder}/bench-trial`),
      );
  writeFileSync(path.join(folder, 'helpers.sh'), HELPERS);
  writeFileSync(path.join(folder, 'script.sh'), SCRIPT.replace('HELPERS', path.join(folder, 'helpers.sh')));
  const run = { code: 0, output: '', trace: '' };
  try {
    run.output = execFileSync('bash', ['-c', `bash ${folder}/script.sh 2>${folder}/trace`], {
      encoding: 'utf8',
      timeout: 30_000,
      env: {
        PATH: process.env.PATH,
        STATE: 'early',
        ...environment,
        ...(interventions.length > 0 && { BASH_ENV: `${folder}/bench-trial/steps.sh` }),
      },
    });
  } catch (error) {
    const failed = error as { status: number; stdout: string };
    run.code = failed.status;
    run.output = failed.stdout;
  }
  run.trace = readFileSync(path.join(folder, 'trace'), 'utf8');
  return run;
}

const stamps = () =>
  readFileSync(path.join(folder, 'bench-trial/stamps'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(' '));
const act = (action: Intervention['action'], task: string, length?: number): Intervention => ({
  action,
  item: `task:${task}`,
  ...(length !== undefined && { us: us(length) }),
});

describe('wrapped provisioning steps', () => {
  test('a wrapper without an effect changes neither output, nor words, nor exit code', () => {
    const plain = provision([]);
    const wrapped = provision([{ action: 'wrap', item: 'unit:node.service' }]);
    expect([wrapped.code, wrapped.output]).toEqual([0, plain.output]);
    expect(wrapped.output).toContain("<a b><*><it's>");
    expect(wrapped.trace.split('\n').filter((line) => !/bench_step/.test(line))).toEqual(plain.trace.split('\n'));
  });

  test('a sleep of the right length comes ahead of its step', () => {
    provision([act('sleep', 'outer.inner', 300_000)]);
    const [[, , , begin] = [], [, , , end] = []] = stamps();
    expect(Number(end) - Number(begin)).toBeGreaterThanOrEqual(0.29);
  });

  test('work takes processor time, and ends', () => {
    provision([act('spin', 'sub', 50_000)]);
    expect(stamps().map(([number, action, edge]) => [number, action, edge])).toEqual([
      ['0', 'spin', 'begin'],
      ['0', 'spin', 'end'],
    ]);
  });

  test('a skipped step leaves no event and the script continues', () => {
    const { code, output } = provision([act('skip', 'optional')]);
    expect([code, /optional/.test(output), /end\n/.test(output)]).toEqual([0, false, true]);
    expect(stamps()).toHaveLength(2);
  });

  test('a deferred step runs after the script, with its original words and in the same shell', () => {
    const { code, output } = provision([act('defer', 'last')]);
    expect(code).toBe(0);
    expect(output.indexOf('end\n')).toBeLessThan(output.indexOf('event AKS.CSE.last Completed: echo early'));
    expect(stamps().map(([number, action, edge]) => [number, action, edge])).toEqual([
      ['0', 'defer', 'begin'],
      ['0', 'defer', 'end'],
    ]);
  });

  test('a step that fails still ends the script with its code, and deferred steps do not run', () => {
    const { code, output } = provision([act('defer', 'last'), act('sleep', 'fails', 10_000)], { FAIL: 'yes' });
    expect([code, output.includes('AKS.CSE.last'), output.includes('end\n')]).toEqual([7, false, false]);
  });

  test('a shell takes a name with a quote in it for a name, not for code', () => {
    const { code } = provision([act('skip', "x'; echo owned; '")]);
    expect(code).toBe(0);
  });
});
