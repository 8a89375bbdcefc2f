import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BootRecord, Outcome } from '../../src/model/boot.ts';
import type { Comparison } from '../../src/model/comparison.ts';

/** The main job as a user runs it: the built command line, real images and real virtual machines, from YAML to verdict. */

const MINUTES = 60_000;
let out: string;
/** The folder in which bench makes its scratch folders in these tests: a file that remains there is a leftover of a run. */
let temporary: string;
beforeAll(() => {
  out = mkdtempSync(path.join(tmpdir(), 'bench-test-'));
  temporary = mkdtempSync(path.join(tmpdir(), 'bench-test-'));
});
afterAll(() => {
  for (const folder of [out, temporary]) rmSync(folder, { recursive: true, force: true });
});

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<{ code: number | null; stdout: string; stderr: string }>;
  /** Resolves when standard error matches the pattern. */
  seen(pattern: RegExp): Promise<void>;
}

function bench(...args: string[]): Running {
  const child = spawn(process.execPath, ['dist/bench.js', ...args], {
    env: { ...process.env, TMPDIR: temporary, BENCH_BOOTS: path.join(out, 'boots-of-this-test') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  const waiting = new Map<RegExp, () => void>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    for (const [pattern, resolve] of waiting) if (pattern.test(stderr)) resolve();
  });
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  const seen = (pattern: RegExp) =>
    new Promise<void>((resolve, reject) => {
      if (pattern.test(stderr)) resolve();
      waiting.set(pattern, resolve);
      void ended.then(() => reject(new Error(`it ended without ${pattern}:\n${stderr}`)));
    });
  return { child, ended, seen };
}

/** Live machines of these tests: their command line names the scratch folder. */
const machinesAlive = (): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        return command.startsWith('qemu-system') && command.includes(temporary);
      } catch {
        return false;
      }
    });

async function until(done: () => boolean, withinMs: number): Promise<void> {
  for (const end = Date.now() + withinMs; Date.now() < end && !done(); )
    await new Promise((resolve) => setTimeout(resolve, 50));
}

const onlyRun = (folder: string): string => path.join(folder, readdirSync(folder)[0] ?? '');
const read = <T>(...file: string[]): T => JSON.parse(readFileSync(path.join(...file), 'utf8')) as T;

