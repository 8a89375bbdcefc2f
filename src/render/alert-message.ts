/**
 * An alert as a message for people: a body for an incoming webhook of Slack (Block Kit) or of Teams (an adaptive card).
 * Names come from histories, so all text goes into fields without markup: it cannot mention, link or format.
 * https://docs.slack.dev/reference/block-kit/blocks, https://adaptivecards.io/explorer
 */
import type { Alert } from '../model/alert.ts';
import { wholePercent } from '../model/units.ts';
import { effectOf } from './alert.ts';
import { plain } from './escape.ts';
import { percentChange, percentDecimals, percentInterval } from './format.ts';

/** Slack's limits for a header, and for a field of a section. */
const HEADER_LIMIT = 150;
const FIELD_LIMIT = 2000;

interface Message {
  readonly title: string;
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly commands: string;
}

function messageOf({ event, change, repeat }: Alert): Message {
  const { images, owner } = change;
  const effect = effectOf(change);
  const percent = percentChange(effect.estimate, percentDecimals(effect));
  const interval = percentInterval(effect, percentDecimals(effect));
  const facts: [string, string][] = [
    ['Change', `${percent} (${wholePercent(effect.confidence)} interval ${interval})`],
    [event === 'gone' ? 'First seen' : 'Since', change.night],
    ['Scenario', `${change.scenario}, ${change.candidate}`],
    ['Before', images.before],
    ['After', images.after],
    ...(owner === undefined ? [] : ([['Owner', owner]] as [string, string][])),
  ];
  const title = `${plain(change.scenario, 40)}: ${plain(change.metric, 60)} ${change.direction} ${percent}`;
  return {
    title: event === 'gone' ? `${title}: gone` : title,
    facts: facts.map(([name, value]) => [name, plain(value, 300)]),
    commands: repeat.map((command) => plain(command, 600)).join('\n'),
  };
}

/** `plain_text` everywhere: Slack formats nothing in it. */
export function slackMessage(alert: Alert) {
  const { title, facts, commands } = messageOf(alert);
  const text = (content: string, limit: number) =>
    ({ type: 'plain_text', text: content.slice(0, limit), emoji: false }) as const;
  return {
    // Notifications show this text. Here Slack does format, so we escape the three characters that begin markup.
    text: title.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'),
    blocks: [
      { type: 'header', text: text(title, HEADER_LIMIT) },
      { type: 'section', fields: facts.map(([name, value]) => text(`${name}\n${value}`, FIELD_LIMIT)) },
      { type: 'section', text: text(commands, FIELD_LIMIT) },
    ],
  } as const;
}

/** Text runs everywhere: in a card, Teams formats text blocks and facts. */
export function teamsMessage(alert: Alert) {
  const { title, facts, commands } = messageOf(alert);
  const line = (...runs: object[]) => ({ type: 'RichTextBlock', inlines: runs });
  const run = (text: string, more: object = {}) => ({ type: 'TextRun', text, ...more });
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          body: [
            line(run(title, { size: 'Large', weight: 'Bolder' })),
            ...facts.map(([name, value]) => line(run(`${name}: `, { weight: 'Bolder' }), run(value))),
            ...commands.split('\n').map((command) => line(run(command, { fontType: 'Monospace' }))),
          ],
        },
      },
    ],
  };
}
