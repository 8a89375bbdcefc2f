/**
 * `bench alert`: which changes of a trend it reports, and to whom. It reports a change once a run of its two images against each other
 * confirmed it, and stays silent while the result is inconclusive. When a reported change goes away, it reports that too.
 *
 *     found --confirm--> confirmed --later image undoes it, more nights, a refuting run--> gone
 *       \--inconclusive: silence         \--issue opened, webhook                            \--issue closed, webhook
 *
 * A marker identifies the issue of a change. A webhook has no memory, so the history keeps a line for each alert that bench sent to it.
 */
import { codeHost } from '../code-hosts/code-host.ts';
import { formatOf, WEBHOOK_FORMATS, type WebhookFormat, webhook } from '../code-hosts/webhook.ts';
import type { Alert, Ticket } from '../model/alert.ts';
import type { CodeHost, Posting } from '../model/code-host.ts';
import { usageError } from '../model/errors.ts';
import type { History, HistoryAlert, HistoryLine } from '../model/history.ts';
import { quoted } from '../model/shell.ts';
import type { Trend, TrendChange } from '../model/trend.ts';
import type { World } from '../model/world.ts';
import { alertLine, alertMarker, CLOSED_BY_US, renderAlert } from '../render/alert.ts';
import { slackMessage, teamsMessage } from '../render/alert-message.ts';
import { historyAt, readKnownHistory } from './history/open.ts';
import { trendOf } from './history/trend.ts';

/** Delivers one alert, or throws. */
type Webhook = (alert: Alert, signal: AbortSignal) => Promise<void>;

interface AlertMeans {
  readonly history: Pick<History, 'append'>;
  /** The history's existing lines. */
  readonly lines: readonly HistoryLine[];
  readonly ticket: CodeHost['ticket'];
  readonly webhook: Webhook | undefined;
  readonly now: () => string;
}

export interface Told {
  readonly alert: Alert;
  /** Undefined if there was nothing to do, or no place for issues. */
  readonly issue: Posting | undefined;
  readonly webhook: 'sent' | 'sent before' | 'none';
}

export interface AlertRequest {
  /** Address to which bench posts alerts. */
  readonly webhook?: string;
  /** By default the format that the address implies. */
  readonly webhookFormat?: string;
  readonly repo?: string;
}

/** The pending alerts, without sending them; one line each for people. */
export async function alertsIn(
  where: string,
  world: World,
): Promise<{ readonly alerts: readonly Alert[]; readonly lines: readonly string[] }> {
  const alerts = alertsOf(trendOf(await readKnownHistory(where, world)), shownPlace(where));
  return { alerts, lines: alerts.map(alertLine) };
}

/** `nobody`: no place for issues and no webhook. */
export async function alert(
  where: string,
  request: AlertRequest,
  world: World,
): Promise<{ readonly told: readonly Told[]; readonly nobody: boolean }> {
  const history = await historyAt(where, world);
  const content = await readKnownHistory(where, world);
  const { ticket } = await codeHost({ repository: request.repo }, world);
  const post = request.webhook
    ? webhook({
        url: request.webhook,
        secret: world.environment.BENCH_WEBHOOK_SECRET,
        body: bodyFor(request.webhook, request.webhookFormat),
      })
    : undefined;
  const means = { history, lines: content.lines, ticket, webhook: post, now: world.now };
  const told = await tell(trendOf(content), shownPlace(where), means, world.signal);
  return { told, nobody: !ticket && !post };
}

const BODIES: Readonly<Record<WebhookFormat, (alert: Alert) => unknown>> = {
  bench: (alert) => alert,
  slack: slackMessage,
  teams: teamsMessage,
};

function bodyFor(url: string, wanted: string | undefined): (alert: Alert) => unknown {
  if (wanted === undefined) return BODIES[formatOf(url)];
  const format = WEBHOOK_FORMATS.find((known) => known === wanted);
  if (!format) throw usageError(`--webhook-format ${wanted}: choose one of ${WEBHOOK_FORMATS.join(', ')}.`);
  return BODIES[format];
}

