import { describe, expect, test } from 'vitest';
import { renderTrend } from '../../src/render/trend/page.ts';
import { renderTrendText } from '../../src/render/trend/terminal.ts';
import { trendOf } from '../../src/stages/history/trend.ts';
import { HOSTILE } from '../support/synthetic-run.ts';
import { syntheticTrend } from '../support/trend-history.ts';

const trend = syntheticTrend({ link: (night) => `../runs/${night}/report.html` });

describe('the page of a history', () => {
  test('begins with what changed, by how much and since when', async () => {
    const page = await renderTrend(trend);
    expect(page).toMatch(/<h1>node\.ready is 5\.\d+\u00a0% slower since 3 Mar 2026, and 1 other change stands<\/h1>/);
  });

  test('names the images on both sides, the owner, the missing night and the damaged line', async () => {
    const page = await renderTrend(trend);
    for (const text of [
      'image-2026-03-01',
      'image-2026-03-02',
      '@team/node',
      '31 Jan 2026: no value',
      'history.jsonl:7',
    ])
      expect(page.replaceAll('<wbr>', '')).toContain(text);
  });

  test('links every night to its run', async () => {
    const page = await renderTrend(trend);
    for (const night of ['2026-01-01', '2026-03-02', '2026-03-31'])
      expect(page).toContain(`href="../runs/${night}/report.html"`);
  });

  test('is deterministic', async () => {
    expect(await renderTrend(trend)).toBe(await renderTrend(trend));
  });

  test.each(['javascript:alert(1)', '//evil.example/x', 'data:text/html,x', 'https://a.example/" onclick="x'])(
    'makes no link of %s',
    async (link) => {
      const page = await renderTrend(syntheticTrend({ link: () => link }));
      expect(page.match(/href="(?!#|data:,)[^"]*"/g)).toBeNull();
    },
  );

  test('shows hostile names as text', async () => {
    const page = await renderTrend(syntheticTrend({ hostile: HOSTILE }));
    const own = /<script>[\s\S]*<\/script>\n<\/body>/;
    expect(page.replace(own, '')).not.toMatch(/<(script|img|iframe)\b|[\u0000-\u0008\u001b\u202e]/i);
  });

  test('of an empty history reports it', async () => {
    expect(await renderTrend(trendOf({ lines: [], damaged: [] }))).toContain('<h1>The history is empty</h1>');
  });
});

describe('the trend in a terminal', () => {
  test('has a line for each change, gates first', () => {
    const lines = renderTrendText(trend, { color: false }).split('\n');
    expect(lines[0]).toBe('2 changes stand (89 runs, 1 Jan 2026 to 31 Mar 2026, 3 series)');
    const changes = lines.filter((line) => /^[▲▼]/.test(line));
    expect(changes).toHaveLength(2);
    expect(changes[0]).toMatch(/^▲ nightly\/after\/node\.ready@2026-03-0\d \(gate\)$/);
  });

  test('sends no control sequence to a terminal', () => {
    expect(renderTrendText(syntheticTrend({ hostile: HOSTILE }), { color: false })).not.toMatch(/[\u001b\u202e]/);
  });
});
