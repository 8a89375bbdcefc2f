/** The comment that is found again and edited, the same way at every host. */
import type { Posting, WriteComment } from '../model/code-host.ts';
import type { Timer } from '../model/provider.ts';
import { ms } from '../model/units.ts';

/** The comments of one pull request, as a host has them. */
export interface Thread<Found extends { readonly body: string }> {
  /** The comment that begins with the marker, if it is ours to edit. */
  find(): Promise<Found | undefined>;
  /** Returns the comment's address. Not retried: an answer of 5xx leaves open whether the comment is there. */
  create(body: string): Promise<string | undefined>;
  update(found: Found, body: string): Promise<string | undefined>;
  /** Whether a failed creation may have taken place all the same. */
  isOpen(error: unknown): boolean;
}

/** Times a comment is looked for and created, and the pause between: a host that answers 5xx longer than this is down. */
const ATTEMPTS = 4;
const PAUSE = ms(1_000);

/** Looks again after each creation that failed halfway, so that no comment is ever there twice. */
export async function putSticky<Found extends { readonly body: string }>(
  thread: Thread<Found>,
  write: WriteComment,
  timer: Timer,
  signal: AbortSignal,
): Promise<Posting | undefined> {
  for (let attempt = 1; ; attempt++) {
    const found = await thread.find();
    const body = write(found?.body);
    if (body === undefined) return undefined;
    if (found !== undefined) return { kind: 'updated', url: await thread.update(found, body) };
    try {
      return { kind: 'created', url: await thread.create(body) };
    } catch (error) {
      if (attempt === ATTEMPTS || !thread.isOpen(error)) throw error;
      await timer.sleep(ms(PAUSE * attempt), signal);
    }
  }
}

/** Whether a comment's first line is the marker. */
export const isMarked = (body: string | null | undefined, marker: string): boolean =>
  body?.replaceAll('\r\n', '\n').split('\n', 1)[0]?.trim() === marker;
