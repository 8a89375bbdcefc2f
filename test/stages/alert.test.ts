import { describe, expect, test } from 'vitest';
import type { HistoryLine } from '../../src/model/history.ts';
import { renderAlert } from '../../src/render/alert.ts';
import { alertsOf } from '../../src/stages/alert.ts';
import { trendOf } from '../../src/stages/history/trend.ts';
import { changeIn, confirmation, steppedHistory } from '../support/stepped-history.ts';
import { HOSTILE } from '../support/synthetic-run.ts';

const slower = steppedHistory();
const change = changeIn(slower);
const repaired = steppedHistory({ nights: 45, repairedFrom: 30 });
const confirmed = confirmation(change, 'confirmed');
const alerts = (lines: readonly HistoryLine[]) => alertsOf(trendOf({ lines, damaged: [] }), 'history');
const events = (lines: readonly HistoryLine[]) => alerts(lines).map(({ event }) => event);

describe('an alert', () => {
  test('covers a change that a second boot of its images confirmed, and says what moved with it', () => {
    const [alert, ...others] = alerts([...slower, confirmed]);
    expect(others).toEqual([]);
    expect(alert).toMatchObject({ event: 'confirmed', change: { metric: 'node.ready', direction: 'slower' } });
    expect(alert?.together.map(({ metric }) => metric)).toEqual(['unit.containerd.service']);
    expect(alert?.together[0]?.ratio).toBeCloseTo(Math.exp(0.26), 1);
  });

  test.each([
    ['nobody confirmed yet', []],
    ['was inconclusive when it was tried', [confirmation(change, 'inconclusive')]],
    ['was refuted', [confirmation(change, 'refuted')]],
    ['was confirmed only on the way of a bisection', [{ ...confirmed, step: true }]],
  ])('does not cover one that %s', (_, more) => expect(events([...slower, ...more])).toEqual([]));

  test('stands when a later try is inconclusive', () => {
    const later = confirmation(change, 'inconclusive', { id: 'later', at: '2026-02-02T03:00:00Z' });
    expect(events([...slower, confirmed, later])).toEqual(['confirmed']);
  });

  test('ends when a later image undid the change, or a later run refuted it', () => {
    expect(events([...repaired, confirmed])).toEqual(['gone']);
    const refuted = confirmation(change, 'refuted', { id: 'later', at: '2026-02-02T03:00:00Z' });
    expect(events([...slower, confirmed, refuted])).toEqual(['gone']);
  });
});

describe('the issue of an alert', () => {
  test('names the images, the effect, what moved with it, and the commands to repeat it', async () => {
    const [alert] = alerts([...slower, { ...confirmed, link: 'https://ci.example/runs/7' }]);
    const ticket = alert && renderAlert(alert);
    await expect(`${ticket?.title}\n\n${ticket?.body}`).toMatchFileSnapshot('../render/golden/confirmed.alert.md');
  });

  test('gives the reason when it closes', async () => {
    const [alert] = alerts([...repaired, confirmed]);
    const ticket = alert && renderAlert(alert);
    expect(ticket?.isOpen).toBe(false);
    await expect(`${ticket?.title}\n\n${ticket?.body}`).toMatchFileSnapshot('../render/golden/gone.alert.md');
  });

  test('puts no markup from names into the page', () => {
    const lines = steppedHistory({
      names: { scenario: HOSTILE, metric: `x --> ${HOSTILE}`, image: `\`\`\`${HOSTILE}` },
    });
    const [alert] = alerts([
      ...lines,
      confirmation(changeIn(lines), 'confirmed', { link: 'javascript:alert(1)', id: HOSTILE }),
    ]);
    const body = (alert && renderAlert(alert).body) ?? '';
    expect(body.split('\n')[0]).toMatch(/^<!-- bench:change [\w%.!~*'()]+ -->$/);
    const outside = body.replace(/\n```\n[\s\S]*?\n```\n/, '\n');
    expect(outside).not.toMatch(/<script|<img|@everyone|(?<!\\)\]\(/);
    expect(body.match(/^```/gm)).toHaveLength(2);
  });
});
