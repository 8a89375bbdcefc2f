/**
 * An alert as a GitHub issue: what changed, since when, with which image, by how much, what moved with it, how to repeat it.
 * The first line is a hidden marker, by which bench finds the issue again. Names come from histories: all text from outside
 * passes `markdown()`.
 */
import type { Alert, Ticket } from '../model/alert.ts';
import type { Interval } from '../model/comparison.ts';
import type { TrendChange } from '../model/trend.ts';
import { us, wholePercent } from '../model/units.ts';
import { markdown, markdownCode, plain } from './escape.ts';
import { change as changeOf, percentChange, percentDecimals, percentInterval, scaleOf } from './format.ts';
import { itemTitle } from './items.ts';

const TITLE_LIMIT = 200;
/** A longer list would go unread. */
const MOST_TOGETHER = 10;

/** Marks the body of an issue that bench closed because the change went away: bench may reopen it. */
export const CLOSED_BY_US = '<!-- bench:gone -->';

/** Ids contain names from outside: encode them whole, since `--` would end the comment. */
export const alertMarker = (changeId: string): string =>
  `<!-- bench:change ${encodeURIComponent(changeId).replace(/-/g, '%2D')} -->`;

export function renderAlert(alert: Alert): Ticket {
  const { change, event } = alert;
  const title = `${plain(change.scenario, 60)}: ${plain(change.metric, 60)} ${percent(effectOf(change))} since ${change.night}`;
  const body = [
    alertMarker(change.id),
    ...(event === 'gone' ? [CLOSED_BY_US] : []),
    '',
    ...(event === 'gone'
      ? [`**It went away${change.goneNight ? ` on ${change.goneNight}` : ''}**: ${reasonGone(change)}`, '']
      : []),
    headline(change),
    '',
    ...factLines(change),
    ...attributionLines(change),
    ...togetherLines(alert),
    '',
    '```',
    // In a code block, only its end needs escaping.
    ...alert.repeat.map((command) => plain(command, 600).replaceAll('`', "'")),
    '```',
    '',
  ];
  return { title: title.slice(0, TITLE_LIMIT), body: body.join('\n'), isOpen: event === 'confirmed' };
}

/** One line for a terminal or a log. */
export const alertLine = ({ event, change }: Alert): string =>
  plain(`${event} ${change.id}: ${percent(effectOf(change))}, ${change.images.before} -> ${change.images.after}`, 400);

/** The effect that booting the two images confirmed, if any; else that of the nights. */
export function effectOf({ confirmations, effect }: TrendChange): Interval {
  return confirmations.find(({ outcome, step }) => outcome === 'confirmed' && !step)?.ratio ?? effect;
}

const percent = (ratio: Interval): string => percentChange(ratio.estimate, percentDecimals(ratio));

const interval = (ratio: Interval): string =>
  `${percent(ratio)} (${wholePercent(ratio.confidence)} interval ${percentInterval(ratio, percentDecimals(ratio))})`;

function headline(change: TrendChange): string {
  const what = `${markdownCode(change.metric)} of ${markdown(change.candidate)} in ${markdown(change.scenario)}`;
  return `**${what} is ${change.direction} since ${change.night}: ${interval(effectOf(change))}.**`;
}

function factLines(change: TrendChange): string[] {
  const { images, runs, effect, owner } = change;
  return [
    `- before: ${markdownCode(images.before, 200)}, last seen ${change.previousNight} in ${markdownCode(runs.before, 120)}`,
    `- after: ${markdownCode(images.after, 200)}, first seen ${change.night} in ${markdownCode(runs.after, 120)}`,
    `- over the nights: ${interval(effect)}${change.crossCheck.agrees ? '' : '; a second method places it on another night'}`,
    ...bootedLines(change),
    ...(owner !== undefined ? [`- owner: ${markdown(owner)}`] : []),
  ];
}

const settledRun = (confirmations: TrendChange['confirmations']) =>
  confirmations.find(({ outcome, step }) => outcome !== 'inconclusive' && !step);

/** The last conclusive run; a bisection may have found closer neighbours than the nights. */
function bootedLines({ confirmations, images }: TrendChange): string[] {
  const run = settledRun(confirmations);
  if (!run) return [];
  const { before, after, outcome, ratio, link, id } = run;
  const isNearer = before !== images.before || after !== images.after;
  const neighbours = isNearer ? ` (${markdownCode(before, 200)} and ${markdownCode(after, 200)})` : '';
  const isAddress = link !== undefined && /^https:\/\/[^\s<>()[\]`"']+$/.test(link);
  const name = isAddress ? `[${markdown(id)}](${link})` : markdownCode(id, 120);
  return [`- both images booted${neighbours}: ${outcome}${ratio ? `, ${interval(ratio)}` : ''}, in ${name}`];
}

/** The items in which the two images' times differ. */
function attributionLines({ confirmations, metric }: TrendChange): string[] {
  const parts = settledRun(confirmations)?.attribution ?? [];
  if (parts.length === 0) return [];
  return [
    '',
    `Where the time went, on the path to ${markdownCode(metric)}:`,
    '',
    ...parts.map((part) => `- ${markdownCode(itemTitle(part.item))} ${changeOf(part.us, scaleOf(part.us, us(0)))}`),
  ];
}

function togetherLines({ together }: Alert): string[] {
  if (together.length === 0) return [];
  const left = together.length - MOST_TOGETHER;
  return [
    '',
    'On the same night, with the same image:',
    '',
    ...together
      .slice(0, MOST_TOGETHER)
      .map(({ metric, ratio }) => `- ${markdownCode(metric)} ${percentChange(ratio, 1)}`),
    ...(left > 0 ? [`- and ${left} more`] : []),
  ];
}

function reasonGone({ status, confirmations }: TrendChange): string {
  if (status === 'reverted') return 'a later image reversed it.';
  if (status === 'withdrawn') return 'later nights did not confirm it.';
  const refuted = confirmations.find(({ outcome, step }) => outcome === 'refuted' && !step);
  return `booting the two images against each other${refuted ? ` (${markdownCode(refuted.id, 120)})` : ''} showed no such difference.`;
}
