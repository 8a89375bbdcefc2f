/** The terms of report, profile and trend in a real browser: a word with a dotted line opens its sentence for every kind of reader. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GLOSSARY, type Term } from '../../src/render/glossary.ts';
import { renderProfilePage } from '../../src/render/profile/page.ts';
import { renderReport } from '../../src/render/report.ts';
import { renderTrend } from '../../src/render/trend/page.ts';
import { realProfile } from '../stages/profile/real-profile.ts';
import { launchBrowser, openPage } from '../support/browser.ts';
import { syntheticRun } from '../support/synthetic-run.ts';
import { syntheticTrend } from '../support/trend-history.ts';

/** Terms that each page has to explain in place. */
const PAGES = {
  report: ['gate', 'block', 'slower', 'interval', 'margin', 'p', 'p90', 'path', 'broken', 'mad', 'control'],
  profile: ['slack', 'dose', 'arrives', 'noise'],
  trend: ['slower', 'reference', 'p', 'withdrawn', 'second-opinion', 'level', 'night-noise'],
} as const satisfies Record<string, readonly [Term, ...Term[]]>;
type Name = keyof typeof PAGES;

let browser: Browser;
let folder: string;
beforeAll(async () => {
  browser = await launchBrowser();
  folder = await mkdtemp(join(tmpdir(), 'bench-terms-'));
  const markup = {
    report: await renderReport(syntheticRun({ slowerBySeconds: 1.9, failed: { after: 2 }, broken: { after: 4 } })),
    profile: await renderProfilePage((await realProfile()).profile),
    trend: await renderTrend(syntheticTrend({ link: (night) => `runs/${night}` })),
  };
  for (const name of Object.keys(PAGES) as Name[]) await writeFile(join(folder, `${name}.html`), markup[name]);
}, 120_000);
afterAll(async () => {
  await browser?.close();
  if (folder !== undefined) await rm(folder, { recursive: true });
});

const open = async (name: Name, options?: BrowserContextOptions): Promise<Page> =>
  (await openPage(browser, pathToFileURL(join(folder, `${name}.html`)).href, options)).page;

const word = (page: Page, id: Term) => page.locator(`[aria-describedby="term-${id}"]:visible`).first();
const tip = (page: Page) => page.locator('.tip');

describe.each(Object.entries(PAGES) as [Name, readonly [Term, ...Term[]]][])('%s', (name, terms) => {
  test('a term opens its sentence under the pointer, by keyboard and by a tap', async () => {
    const page = await open(name);
    for (const id of terms) {
      await word(page, id).hover();
      await expect.poll(() => tip(page).textContent(), { message: id }).toBe(GLOSSARY[id].means);
      await expect.poll(() => tip(page).isVisible(), { message: id }).toBe(true);
      await page.keyboard.press('Escape');
      expect(await tip(page).isVisible()).toBe(false);
      await page.mouse.move(0, 0);
      await word(page, id).focus();
      await expect.poll(() => tip(page).isVisible(), { message: id }).toBe(true);
      expect(await tip(page).textContent()).toBe(GLOSSARY[id].means);
    }
    await page.context().close();
    const phone = await open(name, { hasTouch: true, isMobile: true, viewport: { width: 360, height: 740 } });
    const [first] = terms;
    await word(phone, first).tap();
    await expect.poll(() => tip(phone).textContent()).toBe(GLOSSARY[first].means);
    expect(await tip(phone).isVisible()).toBe(true);
    const box = await tip(phone).boundingBox();
    expect(box?.x).toBeGreaterThanOrEqual(0);
    expect((box?.x ?? 0) + (box?.width ?? 999)).toBeLessThanOrEqual(360);
    expect(phone.url()).not.toContain('#term-');
    await phone.context().close();
  });

  test('on paper and without a script, the list at the end explains every term of the page with the same sentence', async () => {
    const page = await open(name, { javaScriptEnabled: false });
    await page.emulateMedia({ media: 'print' });
    const listed = await page.locator('#terms dd').all();
    const entries = await Promise.all(
      listed.map(async (entry) => [await entry.getAttribute('id'), await entry.textContent(), await entry.isVisible()]),
    );
    for (const id of terms) expect(entries).toContainEqual([`term-${id}`, GLOSSARY[id].means, true]);
    const used = await page.locator('a.term').all();
    const hrefs = new Set(await Promise.all(used.map((link) => link.getAttribute('href'))));
    expect([...hrefs].sort()).toEqual(entries.map(([id]) => `#${id}`).sort());
    await page.emulateMedia({ media: 'screen' });
    await page.locator('a.term:visible').first().click();
    expect(page.url()).toMatch(/#term-[a-z-]+$/);
    await page.context().close();
  });
});
