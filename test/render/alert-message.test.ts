/** Checks messages for chats against the types and the reader that Slack and Teams publish. */
import type { AnyBlock } from '@slack/types';
import { AdaptiveCard, SerializationContext, type ValidationEvent, Versions } from 'adaptivecards';
import { describe, expect, test } from 'vitest';
import { formatOf } from '../../src/code-hosts/webhook.ts';
import { slackMessage, teamsMessage } from '../../src/render/alert-message.ts';
import { alertsOf } from '../../src/stages/alert.ts';
import { trendOf } from '../../src/stages/history/trend.ts';
import { changeIn, confirmation, steppedHistory } from '../support/stepped-history.ts';
import { HOSTILE } from '../support/synthetic-run.ts';

type Names = NonNullable<Parameters<typeof steppedHistory>[0]>['names'];

function alertOf(names: Names, more: Parameters<typeof steppedHistory>[0] = {}) {
  const lines = steppedHistory({ ...more, ...(names && { names }) });
  const [alert] = alertsOf(
    trendOf({ lines: [...lines, confirmation(changeIn(lines), 'confirmed')], damaged: [] }),
    'h',
  );
  if (!alert) throw new Error('nothing changed');
  return alert;
}

const ordinary = alertOf(undefined);
const hostile = alertOf({ scenario: HOSTILE, metric: `x ${HOSTILE}`, image: HOSTILE.repeat(20) });
const gone = alertOf(undefined, { nights: 45, repairedFrom: 30 });
const alerts = [ordinary, hostile, gone].map(
  (alert, index) => [['ordinary', 'hostile', 'gone'][index], alert] as const,
);

describe('for Slack', () => {
  test.each(alerts)('%s: blocks of its own types, within its limits', (_, alert) => {
    const { text, blocks } = slackMessage(alert);
    // The compiler checks that these are blocks as Slack's own package declares them.
    const typed: readonly AnyBlock[] = structuredClone<AnyBlock[]>(
      blocks.map((block) => ('fields' in block ? { ...block, fields: [...block.fields] } : block)),
    );
    expect(typed.length).toBeLessThanOrEqual(50);
    expect(blocks[0].text.text.length).toBeLessThanOrEqual(150);
    expect(blocks[1].fields.length).toBeLessThanOrEqual(10);
    for (const field of blocks[1].fields) expect(field.text.length).toBeLessThanOrEqual(2000);
    expect(blocks[2].text.text.length).toBeGreaterThan(0);
    expect(text).not.toMatch(/[<>]/);
  });

  test('nothing in it has formatting: every text is plain', () => {
    expect(JSON.stringify(slackMessage(hostile))).not.toContain('mrkdwn');
  });
});

describe('for Teams', () => {
  test.each(alerts)('%s: a card that the reader of adaptive cards accepts without a warning', (_, alert) => {
    const [attachment] = teamsMessage(alert).attachments;
    expect(attachment?.contentType).toBe('application/vnd.microsoft.card.adaptive');
    const context = new SerializationContext(Versions.v1_4);
    const card = new AdaptiveCard();
    card.parse(attachment?.content, context);
    const found = [...Array(context.eventCount).keys()].map((at): ValidationEvent => context.getEventAt(at).event);
    expect(found).toEqual([]);
    expect(card.getItemCount()).toBe(attachment?.content.body.length);
    expect(card.validateProperties().validationEvents).toEqual([]);
  });

  test('nothing in it has formatting: every text is a run', () => {
    expect(JSON.stringify(teamsMessage(hostile))).not.toMatch(/TextBlock"(?<!RichTextBlock")|FactSet/);
  });
});

test('the message says what changed, by how much, since when, and how to repeat it', () => {
  const texts = JSON.stringify(slackMessage(ordinary));
  for (const word of ['node.ready slower', ordinary.change.night, ordinary.change.images.after, 'bench confirm'])
    expect(texts).toContain(word);
  expect(slackMessage(gone).text).toMatch(/: gone$/);
});

test('the address of the webhook determines the format', () => {
  expect(formatOf('https://hooks.slack.com/services/T0/B0/x')).toBe('slack');
  expect(formatOf('https://team.webhook.office.com/webhookb2/x')).toBe('teams');
  expect(formatOf('https://prod-1.westus.logic.azure.com:443/workflows/x')).toBe('teams');
  expect(formatOf('https://hooks.slack.com.evil.example/x')).toBe('bench');
});
