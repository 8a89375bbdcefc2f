/** The comment that bench finds again and edits, in the same way on every host. */
import type { Posting, WriteComment } from '../model/code-host.ts';
import type { Timer } from '../model/provider.ts';
import { retry } from '../model/retry.ts';
import { ms } from '../model/units.ts';

/** The comments of one pull request, in a host's own form. */
export interface Thread<Found extends { readonly body: string }> {
  /** The comment that begins with the marker, if it is ours to edit. */
  find(): Promise<Found | undefined>;
  /** Returns the comment's address. Bench does not retry it: after a 5xx answer the comment may exist. */
  create(body: string): Promise<string | undefined>;
  update(found: Found, body: string): Promise<string | undefined>;
  /** Whether a failed creation may have succeeded all the same. */
  isOpen(error: unknown): boolean;
}

/** How often bench looks for a comment and creates it, and the pause between: a host that answers 5xx for longer is down. */
const ATTEMPTS = 4;
const PAUSE = ms(1_000);

/** Looks again after each creation that failed halfway, so that there is never a second comment. */
export async function putSticky<Found extends { readonly body: string }>(
  thread: Thread<Found>,
  write: WriteComment,
  timer: Timer,
  signal: AbortSignal,
): Promise<Posting | undefined> {
  let notCreated: unknown;
  const put = async (): Promise<Posting | undefined> => {
    const found = await thread.find();
    const body = write(found?.body);
    if (body === undefined) return undefined;
    if (found !== undefined) return { kind: 'updated', url: await thread.update(found, body) };
    const url = await thread.create(body).catch((error: unknown) => {
      notCreated = error;
      throw error;
    });
    return { kind: 'created', url };
  };
  const pauseAfter = (error: unknown, attempt: number) =>
    error === notCreated && attempt < ATTEMPTS && thread.isOpen(error) ? ms(PAUSE * attempt) : undefined;
  return retry(put, pauseAfter, timer, signal);
}

/** Whether a comment's first line is the marker. */
export const isMarked = (body: string | null | undefined, marker: string): boolean =>
  body?.replaceAll('\r\n', '\n').split('\n', 1)[0]?.trim() === marker;
