/** The trend in a real browser: silent, complete without a script, accessible, and not wider than a phone. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { renderTrend } from '../../src/render/trend/page.ts';
import { launchBrowser, openPage, violations } from '../support/browser.ts';
import { syntheticTrend } from '../support/trend-history.ts';

let browser: Browser;
let folder: string;
let url: string;

beforeAll(async () => {
  browser = await launchBrowser();
  folder = await mkdtemp(join(tmpdir(), 'bench-trend-'));
  url = pathToFileURL(join(folder, 'trend.html')).href;
  await writeFile(join(folder, 'trend.html'), await renderTrend(syntheticTrend({ link: (night) => `runs/${night}` })));
});
afterAll(async () => {
  await browser?.close();
  if (folder !== undefined) await rm(folder, { recursive: true });
});

const open = (options?: BrowserContextOptions) => openPage(browser, url, options);

test('opens without a message, an error, a policy violation or a request', async () => {
  const { page, noise } = await open();
  await page.mouse.move(400, 400);
  await page.keyboard.press('End');
  await page.waitForTimeout(100);
  expect(noise).toEqual([]);
});

test('does not overflow a phone of 360 px', async () => {
  const { page } = await open({ viewport: { width: 360, height: 740 } });
  expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBe(360);
});

test('has no broken link within the page and no duplicate id', async () => {
  const { page } = await open();
  const ids = await page.evaluate<string[]>(`[...document.querySelectorAll('[id]')].map((element) => element.id)`);
  const links = await page.evaluate<string[]>(
    `[...document.querySelectorAll('a[href^="#"]')].map((link) => decodeURIComponent(link.hash.slice(1)))`,
  );
  expect(ids.length).toBe(new Set(ids).size);
  expect(links.length).toBeGreaterThan(5);
  expect(links.filter((id) => !ids.includes(id))).toEqual([]);
});

test.each(['light', 'dark'] as const)('has no accessibility violation in %s', async (colorScheme) => {
  const { page } = await open({ colorScheme });
  await page.evaluate(`for (const details of document.querySelectorAll('details')) details.open = true`);
  expect(await violations(page)).toEqual([]);
});

test('is complete without a script', async () => {
  const { page } = await open({ javaScriptEnabled: false });
  expect(await page.locator('h1').textContent()).toContain('slower since');
  expect(await page.locator('svg.chart').first().isVisible()).toBe(true);
  expect(await page.locator('#series tbody tr').count()).toBe(3);
});

test('a point links to its run', async () => {
  const { page } = await open();
  expect(await page.locator('svg.chart a[href="runs/2026-03-02"]').count()).toBeGreaterThan(0);
});
