/**
 * Azure DevOps: a comment thread on a pull request of Azure Repos, its status, the summary of a pipeline's run. It needs only the variables
 * of a build; a pipeline has to pass SYSTEM_ACCESSTOKEN on explicitly.
 * https://learn.microsoft.com/en-us/rest/api/azure/devops/git/pull-request-threads
 */
import ky, { HTTPError, type KyInstance } from 'ky';
import * as z from 'zod';
import type { Check, CodeHost, HostRequest, HostWorld, Posting, SummaryPage } from '../model/code-host.ts';
import { worldError } from '../model/errors.ts';
import { fetchAs } from '../net/guarded-fetch.ts';
import { isMarked, putSticky, type Thread } from './sticky.ts';

const API_VERSION = '7.1';
/** Only a preview version returns the owner of a token; other versions answer with 400. */
const IDENTITY_VERSION = '7.1-preview';

/** Tries after the first, the longest wait between two, and how long one answer may take. */
const RETRIES = 3;
const LONGEST_WAIT_MS = 120_000;
const ANSWER_WITHIN_MS = 30_000;

/** Longest description of a status that the service takes. */
const DESCRIPTION_LIMIT = 256;

const Threads = z.object({
  value: z.array(
    z.object({
      id: z.int(),
      isDeleted: z.boolean().nullish(),
      comments: z
        .array(
          z.object({
            id: z.int(),
            content: z.string().nullish(),
            isDeleted: z.boolean().nullish(),
            author: z.object({ id: z.string() }).nullish(),
          }),
        )
        .nullish(),
    }),
  ),
});
const Connection = z.object({ authenticatedUser: z.object({ id: z.string() }) });

export function azureDevopsHost({ repository, pullRequest }: HostRequest, world: HostWorld): CodeHost {
  const { environment } = world;
  const collection = (environment.SYSTEM_COLLECTIONURI || environment.SYSTEM_TEAMFOUNDATIONCOLLECTIONURI || '').replace(
    /\/*$/,
    '/',
  );
  const project = environment.SYSTEM_TEAMPROJECT;
  const repo = repository ?? environment.BUILD_REPOSITORY_ID;
  const number = pullRequest ?? numberOf(environment.SYSTEM_PULLREQUEST_PULLREQUESTID);
  const token = environment.SYSTEM_ACCESSTOKEN;
  const build = environment.BUILD_BUILDID;
  const home = `${collection}${encodeURIComponent(project ?? '')}`;
  const host = {
    name: 'Azure DevOps',
    jobUrl: project && build ? `${home}/_build/results?buildId=${build}&view=artifacts` : undefined,
    summarise: async (pages: readonly SummaryPage[]) => pages.map(({ file }) => uploadCommand(file)),
  };
  if (!project || !repo || collection === '/') return { ...host, missing: 'the variables of an Azure Pipelines build' };
  if (number === undefined) return { ...host, missing: 'a pull request: --pr 123' };
  if (!token) return { ...host, missing: 'a token: map SYSTEM_ACCESSTOKEN to $(System.AccessToken)' };
  const pull = `${home}/_apis/git/repositories/${encodeURIComponent(repo)}/pullRequests/${number}`;
  const page = `${home}/_git/${encodeURIComponent(repo)}/pullrequest/${number}`;
  return {
    ...host,
    missing: undefined,
    comment: (marker, write, signal) =>
      asked(signal, () => {
        const ownId = () => identityOf(api(collection, token, IDENTITY_VERSION, signal));
        const thread = threads(api(pull, token, API_VERSION, signal), { marker, page, ownId });
        return putSticky(thread, write, world.timer, signal);
      }),
    check: (check, signal) =>
      asked(signal, () => postStatus(api(pull, token, API_VERSION, signal), check, host.jobUrl)),
  };
}

const numberOf = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;

/** Agents obey lines like this one; it escapes the characters that end one. */
const uploadCommand = (file: string): string =>
  `##vso[task.uploadsummary]${file.replace(/[%\r\n\];]/g, (c) => ESCAPES[c] ?? '')}`;

const ESCAPES: Readonly<Record<string, string>> = { '%': '%AZP25', '\r': '%0D', '\n': '%0A', ']': '%5D', ';': '%3B' };

const api = (prefixUrl: string, token: string, version: string, signal: AbortSignal): KyInstance =>
  ky.create({
    fetch: fetchAs('Azure DevOps'),
    prefixUrl,
    signal,
    headers: { authorization: `Bearer ${token}` },
    searchParams: { 'api-version': version },
    timeout: ANSWER_WITHIN_MS,
    retry: { limit: RETRIES, methods: ['get', 'patch'], backoffLimit: LONGEST_WAIT_MS, maxRetryAfter: LONGEST_WAIT_MS },
  });

type FoundComment = { readonly thread: number; readonly comment: number; readonly body: string };

/** The token's identity: usually the build service of the project. */
const identityOf = async (collection: KyInstance): Promise<string> =>
  Connection.parse(await collection.get('_apis/connectionData').json()).authenticatedUser.id;

interface Sticky {
  readonly marker: string;
  /** Address of the thread's page. */
  readonly page: string;
  readonly ownId: () => Promise<string>;
}

const threads = (pull: KyInstance, { marker, page, ownId }: Sticky): Thread<FoundComment> => ({
  /**
   * Any user can begin a comment with the marker, and could then edit the verdict in it: bench edits only comments of the token's identity.
   */
  async find() {
    const { value } = Threads.parse(await pull.get('threads').json());
    const marked = value.flatMap(({ id, isDeleted, comments }) => {
      const [first] = comments ?? [];
      return !isDeleted && first && !first.isDeleted && isMarked(first.content, marker) ? [{ id, first }] : [];
    });
    if (marked.length === 0) return undefined;
    const own = await ownId();
    const found = marked.find(({ first }) => first.author?.id === own);
    return found && { thread: found.id, comment: found.first.id, body: found.first.content ?? '' };
  },
  async create(content) {
    // Closed: a finding to read, not a question to answer before the merge.
    const json = { comments: [{ parentCommentId: 0, content, commentType: 'text' }], status: 'closed' };
    await pull.post('threads', { json });
    return page;
  },
  async update({ thread, comment }, content) {
    await pull.patch(`threads/${thread}/comments/${comment}`, { json: { content } });
    return page;
  },
  isOpen: (error) => !(error instanceof HTTPError) || error.response.status >= 500,
});

async function postStatus(pull: KyInstance, check: Check, targetUrl: string | undefined): Promise<Posting> {
  const state = ({ success: 'succeeded', failure: 'failed', neutral: 'notApplicable' } as const)[check.conclusion];
  await pull.post('statuses', {
    json: {
      state,
      description: check.title.slice(0, DESCRIPTION_LIMIT),
      context: { name: check.name, genre: 'bench' },
      ...(targetUrl !== undefined && { targetUrl }),
    },
  });
  return { kind: 'created', url: targetUrl };
}

async function asked<T>(
  signal: AbortSignal,
  ask: () => Promise<T>,
): Promise<T | Extract<Posting, { kind: 'refused' }>> {
  try {
    return await ask();
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof Error)) throw error;
    const status = error instanceof HTTPError ? error.response.status : undefined;
    if (status === 403)
      return { kind: 'refused', reason: 'the build service is not allowed to contribute to pull requests' };
    const hint =
      status === 401
        ? 'Check that the step maps SYSTEM_ACCESSTOKEN to $(System.AccessToken).'
        : 'Run this again later.';
    throw worldError(`Azure DevOps could not be reached: ${error.message}`, hint, error);
  }
}
