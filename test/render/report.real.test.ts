/** The report in a real browser: it makes no request, works by keyboard and without a script, and is accessible. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { renderReport } from '../../src/render/report.ts';
import { launchBrowser, openPage, violations } from '../support/browser.ts';
import { HOSTILE, type SyntheticOptions, syntheticRun } from '../support/synthetic-run.ts';

const RUNS: Readonly<Record<string, SyntheticOptions>> = {
  faster: { deferred: true, timing: 'virtual' },
  broken: { slowerBySeconds: 1.9, failed: { after: 2 }, broken: { after: 4 } },
  five: { variants: ['base', 'a', 'b', 'c', 'd'], slowerBySeconds: 1 },
  'samples only': { interleaved: false, records: false },
  'all failed': { failed: { before: 12, after: 12 } },
  hostile: { hostile: HOSTILE, deferred: true, failed: { after: 1 }, broken: { after: 1 } },
};

let browser: Browser;
let folder: string;
const pages = new Map<string, string>();

beforeAll(async () => {
  browser = await launchBrowser();
  folder = await mkdtemp(join(tmpdir(), 'bench-report-'));
  for (const [name, options] of Object.entries(RUNS)) {
    const run = syntheticRun(options);
    const file = join(folder, name.replace(' ', '-'), 'report.html');
    await mkdir(dirname(file));
    await writeFile(file, await renderReport(run));
    // The files beside the report that it links to.
    for (const record of run.records) {
      const evidence = record.spans.flatMap((span) => [span.start.evidence.file, span.end?.evidence.file]);
      const files = [
        ...record.events.map((event) => event.evidence.file),
        ...evidence,
        'journal/boot.jsonl',
        'index.json',
      ];
      const raw = files.flatMap((path) => (path === undefined ? [] : [`raw/${path}`]));
      for (const path of new Set([...raw, 'outcome.json', 'record.json'])) {
        const target = join(dirname(file), 'boots', record.boot.id, path);
        await mkdir(dirname(target), { recursive: true });
        await writeFile(target, '\n');
      }
    }
    pages.set(name, pathToFileURL(file).href);
  }
});

afterAll(async () => {
  await browser?.close();
  if (folder !== undefined) await rm(folder, { recursive: true });
});

const open = (name: string, options?: BrowserContextOptions) => openPage(browser, pages.get(name) ?? '', options);

/** Code for the page is text: this project's types know no document. */
const evaluate = <T = unknown>(page: Page, code: string): Promise<T> => page.evaluate<T>(code);

const LINKS = `[...document.querySelectorAll('a[href]')]`;
const OPEN_ALL = `for (const details of document.querySelectorAll('details')) details.open = true`;

describe.each(Object.keys(RUNS))('the report of a run that is %s', (name) => {
  test('opens without a message, an error, a policy violation or a request', async () => {
    const { page, noise } = await open(name);
    await page.mouse.move(400, 400);
    await page.keyboard.press('End');
    await page.waitForTimeout(100);
    expect(noise).toEqual([]);
    expect(await evaluate<number>(page, 'document.scripts.length')).toBe(1);
    await page.context().close();
  });

  test('has no broken link and no duplicate id', async () => {
    const { page } = await open(name);
    const ids = await evaluate<string[]>(page, `[...document.querySelectorAll('[id]')].map((element) => element.id)`);
    const links = await evaluate<string[]>(page, `${LINKS}.map((link) => link.getAttribute('href'))`);
    const known = new Set(ids);
    expect(ids.length).toBe(known.size);
    const anchors = links.filter((href) => href.startsWith('#'));
    expect(anchors.filter((href) => !known.has(decodeURIComponent(href.slice(1))))).toEqual([]);
    const files = [...new Set(links.filter((href) => !href.startsWith('#')))];
    expect(files.filter((href) => !/^boots\/[\w%.-]+\/(?:outcome\.json|record\.json|raw\/)/.test(href))).toEqual([]);
    await page.context().close();
  });

  test('does not overflow a phone of 360 px', async () => {
    const { page } = await open(name, { viewport: { width: 360, height: 740 } });
    await evaluate(page, OPEN_ALL);
    expect(await evaluate<number>(page, 'document.documentElement.scrollWidth')).toBe(360);
    await page.context().close();
  });

  test.each(['light', 'dark'] as const)('has no accessibility violation in %s', async (colorScheme) => {
    const { page } = await open(name, { colorScheme });
    await evaluate(page, OPEN_ALL);
    expect(await violations(page)).toEqual([]);
    await page.context().close();
  });
});

