/** The pictures of the documents: report and profile of real runs in a real browser, light and dark. BENCH_DOCS=update writes them. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { renderProfilePage } from '../../src/render/profile/page.ts';
import { realProfile } from '../stages/profile/real-profile.ts';
import { launchBrowser } from '../support/browser.ts';

const REPORT = pathToFileURL(path.resolve('reports/sample/report.html')).href;
const VIEW = { width: 1100, height: 900 };

let browser: Browser;
let temporary: string;
beforeAll(async () => {
  temporary = mkdtempSync(path.join(tmpdir(), 'bench-pictures-'));
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser.close();
  rmSync(temporary, { recursive: true });
});

/** Width and height in the header of a PNG. */
const sizeOf = (png: Buffer) => ({ width: png.readUInt32BE(16), height: png.readUInt32BE(20) });

/** The report is the repository's sample; the profile is that of the real boots in the test data. */
const PICTURES = [
  { name: 'report', documents: ['docs/verdict.md'], address: () => REPORT },
  {
    name: 'profile',
    documents: ['README.md', 'docs/local-lab.md'],
    address: async () => {
      const file = path.join(temporary, 'profile.html');
      writeFileSync(file, await renderProfilePage((await realProfile('profile-default')).profile));
      return pathToFileURL(file).href;
    },
  },
] as const;
const ALL = PICTURES.flatMap((picture) => (['light', 'dark'] as const).map((scheme) => ({ ...picture, scheme })));

test.each(ALL)('the $name as it opens, $scheme', async ({ name, documents, address, scheme }) => {
  const page = await browser.newPage({ viewport: VIEW, colorScheme: scheme });
  await page.goto(await address());
  const background = await page.evaluate('getComputedStyle(document.body).backgroundColor');
  const shades = (String(background).match(/\d+/g) ?? []).map(Number);
  expect(Math.max(...shades) < 128).toBe(scheme === 'dark');
  const picture = await page.screenshot();
  const file = `docs/images/${name}-${scheme}.png`;
  if (process.env.BENCH_DOCS === 'update') writeFileSync(file, picture);
  // Fonts differ from machine to machine, so the test compares only the size of an existing picture.
  expect(sizeOf(readFileSync(file))).toEqual(VIEW);
  expect(sizeOf(picture)).toEqual(VIEW);
  for (const document of documents) expect(readFileSync(document, 'utf8')).toContain(path.basename(file));
  await page.close();
});
