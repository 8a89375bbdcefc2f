/** The page of a profile in a real browser: silent, accessible, and readable on a phone. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { renderProfilePage } from '../../src/render/profile/page.ts';
import { realProfile } from '../stages/profile/real-profile.ts';
import { launchBrowser, openPage, violations } from '../support/browser.ts';

let browser: Browser;
let folder: string;
let url: string;

beforeAll(async () => {
  browser = await launchBrowser();
  folder = await mkdtemp(join(tmpdir(), 'bench-profile-'));
  url = pathToFileURL(join(folder, 'profile.html')).href;
  await writeFile(join(folder, 'profile.html'), await renderProfilePage((await realProfile()).profile));
}, 60_000);
afterAll(async () => {
  await browser?.close();
  if (folder !== undefined) await rm(folder, { recursive: true });
}, 60_000);

const open = (options?: BrowserContextOptions) => openPage(browser, url, options);

test('opens without a message, an error or a request', async () => {
  const { noise } = await open();
  expect(noise).toEqual([]);
});

test('shows each item as a card on a phone, with every word reachable', async () => {
  const { page } = await open({ viewport: { width: 360, height: 740 } });
  expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBe(360);
  const cards = await page.evaluate<{ height: number; right: number }[]>(
    `[...document.querySelectorAll('section[id^="items-"] tbody tr')].map((row) => ({
      height: row.getBoundingClientRect().height,
      right: Math.max(...[...row.children].map((cell) => cell.getBoundingClientRect().right)),
    }))`,
  );
  expect(cards.length).toBeGreaterThanOrEqual(13);
  for (const { height, right } of cards) {
    expect(height).toBeLessThan(260);
    expect(right).toBeLessThanOrEqual(360);
  }
});

test.each(['light', 'dark'] as const)('has no accessibility violation in %s', async (colorScheme) => {
  const { page } = await open({ colorScheme });
  expect(await violations(page)).toEqual([]);
});
