/** The pictures of the documents: the report of a real run in a real browser, light and dark. BENCH_DOCS=update writes them. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

const REPORT = pathToFileURL(path.resolve('reports/sample/report.html')).href;
const VIEW = { width: 1100, height: 900 };

let browser: Browser;
beforeAll(async () => {
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
});
afterAll(() => browser.close());

/** Width and height in the header of a PNG. */
const sizeOf = (png: Buffer) => ({ width: png.readUInt32BE(16), height: png.readUInt32BE(20) });

test.each(['light', 'dark'] as const)('the report as it opens, %s', async (colorScheme) => {
  const page = await browser.newPage({ viewport: VIEW, colorScheme });
  await page.goto(REPORT);
  const background = await page.evaluate('getComputedStyle(document.body).backgroundColor');
  const shades = (String(background).match(/\d+/g) ?? []).map(Number);
  expect(Math.max(...shades) < 128).toBe(colorScheme === 'dark');
  const picture = await page.screenshot();
  const file = `docs/images/report-${colorScheme}.png`;
  if (process.env.BENCH_DOCS === 'update') writeFileSync(file, picture);
  // Fonts differ from machine to machine: of the picture that is there, the size is compared.
  expect(sizeOf(readFileSync(file))).toEqual(VIEW);
  expect(sizeOf(picture)).toEqual(VIEW);
  for (const document of ['docs/verdict.md']) expect(readFileSync(document, 'utf8')).toContain(path.basename(file));
  await page.close();
});
