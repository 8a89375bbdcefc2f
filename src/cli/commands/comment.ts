/** `bench comment`: posts the pull-request comment, or prints it where there is no pull request. */
import path from 'node:path';
import { codeHost } from '../../code-hosts/code-host.ts';
import { usageError, worldError } from '../../model/errors.ts';
import type { CommentOutput, JsonOutput } from '../../model/json-output.ts';
import { renderComment } from '../../render/comment.ts';
import { type Compared, type Delivery, deliver } from '../../stages/comment.ts';
import { deriveFindings } from '../../stages/derive/findings.ts';
import { runFolder } from '../../store/run-folder.ts';
import { EXIT } from '../exit.ts';
import { json, printable } from '../text.ts';
import type { World } from '../world.ts';

interface CommentOptions {
  readonly repo?: string;
  readonly pr?: number;
  readonly reportUrl?: string;
  readonly check?: boolean;
  readonly onlyFailures?: boolean;
  readonly print?: boolean;
  readonly json?: boolean;
}

export async function command(world: World, names: readonly string[], options: CommentOptions): Promise<number> {
  const compared: Compared[] = [];
  for (const name of names) {
    const folder = runFolder(path.resolve(world.cwd, name));
    compared.push({ folder, findings: await deriveFindings(folder) });
  }
  const { reportUrl } = options;
  if (options.print) {
    const all = compared.map(({ findings }) => findings);
    world.stdout.write(renderComment(all, { reportUrl }));
    return EXIT.fine;
  }
  const host = await codeHost({ repository: options.repo, pullRequest: options.pr }, world);
  if (host.missing && (options.pr !== undefined || (options.check && !host.check)))
    throw usageError(`${host.name} cannot be posted to without ${host.missing}.`, 'Or only print it: --print.');
  const delivery = await deliver(
    compared,
    host,
    { reportUrl, check: options.check === true, onlyFailures: options.onlyFailures === true },
    world.signal,
  );
  // Agents of Azure Pipelines read both streams; with --json, stdout is a document.
  const commands = options.json ? world.stderr : world.stdout;
  for (const line of delivery.lines) commands.write(`${line}\n`);
  if (options.json) world.stdout.write(json<JsonOutput<typeof CommentOutput>>(toJson(delivery)));
  else tell(delivery, host.name, world);
  const refused = [delivery.comment, ...delivery.checks].find((posting) => posting?.kind === 'refused');
  if (refused?.kind === 'refused' && !delivery.summarised)
    throw worldError(`${host.name} refused to take it: ${refused.reason}`, RIGHTS);
  return EXIT.fine;
}

const RIGHTS = 'The token needs the permission pull-requests: write, and checks: write for --check.';

/** The comment itself goes to stdout where nobody else was given it. */
function tell({ markdown, comment, checks, summarised, silent }: Delivery, host: string, world: World): void {
  const say = (text: string) => world.stderr.write(`bench: ${printable(text)}\n`);
  for (const [what, posting] of [['comment', comment] as const, ...checks.map((check) => ['check', check] as const)]) {
    if (posting === undefined) continue;
    if (posting.kind !== 'refused') world.stdout.write(`${what} ${posting.kind}: ${printable(posting.url ?? host)}\n`);
    else if (summarised)
      say(
        `${host} refused the ${what} (${posting.reason}), as it does for a fork; the summary of the job says the same`,
      );
  }
  const isPosted = comment !== undefined && comment.kind !== 'refused';
  if (silent) {
    say('no gate failed: no comment was made');
    return;
  }
  if (!isPosted && !summarised) world.stdout.write(markdown);
  if (comment === undefined && summarised) say('there is no pull request to comment on; the summary of the job has it');
}

const toJson = ({ markdown, comment, checks, summarised }: Delivery) => ({
  comment: comment ?? null,
  checks,
  summarised,
  markdown,
});