test('evidence links open existing files', async () => {
  const { page } = await open('faster');
  const links = await evaluate<string[]>(page, `[...document.querySelectorAll('a.raw')].map((link) => link.href)`);
  expect(links.length).toBeGreaterThan(50);
  const checked = [...new Set(links)].slice(0, 40);
  for (const link of checked) expect((await page.goto(link))?.ok() ?? true, link).toBe(true);
  await page.context().close();
});

test('a click on a column head sorts the metrics, a second click reverses the order', async () => {
  const { page } = await open('broken');
  const changes = () =>
    evaluate<number[]>(
      page,
      `[...document.querySelectorAll('#metrics-table tbody tr')].map((row) => Number(row.children[2].dataset.v))`,
    );
  const head = page.locator('#metrics-table thead button', { hasText: 'change' });
  await head.click();
  const up = await changes();
  expect(up).toEqual([...up].sort((a, b) => a - b));
  expect(await page.locator('#metrics-table th[aria-sort]').getAttribute('aria-sort')).toBe('ascending');
  await head.press('Enter');
  expect(await changes()).toEqual([...up].reverse());
  await page.context().close();
});

test('search and filters show the matching rows and their number', async () => {
  const { page } = await open('faster');
  const form = page.locator('form[data-for=metrics-table]');
  const visible = page.locator('#metrics-table tbody tr:visible');
  const total = await visible.count();
  await form.getByLabel('Search').fill('containerd');
  expect(await visible.count()).toBe(1);
  expect(await form.locator('output').textContent()).toBe(`1 of ${total}`);
  await form.getByLabel('Search').fill('');
  await form.getByLabel('gates only').check();
  expect(await visible.count()).toBe(2);
  await page.locator('form[data-for=boots-list]').getByLabel('Variant').selectOption('after');
  expect(await page.locator('#boots-list > details:visible').count()).toBe(12);
  await page.context().close();
});

test('a permalink opens its boot, and restores a metric that a filter removed', async () => {
  const { page } = await open('faster');
  const boot = await evaluate<string>(page, `document.querySelectorAll('.boot-entry')[2].id`);
  await page.goto(`${pages.get('faster')}#${boot}`);
  await page.reload();
  expect(await page.locator(`[id="${boot}"] .boot-body`).isVisible()).toBe(true);
  await page.locator('form[data-for=metrics-table]').getByLabel('Search').fill('nothing has this name');
  await evaluate(page, `location.hash = '#metric-node.ready'`);
  await expect.poll(() => page.locator('[id="metric-node.ready"]').isVisible()).toBe(true);
  await page.context().close();
});

test('a boot under the pointer shows its value and stands out in every drawing', async () => {
  const { page } = await open('faster');
  const point = page.locator('svg.chart a[href^="#boot-"]').first();
  await point.scrollIntoViewIfNeeded();
  await point.hover();
  await expect.poll(() => page.locator('.tip').textContent()).toMatch(/^\d{4}-\w+: [\d.]+ s, block \d+$/);
  expect(await page.locator('svg.chart a.marked').count()).toBeGreaterThan(1);
  await page.context().close();
});

test('without a script, only the controls are missing', async () => {
  const { page, noise } = await open('faster', { javaScriptEnabled: false });
  expect(await page.locator('h1').textContent()).toMatch(/^after is .* faster to node ready$/);
  expect(await page.locator('#metrics-table tbody tr').count()).toBeGreaterThan(30);
  expect(await page.locator('form.controls').first().isVisible()).toBe(false);
  expect(await page.locator('svg.chart').first().isVisible()).toBe(true);
  await page.locator('.boot-entry summary').first().click();
  expect(await page.locator('.boot-body').first().isVisible()).toBe(true);
  expect(noise).toEqual([]);
  await page.context().close();
});

test('hostile names stay text: they create no element, attribute or link', async () => {
  const { page, noise } = await open('hostile');
  const text = await evaluate<string>(page, 'document.body.textContent');
  expect(text).toContain('<img src=x onerror=alert(2)>');
  expect(text).not.toMatch(/[\u0000-\u0008\u001b\u202a-\u202e\u2066-\u2069]/);
  const odd = await evaluate<object>(
    page,
    `({
      images: document.images.length,
      handlers: [...document.querySelectorAll('*')].filter((e) => [...e.attributes].some((a) => /^on/i.test(a.name))).length,
      links: ${LINKS}.filter((link) => !/^(?:#|boots\\/)/.test(link.getAttribute('href'))).length,
    })`,
  );
  expect(odd).toEqual({ images: 0, handlers: 0, links: 0 });
  expect(noise).toEqual([]);
  await page.context().close();
});
