/**
 * Issues that bench opens, one per marker. It finds them by a label and the marker. Anyone may write the marker, but only users who may
 * manage issues can set the label. https://docs.github.com/en/rest/issues/issues
 */
import type { Ticket } from '../../model/alert.ts';
import type { Posting } from '../../model/code-host.ts';
import type { Timer } from '../../model/provider.ts';
import { isMarked, putSticky } from '../sticky.ts';
import type { GithubApi } from './api.ts';
import { isOpen } from './failure.ts';

type Repository = { readonly owner: string; readonly repo: string };
type Found = Ticket & { readonly number: number };

export type TicketWriter = (previous: Ticket | undefined) => Ticket | undefined;

const LABEL = 'bench';

/** Pages of 100 issues with the label to search. */
const PAGES = 30;

export async function putTicket(
  api: GithubApi,
  { owner, repo }: Repository,
  { marker, write }: { readonly marker: string; readonly write: TicketWriter },
  timer: Timer,
  signal: AbortSignal,
): Promise<Posting | undefined> {
  const repository = { owner, repo };
  const wanted = write(await find(api, repository, marker));
  if (wanted === undefined) return undefined;
  const { title, body } = wanted;
  return putSticky<Found>(
    {
      find: () => find(api, repository, marker),
      async create() {
        await makeLabel(api, repository);
        const request = { ...repository, title, body, labels: [LABEL], request: { retries: 0 } };
        return (await api.request('POST /repos/{owner}/{repo}/issues', request)).data.html_url;
      },
      async update({ number }) {
        const state = wanted.isOpen ? ('open' as const) : ('closed' as const);
        const request = { ...repository, issue_number: number, title, body, state };
        return (await api.request('PATCH /repos/{owner}/{repo}/issues/{issue_number}', request)).data.html_url;
      },
      isOpen,
    },
    () => body,
    timer,
    signal,
  );
}

async function find(api: GithubApi, repository: Repository, marker: string): Promise<Found | undefined> {
  const listing = { ...repository, labels: LABEL, state: 'all', sort: 'created', per_page: 100 } as const;
  let page = 0;
  for await (const { data } of api.paginate.iterator('GET /repos/{owner}/{repo}/issues', listing)) {
    for (const { number, title, body, state, pull_request: pull } of data)
      if (!pull && isMarked(body, marker)) return { number, title, body: body ?? '', isOpen: state === 'open' };
    page += 1;
    if (page === PAGES) break;
  }
  return undefined;
}

/** GitHub silently drops a label that the token may not set, and bench would never find the issue again. */
async function makeLabel(api: GithubApi, repository: Repository): Promise<void> {
  const isMissing = await api.request('GET /repos/{owner}/{repo}/labels/{name}', { ...repository, name: LABEL }).then(
    () => false,
    (error: unknown) => {
      if (error instanceof Error && 'status' in error && error.status === 404) return true;
      throw error;
    },
  );
  if (!isMissing) return;
  const label = { name: LABEL, color: '5319e7', description: 'Changes in boot time that bench found and confirmed' };
  await api.request('POST /repos/{owner}/{repo}/labels', { ...repository, ...label });
}
