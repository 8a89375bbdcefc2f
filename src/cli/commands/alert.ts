/** `bench alert`: confirmed changes of a history, told once: as issues, and to a webhook. */
import { codeHost } from '../../code-hosts/code-host.ts';
import { webhook } from '../../code-hosts/webhook.ts';
import type { AlertOutput, JsonOutput } from '../../model/json-output.ts';
import { alertLine } from '../../render/alert.ts';
import { alertsOf, type Told, tell } from '../../stages/alert.ts';
import { historyAt } from '../../stages/history/open.ts';
import { trendOf } from '../../stages/history/trend.ts';
import { EXIT } from '../exit.ts';
import { json, printable } from '../text.ts';
import type { World } from '../world.ts';

interface AlertOptions {
  readonly webhook?: string;
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
  const post = options.webhook && webhook({ url: options.webhook, secret: world.environment.BENCH_WEBHOOK_SECRET });
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

function line({ alert, issue, webhook: sent }: Told): string {
  const issueText =
    issue === undefined
      ? 'issue as it was'
      : issue.kind === 'refused'
        ? `issue refused (${issue.reason}): the token needs issues: write`
        : `issue ${issue.kind}${issue.url === undefined ? '' : ` ${issue.url}`}`;
  return printable(`${alertLine(alert)}\n  ${issueText}; webhook: ${sent}\n`, true);
}
