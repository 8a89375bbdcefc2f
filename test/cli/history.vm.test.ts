import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { HistoryConfirmation, HistoryLine, HistoryRun, HistorySide } from '../../src/model/history.ts';
import type { Trend } from '../../src/model/trend.ts';
import { folderHistory } from '../../src/store/history/folder.ts';
import { githubJob } from '../ci/job.ts';
import { nightsFrom } from '../support/history-lines.ts';

/**
 * Nights of real machines, from the first one to the search for the image that changed. The tests build on one another and share
 * their boots: three images, of which the last one boots slower.
 */

const PLAIN = '{from: plain, size: 640M}';
const NOTED = '{from: plain, size: 640M, files: {/etc/release-note: local/lean/extra-work.service}}';
const SLOWER =
  '{from: plain, size: 640M, files: {/etc/systemd/system/extra-work.service: local/lean/extra-work.service, /usr/local/lib/extra-work.sh: local/lean/extra-work.sh}, scripts: [local/lean/enable-extra-work.sh]}';

const SCENARIO = `# Does tonight's image boot as fast as the pinned one?
name: nightly
provider:
  kind: qemu
  timing: virtual            # the same boot to the microsecond
  images:
    plain: {debian: bookworm, scripts: [local/lean/quiet.sh], size: 640M}
variants:                    # the first is the baseline
  before: {image: {build: ${PLAIN}}}
  after:  {image: {build: ${NOTED}}}   # tonight's

# who is told, and of how much
gates:
  boot.target: {minimumEffect: 1%,   floor: 10ms, equivalenceMargin: 1%, owner: '@team/boot'}
blocks: 6
`;

/** Twelve boots, on a busy computer. */
const LONG = { timeout: 1_200_000 };

/** The team's own repository. */
let repository: string;
const inside = (...parts: string[]) => path.join(repository, ...parts);
beforeAll(() => {
  repository = mkdtempSync(path.join(tmpdir(), 'bench-nights-'));
  mkdirSync(inside('scenarios'));
  cpSync('scenarios/local', inside('scenarios/local'), { recursive: true });
  writeFileSync(inside('scenarios/nightly.yaml'), SCENARIO);
});
afterAll(() => rmSync(repository, { recursive: true, force: true }));

async function bench(...args: string[]) {
  const child = spawn(process.execPath, [path.resolve('dist/bench.js'), ...args], { cwd: repository });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  return { code, stdout, stderr };
}

const read = async (history: string): Promise<readonly HistoryLine[]> =>
  (await folderHistory(inside(history)).read(new AbortController().signal)).lines;

async function add(history: string, lines: readonly HistoryLine[]): Promise<void> {
  for (const line of lines) await folderHistory(inside(history)).append(line, new AbortController().signal);
}

const trendOf = async (history: string): Promise<Trend> => JSON.parse((await bench('trend', history, '--json')).stdout);

/** With the seed that confirmations use where boots repeat: they need not boot again what nights have booted. */
const night = (boots: string, ...more: string[]) =>
  bench(
    'run',
    '--scenario',
    'nightly',
    '--history',
    'nights',
    '--boots',
    boots,
    '--seed',
    '1',
    '--out',
    'runs',
    ...more,
  );

/** The boots of the two real nights, as candidates. */
let plain: HistorySide;
let noted: HistorySide;
let slower: HistorySide;
let second: HistoryRun;

test('a night adds its line, and one line of the scenario makes its image the reference', async () => {
  const { code, stderr } = await night('6', '--update-reference');
  expect(code, stderr).toBe(0);
  const [line] = (await read('nights')) as HistoryRun[];
  expect(line).toMatchObject({
    verdict: 'equivalent',
    facts: { accelerator: 'tcg', timing: 'virtual' },
    metrics: expect.arrayContaining([
      expect.objectContaining({ metric: 'boot.target', gate: true, owner: '@team/boot' }),
    ]),
  });
  plain = { ...(line?.reference as HistorySide), variant: 'after' };
  noted = line?.candidates[0] as HistorySide;
  expect([plain.boots, noted.boots, plain.image === noted.image]).toEqual([6, 6, false]);
  const reference = `reference: {build: ${NOTED}}`;
  expect(stderr).toContain(`scenarios/nightly.yaml\n+${reference}\n`);
  expect(readFileSync(inside('scenarios/nightly.yaml'), 'utf8')).toBe(
    SCENARIO.replace("# tonight's\n", `# tonight's\n${reference}\n`),
  );
});