/** Removes the part that may hold a secret. */
const shownPlace = (where: string): string => where.replace(/\?.*$/s, '');

/** `where`: the history, spelled as in the commands that repeat an alert. */
async function tell(trend: Trend, where: string, world: AlertMeans, signal: AbortSignal): Promise<Told[]> {
  const told: Told[] = [];
  for (const alert of alertsOf(trend, where)) {
    const issue = await world.ticket?.(alertMarker(alert.change.id), (old) => nextTicket(alert, old), signal);
    told.push({ alert, issue, webhook: await send(alert, world, signal) });
  }
  return told;
}

/** In the order of the changes in the trend. */
export function alertsOf(trend: Trend, where: string): Alert[] {
  return trend.changes.flatMap((change) => {
    const event = eventOf(change);
    if (event === undefined) return [];
    const together = trend.changes.filter((other) => isTogether(change, other));
    const sizes = together.map(({ metric, effect }) => ({ metric, ratio: effect.estimate ?? 1 }));
    sizes.sort((a, b) => Math.abs(Math.log(b.ratio)) - Math.abs(Math.log(a.ratio)));
    return [
      {
        schema: 'bench/alert@1',
        id: `${event} ${change.id}`,
        event,
        change,
        together: sizes,
        repeat: repeatOf(change, where),
      },
    ];
  });
}

/** The last run that decided something gives the event. A change that was never confirmed gives no alert, and neither does its end. */
function eventOf({ status, confirmations }: TrendChange): Alert['event'] | undefined {
  const settled = confirmations.filter(({ outcome, step }) => outcome !== 'inconclusive' && !step);
  if (!settled.some(({ outcome }) => outcome === 'confirmed')) return undefined;
  return status === 'standing' && settled[0]?.outcome === 'confirmed' ? 'confirmed' : 'gone';
}

const isTogether = (change: TrendChange, other: TrendChange): boolean =>
  other !== change &&
  other.scenario === change.scenario &&
  other.candidate === change.candidate &&
  other.night === change.night &&
  other.status === 'standing';

function repeatOf({ id }: TrendChange, where: string): string[] {
  const [history, change] = [quoted(where), quoted(id)];
  return [
    `bench trend ${history} --open`,
    `bench confirm ${history} ${change}`,
    `bench confirm ${history} ${change} --bisect`,
  ];
}

/** What to do to a user's issue. An issue that people closed stays closed. */
function nextTicket(alert: Alert, old: Ticket | undefined): Ticket | undefined {
  const next = renderAlert(alert);
  if (!old) return next.isOpen ? next : undefined;
  if (!old.isOpen && !(next.isOpen && old.body.includes(CLOSED_BY_US))) return undefined;
  return old.isOpen === next.isOpen && old.title === next.title && old.body === next.body ? undefined : next;
}

async function send(alert: Alert, world: AlertMeans, signal: AbortSignal): Promise<Told['webhook']> {
  if (!world.webhook) return 'none';
  const last = lastSent(alert.change.id, world.lines);
  // Reports an end only if it reported the beginning.
  if (last === alert.event || (last === undefined && alert.event === 'gone')) return last ? 'sent before' : 'none';
  await world.webhook(alert, signal);
  const { id, event, change } = alert;
  const line = { schema: 'bench/history@1', kind: 'alert', id, at: world.now(), change: change.id, event } as const;
  await world.history.append(line, signal);
  return 'sent';
}

const lastSent = (change: string, lines: readonly HistoryLine[]): HistoryAlert['event'] | undefined =>
  lines.filter((line) => line.kind === 'alert').findLast((line) => line.change === change)?.event;

/** Two lines for people: what changed, and where bench reported it. */
export function toldText({ alert: told, issue, webhook: sent }: Told): string {
  const issueText =
    issue === undefined
      ? 'issue unchanged'
      : issue.kind === 'refused'
        ? `issue refused (${issue.reason}): the token needs issues: write`
        : `issue ${issue.kind}${issue.url === undefined ? '' : ` ${issue.url}`}`;
  return `${alertLine(told)}\n  ${issueText}; webhook: ${sent}\n`;
}
