/** `bench alert`: confirmed changes of a history, told once: as issues, and to a webhook. */
import { codeHost } from '../../code-hosts/code-host.ts';
import { formatOf, WEBHOOK_FORMATS, type WebhookFormat, webhook } from '../../code-hosts/webhook.ts';
import type { Alert } from '../../model/alert.ts';
import { usageError } from '../../model/errors.ts';
import type { AlertOutput, JsonOutput } from '../../model/json-output.ts';
import { alertLine } from '../../render/alert.ts';
import { slackMessage, teamsMessage } from '../../render/alert-message.ts';
import { alertsOf, type Told, tell } from '../../stages/alert.ts';
import { historyAt } from '../../stages/history/open.ts';
import { trendOf } from '../../stages/history/trend.ts';
import { EXIT } from '../exit.ts';
import { json, printable } from '../text.ts';
import type { World } from '../world.ts';

interface AlertOptions {
  readonly webhook?: string;
  readonly webhookFormat?: string;
  readonly repo?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export async function command(world: World, where: string, options: AlertOptions): Promise<number> {
  const history = await historyAt(where, world);
  const { lines, damaged } = await history.read(world.signal);
  const trend = trendOf({ lines, damaged });
  const shown = where.replace(/\?.*$/s, '');
  if (options.dryRun) {
    const alerts = alertsOf(trend, shown);
    world.stdout.write(
      options.json
        ? json<JsonOutput<typeof AlertOutput>>(alerts)
        : alerts.map((alert) => `${alertLine(alert)}\n`).join(''),
    );
    return EXIT.fine;
  }
  const { ticket } = await codeHost({ repository: options.repo }, world);
  const secret = world.environment.BENCH_WEBHOOK_SECRET;
  const post = options.webhook && webhook({ url: options.webhook, secret, body: bodyFor(options.webhook, options) });
  if (!ticket && !post)
    world.stderr.write('bench: there is nobody to tell: no repository with a token for issues, and no --webhook\n');
  const told = await tell(
    trend,
    shown,
    { history, lines, ticket, webhook: post || undefined, now: world.now },
    world.signal,
  );
  world.stdout.write(options.json ? json<JsonOutput<typeof AlertOutput>>(told) : told.map(line).join(''));
  return told.some(({ issue }) => issue?.kind === 'refused') ? EXIT.world : EXIT.fine;
}

const BODIES: Readonly<Record<WebhookFormat, (alert: Alert) => unknown>> = {
  bench: (alert) => alert,
  slack: slackMessage,
  teams: teamsMessage,
};

function bodyFor(url: string, { webhookFormat: wanted }: AlertOptions): (alert: Alert) => unknown {
  if (wanted === undefined) return BODIES[formatOf(url)];
  const format = WEBHOOK_FORMATS.find((known) => known === wanted);
  if (!format) throw usageError(`--webhook-format ${wanted}: it is one of ${WEBHOOK_FORMATS.join(', ')}.`);
  return BODIES[format];
}

function line({ alert, issue, webhook: sent }: Told): string {
  const issueText =
    issue === undefined
      ? 'issue as it was'
      : issue.kind === 'refused'
        ? `issue refused (${issue.reason}): the token needs issues: write`
        : `issue ${issue.kind}${issue.url === undefined ? '' : ` ${issue.url}`}`;
  return printable(`${alertLine(alert)}\n  ${issueText}; webhook: ${sent}\n`, true);
}
