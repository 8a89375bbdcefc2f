import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BootRecord, Outcome } from '../../src/model/boot.ts';
import type { Comparison } from '../../src/model/comparison.ts';

/** The user's main case from start to end: the built command line, the real SDK, a cloud that boots real machines. */

let temporary: string;
let ended: { code: number | null; stderr: string };
let folder: string;

beforeAll(async () => {
  temporary = mkdtempSync(path.join(tmpdir(), 'b-'));
  const out = path.join(temporary, 'runs');
  const own = ['kind=agentbaker', 'url=${env:BENCH_SLOW_BOOTSTRAPPER_URL}', 'nodeConfig=${env:BENCH_NODE_CONFIG}'];
  const bench = ['run', '--scenario', 'mariner-kata', '--boots', '2', '--set', 'concurrency=1', '--seed', '1'].concat(
    own.flatMap((value) => ['--set', `variants.after.bootstrap.${value}`]),
  );
  const child = spawn(process.execPath, ['tools/run.js', 'test/azure/cloud.ts', ...bench, '--out', out], {
    env: { ...process.env, TMPDIR: temporary },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'close') as Promise<[number | null]>]);
  ended = { code, stderr };
  folder = path.join(out, existsSync(out) ? (readdirSync(out)[0] ?? '') : '');
}, 1_500_000);
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

const read = <T>(...file: string[]): T => JSON.parse(readFileSync(path.join(folder, ...file), 'utf8')) as T;
const boots = () => readdirSync(path.join(folder, 'boots')).sort();

describe('bench run --scenario mariner-kata, in a cloud of real machines', () => {
  test('ends with a verdict and a report, and leaves nothing in the cloud', () => {
    expect(ended.stderr).toContain('left at the endpoint: nothing\nwhat was there before: as it was\n');
    expect(ended.code).toBe(0);
    const { verdict, counts, metrics } = read<Comparison>('comparison.json');
    expect(counts.map(({ boots: all, failed, broken }) => [all, failed, broken])).toEqual([
      [2, 0, 0],
      [2, 0, 0],
    ]);
    // Two blocks cannot show a difference; this test checks only that bench measured them.
    expect(verdict).toBe('inconclusive');
    for (const gate of ['node.ready', 'kubelet.start'])
      expect(metrics.find(({ metric }) => metric === gate)?.ratio?.estimate).toBeGreaterThan(0);
    for (const file of ['report.html', 'comment.md', 'summary.md'])
      expect(existsSync(path.join(folder, file))).toBe(true);
  });

  test('shows the step that the bootstrap of one variant makes slower, and by how much', () => {
    const { metrics, attribution } = read<Comparison>('comparison.json');
    const step = metrics.find(({ metric }) => metric === 'cse.configureAdminUser');
    expect(Math.abs((step?.differenceUs?.estimate ?? 0) / 1e6 - 3)).toBeLessThan(0.2);
    const ready = attribution.find(({ metric }) => metric === 'node.ready');
    const row = ready?.rows.find(({ item }) => item.includes('configureAdminUser'));
    expect(Math.abs((row?.differenceUs ?? 0) / 1e6 - 3)).toBeLessThan(0.2);
    expect(readFileSync(path.join(folder, 'report.html'), 'utf8')).toContain('configureAdminUser');
    // Each variant has its own bootstrap, so there is nothing to warn about.
    expect(ended.stderr).not.toContain('may be overwritten');
    const { facts } = read<{ facts: Record<string, unknown> }>('run.json');
    expect(facts['bootstrap.before']).not.toBe(facts['bootstrap.after']);
  });

  test('leaves no machine on this computer', () => {
    const machines = readdirSync('/proc').filter((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        return command.includes(temporary);
      } catch {
        return false;
      }
    });
    expect(machines).toEqual([]);
  });

  test.each(['before', 'after'])('measures %s from outside and from inside', (variant) => {
    for (const id of boots().filter((each) => each.endsWith(variant))) {
      const { machine, marks } = read<Outcome>('boots', id, 'outcome.json');
      expect(machine).toMatchObject({
        hostKey: 'pinned',
        attempts: 1,
        exactVersion: variant === 'before' ? '1.1.9' : '1.1.10',
      });
      expect(marks.map((mark) => mark.id).sort()).toEqual(
        // A scale set in a cluster's group: its provisioning is part of its model.
        ['accepted', 'operation-end', 'operation-start', 'running', 'ssh', 'tcp-open', 'tcp-refused'].map(
          (name) => `outside.${name}`,
        ),
      );
      const { events, broken } = read<BootRecord>('boots', id, 'record.json');
      expect(broken).toEqual([]);
      const seen = events.map((event) => event.id);
      for (const event of ['agent.start', 'cse.start', 'kubelet.start', 'node.ready']) expect(seen).toContain(event);
    }
  });

  test('writes no secret of the bootstrapper into the folder of the run', () => {
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
    const holding = files.filter((each) =>
      readFileSync(path.join(each.parentPath, each.name)).includes('abcdef.0123456789'),
    );
    expect(holding.map(({ name }) => name)).toEqual([]);
  });
});