test('bench compares the next night with the reference, and the trend reads both', async () => {
  const { code, stderr } = await night('1', '--set', `variants.after.image={build: ${SLOWER}}`);
  expect(code, stderr).toBe(0);
  second = (await read('nights'))[1] as HistoryRun;
  slower = second.candidates[0] as HistorySide;
  expect(second.reference.image).toBe(noted.image);
  const trend = await trendOf('nights');
  expect([trend.runs, trend.damaged, trend.changes]).toEqual([2, [], []]);
  const points = trend.series.find(({ metric }) => metric === 'boot.target')?.points ?? [];
  expect(points.map(({ image }) => image)).toEqual([noted.image, slower.image]);
  expect(points[0]?.ratio).toBeCloseTo(1, 2);
  expect(points[1]?.ratio).toBeGreaterThan(1.01);
  for (const { link = '' } of points) expect(readFileSync(inside('nights', link), 'utf8')).toContain('nightly');
});

/** Past nights whose images can boot again: the second night's line with other dates. */
const past = (): HistoryRun[] =>
  nightsFrom('2026-01-01', 26)
    .filter((_, at) => at !== 19)
    .map((date) => {
      const isSlower = date > '2026-01-20';
      const wobble = 0.002 * ((Number(date.slice(-2)) % 3) - 1);
      const logRatio = { estimate: (isSlower ? 0.021 : 0) + wobble, low: null, high: null, blocks: 6, spread: 0.002 };
      return {
        ...second,
        id: `nightly-${date}`,
        night: date,
        at: `${date}T02:00:00Z`,
        candidates: [isSlower ? slower : plain],
        metrics: second.metrics.filter(({ gate }) => gate).map((metric) => ({ ...metric, logRatio })),
      };
    });

const CHANGE = 'nightly/after/boot.target@2026-01-21';

test('the confirming job boots the images of a change, and the history marks it as confirmed', LONG, async () => {
  await add('history', past());
  const [change] = (await trendOf('history')).changes;
  expect(change).toMatchObject({ id: CHANGE, images: { before: plain.image, after: slower.image }, confirmations: [] });
  const { code, stdout, stderr } = await githubJob('confirm', [CHANGE, 'confirmed'], {
    apiUrl: 'http://127.0.0.1:9',
    event: { schedule: '17 1 * * *' },
    environment: { BENCH_HISTORY: 'history' },
    cwd: repository,
  });
  expect(code, stderr).toBe(0);
  expect(stdout).toMatch(/^confirmed {2}nightly\/after\/boot\.target@2026-01-21 \(\+\d/);
  const [confirmation] = (await trendOf('history')).changes[0]?.confirmations ?? [];
  expect(confirmation).toMatchObject({
    outcome: 'confirmed',
    before: plain.image,
    after: slower.image,
    link: 'https://github.example/team/image/actions/runs/42',
    verdict: 'slower',
  } satisfies Partial<HistoryConfirmation>);
  expect(confirmation?.attribution?.[0]?.item).toBe('unit:extra-work.service');
  const [run = ''] = readdirSync(inside('confirmed'));
  expect(readFileSync(inside('confirmed', run, 'report.html'), 'utf8')).toContain('extra-work.service');
});

test('a search around it boots only unknown images, and names the two neighbours', LONG, async () => {
  // The test adds the missing night late: another image was between the two.
  const [pattern] = past() as [HistoryRun];
  await add('history', [
    { ...pattern, id: 'nightly-late', night: '2026-01-20', at: '2026-01-20T02:00:00Z', candidates: [noted] },
  ]);
  const { code, stdout, stderr } = await bench('confirm', 'history', CHANGE, '--bisect', '--out', 'searched', '--json');
  expect(code, stderr).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ outcome: 'confirmed', before: noted.image, after: slower.image });
  expect(readdirSync(inside('searched'))).toHaveLength(1);
  const steps = (await read('history')).filter((line) => line.kind === 'confirmation').filter(({ step }) => step);
  expect(steps).toMatchObject([{ outcome: 'refuted', before: plain.image, after: noted.image }]);
  expect((await trendOf('history')).changes[0]?.confirmations[0]).toMatchObject({ before: noted.image });
});
