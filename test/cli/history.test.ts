import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Run } from '../../src/model/run.ts';
import { bench as runBench } from '../support/bench.ts';
import { syntheticRun } from '../support/synthetic-run.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(path.join(tmpdir(), 'cli-history-'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const bench = (...args: string[]) => runBench(args, { cwd });

/** The folder of a finished run, dated `day`. */
function runOf(day: string, more: Partial<Run> = {}): string {
  const { run, samples } = syntheticRun({ slowerBySeconds: 1 });
  const folder = path.join('runs', day);
  mkdirSync(path.join(cwd, folder), { recursive: true });
  const dated = { ...run, id: `nightly-${day}`, createdAt: `${day}T02:00:00Z`, ...more };
  writeFileSync(path.join(cwd, folder, 'run.json'), JSON.stringify(dated));
  writeFileSync(path.join(cwd, folder, 'samples.json'), JSON.stringify(samples));
  return folder;
}

test('the trend of a history contains the runs added to it, with a page that links to them', async () => {
  for (const day of ['2026-02-01', '2026-02-02', '2026-02-04']) {
    const { status, stdout } = await bench('history', 'add', runOf(day), '--history', 'nightly');
    expect({ status, stdout }).toEqual({ status: 0, stdout: `nightly-${day}\n` });
  }
  const { status, stdout, stderr } = await bench('trend', 'nightly', '--json');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const trend = JSON.parse(stdout);
  expect(trend).toMatchObject({ schema: 'bench/trend@1', runs: 3, firstNight: '2026-02-01', lastNight: '2026-02-04' });
  expect(trend.series[0].points[1].link).toBe('../runs/2026-02-02/report.html');
  expect(trend.series[0].missing).toEqual(['2026-02-03']);
  expect(readFileSync(path.join(cwd, 'nightly/trend.html'), 'utf8')).toContain('No lasting change in any metric');
});

test('a page in another folder links to the same runs', async () => {
  await bench('history', 'add', runOf('2026-02-01'), '--history', 'nightly');
  expect((await bench('trend', 'nightly', '--out', 'site/pages/index.html')).status).toBe(0);
  expect(readFileSync(path.join(cwd, 'site/pages/index.html'), 'utf8')).toContain('../../runs/2026-02-01/report.html');
  expect(existsSync(path.join(cwd, 'nightly/trend.html'))).toBe(false);
});

test('the report of a run shows the false-alarm rate of the A/A runs in its history', async () => {
  await bench('history', 'add', runOf('2026-02-01', { aa: true }), '--history', 'nightly');
  await bench('history', 'add', runOf('2026-02-02', { aa: true, facts: { provider: 'host' } }), '--history', 'nightly');
  const folder = runOf('2026-02-03');
  expect(await bench('report', folder, '--history', 'nightly')).toMatchObject({ status: 0, stderr: '' });
  const { calibration } = JSON.parse(readFileSync(path.join(cwd, folder, 'run.json'), 'utf8'));
  // One of the two ran elsewhere. The other is "slower", as synthetic runs are.
  expect(calibration).toMatchObject({ runs: 1, alarms: 1, low: 0.025, high: 1 });
  expect(calibration.metrics[0]).toMatchObject({ metric: 'node.ready', blocks: 12 });
  const report = () => readFileSync(path.join(cwd, folder, 'report.html'), 'utf8');
  const calibrated = report();
  expect(calibrated.replaceAll(/<[^>]+>/g, '')).toContain('1 of 1 A/A run of this scenario gave a false alarm');
  // The run's files now contain the rate: they alone produce the same page again.
  expect((await bench('report', folder)).status).toBe(0);
  expect(report()).toBe(calibrated);
});

test('bench reports that a change does not exist, and lists those that do', async () => {
  await bench('history', 'add', runOf('2026-02-01'), '--history', 'nightly');
  const { status, stderr } = await bench('confirm', 'nightly', 'node.ready');
  expect(status).toBe(2);
  expect(stderr).toContain('The history has no change "node.ready".');
});
