/** `bench comment`: posts the pull-request comment, or prints it if there is no pull request. */
import { worldError } from '../../model/errors.ts';
import type { CommentOutput, JsonOutput } from '../../model/json-output.ts';
import { type CommentRequest, comment, type Delivery, writeComment } from '../../stages/comment.ts';
import { EXIT } from '../exit.ts';
import { note } from '../notes.ts';
import { json, printable } from '../text.ts';
import type { CliWorld } from '../world.ts';

interface CommentOptions extends CommentRequest {
  readonly print?: boolean;
  readonly json?: boolean;
}

export async function command(world: CliWorld, names: readonly string[], options: CommentOptions): Promise<number> {
  if (options.print) {
    world.stdout.write(await writeComment(names, options, world));
    return EXIT.fine;
  }
  const { host, ...delivery } = await comment(names, options, world);
  // Agents of Azure Pipelines read both streams; with --json, stdout is a document.
  const commands = options.json ? world.stderr : world.stdout;
  for (const line of delivery.lines) commands.write(`${line}\n`);
  if (options.json) world.stdout.write(json<JsonOutput<typeof CommentOutput>>(toJson(delivery)));
  else tell(delivery, host, world);
  const refused = [delivery.comment, ...delivery.checks].find((posting) => posting?.kind === 'refused');
  if (refused?.kind === 'refused' && !delivery.summarised)
    throw worldError(`${host} refused the comment: ${refused.reason}`, RIGHTS);
  return EXIT.fine;
}

const RIGHTS = 'Give the token the permission pull-requests: write, and checks: write for --check.';

/** Prints the comment itself to stdout if bench delivered it nowhere else. */
function tell(delivery: Delivery, host: string, world: CliWorld): void {
  const { markdown, comment: posted, checks, summarised, silent } = delivery;
  for (const [what, posting] of [['comment', posted] as const, ...checks.map((check) => ['check', check] as const)]) {
    if (posting === undefined) continue;
    if (posting.kind !== 'refused') world.stdout.write(`${what} ${posting.kind}: ${printable(posting.url ?? host)}\n`);
    else if (summarised)
      note(
        world,
        `${host} refused the ${what} (${posting.reason}), as it does for forks; the job summary shows the same`,
      );
  }
  if (silent) {
    note(world, 'no gate failed: no comment posted');
    return;
  }
  const isPosted = posted !== undefined && posted.kind !== 'refused';
  if (!isPosted && !summarised) world.stdout.write(markdown);
  if (posted === undefined && summarised) note(world, 'no pull request to comment on; see the job summary');
}

const toJson = ({ markdown, comment: posted, checks, summarised }: Delivery) => ({
  comment: posted ?? null,
  checks,
  summarised,
  markdown,
});
