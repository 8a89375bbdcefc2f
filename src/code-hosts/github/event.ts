/** Which pull request a GitHub job is about, from the payload of its event. */
import * as z from 'zod';

const PullRequestEvent = z.object({ number: z.int(), head: z.object({ sha: z.string() }) });

const Event = z.object({
  repository: z.object({ full_name: z.string() }).optional(),
  pull_request: PullRequestEvent.optional(),
  issue: z.object({ number: z.int(), pull_request: z.unknown().optional() }).optional(),
  workflow_run: z
    .object({
      head_sha: z.string(),
      head_branch: z.string().nullish(),
      head_repository: z.object({ owner: z.object({ login: z.string() }) }).nullish(),
      pull_requests: z.array(z.object({ number: z.int() })).default([]),
    })
    .optional(),
});

/** The pull request's number, or the branch it comes from, which bench has to look up. */
export type EventTarget = {
  readonly repository?: string | undefined;
  readonly number?: number | undefined;
  readonly sha?: string | undefined;
  /** `owner:branch` of a fork: GitHub gives a workflow_run no number of its pull request. */
  readonly head?: string | undefined;
};

/**
 * Reads the payload of `pull_request`, `issue_comment` and `workflow_run` events; any other event concerns no pull request. Throws on
 * anything that is no payload.
 */
export function targetOfEvent(payload: string): EventTarget {
  const event = Event.parse(JSON.parse(payload));
  const repository = event.repository?.full_name;
  if (event.pull_request) {
    return { repository, number: event.pull_request.number, sha: event.pull_request.head.sha };
  }
  if (event.issue?.pull_request) return { repository, number: event.issue.number };
  const run = event.workflow_run;
  if (run === undefined) return { repository };
  const owner = run.head_repository?.owner.login;
  const head = owner && run.head_branch ? `${owner}:${run.head_branch}` : undefined;
  return { repository, sha: run.head_sha, number: run.pull_requests[0]?.number, head };
}
