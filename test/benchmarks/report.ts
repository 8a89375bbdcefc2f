/**
 * `npm run bench:report`: the size of a report, the time to make it, and how soon a browser shows it. Three sizes: a
 * sample, a large pull request, and a night of a thousand boots. Exits 1 beyond a limit.
 *
 * Rendering is one thread without I/O, so its limit applies to processor time: other work on this machine does not affect it.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { renderReport } from '../../src/render/report.ts';
import { type SyntheticOptions, syntheticRun } from '../support/synthetic-run.ts';

interface Size {
  readonly name: string;
  readonly options: SyntheticOptions;
  readonly limitBytes: number;
  readonly limitMs: number;
  readonly shownWithinMs: number | undefined;
}

const SIZES: readonly Size[] = [
  {
    name: '2 x 12 boots x 60 metrics',
    options: { metrics: 60, blocks: 12, deferred: true },
    limitBytes: 700_000,
    limitMs: 3000,
    shownWithinMs: 1000,
  },
  {
    name: '2 x 40 boots x 300 metrics',
    options: { metrics: 300, blocks: 40, deferred: true },
    limitBytes: 2_500_000,
    limitMs: 3000,
    shownWithinMs: 1000,
  },
  {
    name: '2 x 500 boots x 300 metrics',
    options: { metrics: 300, blocks: 500, deferred: true },
    limitBytes: 8_000_000,
    limitMs: 3000,
    shownWithinMs: undefined,
  },
];

const browser = await chromium
  .launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  })
  .catch(() => undefined);
const folder = await mkdtemp(join(tmpdir(), 'bench-report-'));
let isOver = false;
try {
  for (const size of SIZES) {
    const run = syntheticRun(size.options);
    const started = performance.now();
    const before = process.cpuUsage();
    const page = await renderReport(run);
    const wallMs = performance.now() - started;
    const { user, system } = process.cpuUsage(before);
    const tookMs = (user + system) / 1000;
    const bytes = Buffer.byteLength(page);
    const file = join(folder, 'report.html');
    await writeFile(file, page);
    const shownMs = browser === undefined ? undefined : await shown(file);
    const isFine =
      bytes <= size.limitBytes &&
      tookMs <= size.limitMs &&
      (shownMs ?? 0) <= (size.shownWithinMs ?? Number.POSITIVE_INFINITY);
    isOver ||= !isFine;
    console.log(
      `${isFine ? '✓' : '✖'} ${size.name}: ${(bytes / 1000).toFixed(0)} kB (limit ${size.limitBytes / 1000}), rendered in ${tookMs.toFixed(0)} ms of processor time (limit ${size.limitMs}; ${wallMs.toFixed(0)} ms by the clock)` +
        (shownMs === undefined
          ? ''
          : `, shown in Chromium in ${shownMs.toFixed(0)} ms${size.shownWithinMs === undefined ? '' : ` (limit ${size.shownWithinMs})`}`),
    );
  }
} finally {
  await browser?.close();
  await rm(folder, { recursive: true });
}
process.exitCode = isOver ? 1 : 0;

/** From navigation to the first contentful paint, by the browser's own clock; scripts and layout have finished by then. */
async function shown(file: string): Promise<number> {
  const page = await browser?.newPage({ viewport: { width: 1280, height: 900 } });
  if (page === undefined) return 0;
  await page.goto(pathToFileURL(file).href, { waitUntil: 'load' });
  const code = `new Promise((resolve) => requestAnimationFrame(() => setTimeout(() => resolve(Math.max(
    performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0,
    performance.getEntriesByType('navigation')[0]?.loadEventEnd ?? 0)))))`;
  const ms = await page.evaluate<number>(code);
  await page.close();
  return ms;
}
