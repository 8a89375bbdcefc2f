/** `bench comment`: delivers results to their readers: the page of the CI job, the pull request's comment, a check beside the commit. */
import { codeHost } from '../code-hosts/code-host.ts';
import type { CodeHost, Posting } from '../model/code-host.ts';
import { BenchError, usageError } from '../model/errors.ts';
import type { Profile } from '../model/profile.ts';
import type { World } from '../model/world.ts';
import { renderCheck } from '../render/check.ts';
import { commentMarker, renderComment } from '../render/comment.ts';
import { profileMarker, renderProfileComment } from '../render/profile/comment.ts';
import { renderSummary } from '../render/summary.ts';
import type { RunFolder } from '../store/run-folder.ts';
import { deriveFindings, type Findings } from './derive/findings.ts';
import { namedRun } from './named-run.ts';

export interface CommentRequest {
  readonly repo?: string;
  readonly pr?: number;
  readonly reportUrl?: string;
  readonly check?: boolean;
  /** Make a comment only when something failed. */
  readonly onlyFailures?: boolean;
}

/** The comment, without posting it. */
export async function writeComment(
  names: readonly string[],
  { reportUrl }: CommentRequest,
  world: World,
): Promise<string> {
  const profiled = await profileIn(names, world);
  if (profiled) return renderProfileComment(profiled.profile);
  const compared = await compareAll(names, world);
  return renderComment(
    compared.map(({ findings }) => findings),
    { reportUrl },
  );
}

/** Posts to the code host of this CI job. `host`: its name. */
export async function comment(
  names: readonly string[],
  request: CommentRequest,
  world: World,
): Promise<Delivery & { readonly host: string }> {
  const { repo, pr, reportUrl, check = false, onlyFailures = false } = request;
  const profiled = await profileIn(names, world);
  const compared = profiled ? [] : await compareAll(names, world);
  const host = await codeHost({ repository: repo, pullRequest: pr }, world);
  if (host.missing && (pr !== undefined || (check && !host.check)))
    throw usageError(`Posting to ${host.name} needs ${host.missing}.`, 'Set it, or print the comment with --print.');
  if (profiled) return { ...(await deliverProfile(profiled, host, world.signal)), host: host.name };
  const delivery = await deliver(compared, host, { reportUrl, check, onlyFailures }, world.signal);
  return { ...delivery, host: host.name };
}

interface Profiled {
  readonly folder: RunFolder;
  readonly profile: Profile;
}

/** A profile gets a separate comment: it compares nothing, and cannot fail. */
async function profileIn(names: readonly string[], world: World): Promise<Profiled | undefined> {
  const folders = names.map((name) => namedRun(name, world));
  const [folder, ...others] = folders;
  if (folder === undefined || !(await folder.hasProfile())) return undefined;
  if (others.length > 0)
    throw usageError(
      `${folder.folder} is a profile; a profile needs a separate comment.`,
      'Run bench comment with this folder alone.',
    );
  return { folder, profile: await folder.readProfile() };
}

async function deliverProfile({ folder, profile }: Profiled, host: CodeHost, signal: AbortSignal): Promise<Delivery> {
  const markdown = renderProfileComment(profile);
  const lines = (await host.summarise?.([{ text: markdown, file: folder.file.comment }])) ?? [];
  const posted = await host.comment?.(profileMarker(profile), () => markdown, signal);
  return { markdown, comment: posted, silent: false, checks: [], summarised: host.summarise !== undefined, lines };
}

async function compareAll(names: readonly string[], world: World): Promise<Compared[]> {
  const compared: Compared[] = [];
  for (const name of names) {
    const folder = namedRun(name, world);
    compared.push({ folder, findings: await deriveFindings(folder) });
  }
  return compared;
}

interface Compared {
  readonly folder: RunFolder;
  readonly findings: Findings;
}

export interface Delivery {
  /** The comment in the form of its first posting. */
  readonly markdown: string;
  readonly comment: Posting | undefined;
  /** Nothing failed, and the user wanted only failures: there is no comment, unless bench had to update an earlier one. */
  readonly silent: boolean;
  readonly checks: readonly Posting[];
  /** Whether the CI job's page shows the result, and the lines that bench must print for it. */
  readonly summarised: boolean;
  readonly lines: readonly string[];
}

interface DeliveryOptions {
  readonly reportUrl: string | undefined;
  readonly check: boolean;
  /** Make a comment only when something failed. Bench updates an existing one in any case. */
  readonly onlyFailures: boolean;
}

/** All runs make one comment, and one check each. The job's page comes first, so it exists even if posting fails. */
async function deliver(
  compared: readonly Compared[],
  host: CodeHost,
  options: DeliveryOptions,
  signal: AbortSignal,
): Promise<Delivery> {
  const reportUrl = options.reportUrl ?? host.jobUrl;
  const all = compared.map(({ findings }) => findings);
  const lines = (await host.summarise?.(await summaries(compared))) ?? [];
  const marker = commentMarker(all.map(({ samples }) => samples.scenario));
  const write = (previous: string | undefined) => renderComment(all, { reportUrl, previous });
  const silent = options.onlyFailures && all.every((one) => renderCheck(one).conclusion !== 'failure');
  const told = host.summarise === undefined ? undefined : 'The job summary shows the same.';
  const posted = await host
    .comment?.(marker, (previous) => (silent && previous === undefined ? undefined : write(previous)), signal)
    .catch(withHint(told));
  const checks: Posting[] = [];
  if (options.check && host.check) {
    for (const one of all) checks.push(await host.check(renderCheck(one), signal).catch(withHint(told)));
  }
  return {
    markdown: write(undefined),
    comment: posted,
    silent: silent && posted === undefined,
    checks,
    summarised: host.summarise !== undefined,
    lines,
  };
}

/** Written to the run's folder too: agents of Azure Pipelines take a file. */
const summaries = (compared: readonly Compared[]) =>
  Promise.all(
    compared.map(async ({ folder, findings }) => {
      const text = renderSummary(findings);
      await folder.writePage('summary', text);
      return { text, file: folder.file.summary };
    }),
  );

const withHint =
  (hint: string | undefined) =>
  (error: unknown): never => {
    if (!(error instanceof BenchError) || hint === undefined) throw error;
    throw new BenchError(error.kind, error.message, [error.hint, hint].filter(Boolean).join(' '), error);
  };