describe('bench run', () => {
  test('finds a small regression, names the unit, and derives the same bytes again', {
    timeout: 20 * MINUTES,
  }, async () => {
    const { code, stdout } = await bench(
      'run',
      '--scenario',
      'local-regression',
      '--seed',
      '1',
      '--out',
      path.join(out, 'regression'),
    ).ended;
    expect(code).toBe(1);
    expect(stdout).toMatch(/slower/i);
    const run = onlyRun(path.join(out, 'regression'));
    const { verdict, blocks, metrics, attribution, counts } = read<Comparison>(run, 'comparison.json');
    expect([verdict, blocks, counts.map(({ boots, failed, broken }) => [boots, failed, broken])]).toEqual([
      'slower',
      6,
      [
        [6, 0, 0],
        [6, 0, 0],
      ],
    ]);
    const gate = metrics.find((metric) => metric.metric === 'boot.target');
    expect(gate).toMatchObject({ verdict: 'slower', failsGate: true });
    expect(gate?.ratio?.estimate).toBeGreaterThan(1.01);
    expect(gate?.ratio?.estimate).toBeLessThan(1.04);
    const rows = attribution.find((each) => each.metric === 'boot.target')?.rows ?? [];
    expect([...rows].sort((a, b) => b.differenceUs - a.differenceUs)[0]?.item).toBe('unit:extra-work.service');

    const pages = ['samples.json', 'comparison.json', 'report.html', 'comment.md', 'summary.md'].map((name) =>
      path.join(run, name),
    );
    const records = readdirSync(path.join(run, 'boots')).map((id) => path.join(run, 'boots', id, 'record.json'));
    const derived = [...records, ...pages];
    const before = derived.map((file) => readFileSync(file, 'utf8'));
    for (const file of derived) rmSync(file);
    expect((await bench('report', run).ended).code).toBe(0);
    expect(derived.map((file) => readFileSync(file, 'utf8'))).toEqual(before);
  });

  // Image and seed are those of local-regression's baseline, so the cache has those of its boots that had no warning.
  test('measures one image alone, and boots more of it later', {
    timeout: 20 * MINUTES,
  }, async () => {
    const scenario = ['--scenario', 'local-aa', '--set', 'budgets={boot.target: {median: 10m}}', '--seed', '1'];
    const alone = path.join(out, 'alone');
    expect((await bench('run', ...scenario, '--only', 'before', '--out', alone).ended).code).toBe(0);
    const run = onlyRun(alone);
    const measured = read<Comparison>(run, 'comparison.json');
    expect(measured).toMatchObject({ result: 'passes', metrics: [], counts: [{ boots: 6, failed: 0, broken: 0 }] });
    expect(measured.descriptions?.find(({ metric }) => metric === 'boot.target')).toMatchObject({ n: 6, gate: true });
    expect(measured.budgets).toMatchObject([{ metric: 'boot.target', verdict: 'within' }]);
    const page = readFileSync(path.join(run, 'report.html'), 'utf8');
    const sections = [...page.matchAll(/<section id="([^"]*)"[^>]*>(.*?)<\/section>/gs)];
    expect(sections.length).toBeGreaterThan(5);
    for (const [, id, body = ''] of sections) expect(textOf(body).length, id).toBeGreaterThan(40);

    expect((await bench('run', '--resume', run, '--boots', '7').ended).code).toBe(0);
    expect(read<Comparison>(run, 'comparison.json').counts).toMatchObject([{ boots: 7, failed: 0, broken: 0 }]);
  });

  test('continues after Ctrl-C and after SIGKILL, boots nothing twice and leaves no machine', {
    timeout: 15 * MINUTES,
  }, async () => {
    const folder = path.join(out, 'killed');
    const interrupted = bench('run', '--scenario', 'local-aa', '--boots', '2', '--seed', '3', '--out', folder);
    await interrupted.seen(/booting 4 machines/);
    await until(() => machinesAlive().length > 0, 60_000);
    expect(machinesAlive().length).toBeGreaterThan(0);
    interrupted.child.kill('SIGINT');
    expect((await interrupted.ended).code).toBe(130);
    expect(machinesAlive()).toEqual([]);
    expect(readdirSync(temporary)).toEqual([]);

    const run = onlyRun(folder);
    const killed = bench('run', '--resume', run);
    await killed.seen(/000\d-\w+ booted/);
    killed.child.kill('SIGKILL');
    await killed.ended;
    await until(() => machinesAlive().length === 0, 5_000);
    expect(machinesAlive()).toEqual([]);

    // No process reads its output, but the run continues.
    const unread = bench('run', '--resume', run);
    await unread.seen(/booting \d of 4 machines/);
    unread.child.stdout?.destroy();
    unread.child.stderr?.destroy();
    expect((await unread.ended).code).toBe(0);
    const journal = readFileSync(path.join(run, 'journal.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { state: string; boot?: string });
    const collected = journal.filter(({ state }) => state === 'boot-collected').map(({ boot }) => boot);
    expect(collected.sort()).toEqual([...new Set(collected)]);
    // A run that the test killed between a boot's outcome and its line in the journal has still collected that boot.
    expect(collected.length).toBeGreaterThanOrEqual(3);
    const outcomes = readdirSync(path.join(run, 'boots')).map((id) => read<Outcome>(run, 'boots', id, 'outcome.json'));
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['booted', 'booted', 'booted', 'booted']);
    expect(readdirSync(temporary)).toEqual([]);
    expect(machinesAlive()).toEqual([]);
  });

  test('fails when no candidate boots, with the reason of each', { timeout: 15 * MINUTES }, async () => {
    const { code } = await bench(
      'run',
      '--scenario',
      './test/fixtures/fates/no-boot.yaml',
      '--seed',
      '1',
      '--out',
      path.join(out, 'no-boot'),
    ).ended;
    // No candidate booted: there is nothing to compare.
    expect(code).toBe(3);
    const fates = fatesOf(onlyRun(path.join(out, 'no-boot')));
    expect(fates).toEqual({
      sound: 'booted',
      panics: 'boot/panic',
      reboots: 'boot/rebooted',
      hangs: 'boot/ready-timeout',
    });
  });

  test('counts images that boot but are unreadable or have failed units as broken', {
    timeout: 15 * MINUTES,
  }, async () => {
    const { code, stdout } = await bench(
      'run',
      '--scenario',
      './test/fixtures/fates/no-answer.yaml',
      '--seed',
      '1',
      '--out',
      path.join(out, 'no-answer'),
    ).ended;
    expect(code).toBe(1);
    const run = onlyRun(path.join(out, 'no-answer'));
    expect(fatesOf(run)).toEqual({
      sound: 'booted',
      'has-no-sshd': expect.stringMatching(/^reach\/ssh-/),
      'rejects-key': 'reach/ssh-auth',
      'is-full': expect.stringMatching(/^(reach|collect)\/|broken: /),
      'fails-unit': expect.stringMatching(/^broken: .*fate\.service/),
    });
    expect(stdout).toMatch(/broken/i);
    expect(existsSync(path.join(run, 'report.html'))).toBe(true);
    expect(machinesAlive()).toEqual([]);
  });
});

const textOf = (html: string): string => html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');

/** The outcome of each variant's only boot. */
function fatesOf(run: string): Record<string, string> {
  const ids = readdirSync(path.join(run, 'boots'));
  return Object.fromEntries(
    ids.map((id) => {
      const { boot, failure } = read<Outcome>(run, 'boots', id, 'outcome.json');
      const { broken } = read<BootRecord>(run, 'boots', id, 'record.json');
      const fate = failure
        ? `${failure.stage}/${failure.code}`
        : broken.length > 0
          ? `broken: ${broken.join('; ')}`
          : 'booted';
      return [boot.variant, fate];
    }),
  );
}
