/**
 * The one connection to the resource manager. Compute calls go through the SDK; groups, networks and the operations'
 * own status through the same pipeline (token, retries, certificates), because three more SDKs for three shapes would weigh
 * more than they save. Every request is stamped when it really leaves: what a throttled request waited is no latency.
 */
import type { ComputeManagementClient } from '@azure/arm-compute';
import type { PipelinePolicy, PipelineResponse } from '@azure/core-rest-pipeline';
import type { TokenCredential } from '@azure/identity';
import { worldError } from '../../model/errors.ts';
import type { Timer } from '../../model/provider.ts';
import { type Ms, ms } from '../../model/units.ts';
import type { Cloud } from './cloud.ts';
import { ArmError } from './failure.ts';
import { plainHttp, type Send } from './http.ts';
import { pacer, type Turn } from './pacer.ts';
import { stampSending, stampsIn } from './sending.ts';

export interface Answer {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  /** Parsed JSON, or undefined where there was none. Of the shape that Azure documents, not checked here. */
  readonly body: unknown;
  readonly sentMs: Ms;
  readonly answeredMs: Ms;
}

/** A long operation that was accepted. `operation` is the address of its status. */
export interface Accepted {
  readonly operation: string | undefined;
  /** When the request that was accepted left, and when its answer came. */
  readonly sentMs: Ms;
  readonly acceptedMs: Ms;
}

export interface OperationStatus {
  readonly status: 'running' | 'succeeded' | 'failed';
  /** The operation's own stamps, ISO 8601 with up to seven digits. */
  readonly startTime?: string;
  readonly endTime?: string;
  readonly error?: ArmError;
}

/** What the options of an SDK call have in common; `onResponse` sees the raw answer. */
export interface CallOptions {
  readonly abortSignal: AbortSignal;
  readonly onResponse: (response: { status: number | string; headers: unknown; bodyAsText?: string | null }) => void;
}

interface Submittable {
  submitted(): Promise<void>;
}

export interface Arm {
  readonly subscription: string;
  readonly compute: ComputeManagementClient;
  readonly timer: Timer;
  readonly readTurn: Turn;
  readonly writeTurn: Turn;
  call(
    method: 'GET' | 'PUT' | 'DELETE' | 'HEAD' | 'POST',
    path: string,
    body: unknown,
    signal: AbortSignal,
  ): Promise<Answer>;
  submit(start: (options: CallOptions) => Submittable, signal: AbortSignal): Promise<Accepted>;
  /** A text at an address that carries its own permission; no token is sent. */
  download(url: string, signal: AbortSignal): Promise<string>;
  /** A request to somewhere else than the resource manager. No token is sent: who needs one says so in the request. */
  readonly elsewhere: Send;
  /** A token for the resource manager, fresh when the last one is about to expire. */
  token(signal: AbortSignal): Promise<string>;
  /** PEM of a certificate authority that Node does not know. */
  readonly ca: string | undefined;
}

/**
 * Reads refill at 25/s from a bucket of 250, writes at 10/s from 200 (per subscription and identity); others call too.
 * Source: limits of Azure Resource Manager, 2024.
 */
const READS = { burst: 150, perSecond: 20 };
const WRITES = { burst: 100, perSecond: 8 };
const RETRIES = { maxRetries: 6, retryDelayInMs: 1000, maxRetryDelayInMs: 60_000 };
const REQUEST_TIMEOUT_MS = 60_000;
const SIGN_IN = 'Sign in (az login), or set provider.credentials.';

export async function connectArm(
  cloud: Cloud,
  credential: TokenCredential,
  subscription: string,
  timer: Timer,
): Promise<Arm> {
  const [{ ComputeManagementClient }, pipeline, send] = await Promise.all([
    import('@azure/arm-compute'),
    import('@azure/core-rest-pipeline'),
    plainHttp(cloud.ca),
  ]);
  const compute = new ComputeManagementClient(credential, subscription, {
    endpoint: cloud.resourceManager,
    credentials: { scopes: [cloud.scope] },
    retryOptions: RETRIES,
    userAgentOptions: { userAgentPrefix: 'bootbench' },
    ...(cloud.ca && { tlsOptions: { ca: cloud.ca } }),
  });
  compute.pipeline.addPolicy(waitWhenThrottled, { afterPhase: 'Retry' });
  compute.pipeline.addPolicy(stampSending(timer), { afterPhase: 'Sign' });
  compute.pipeline.addPolicy(giveUpInTime, { afterPhase: 'Sign' });
  const http = pipeline.createDefaultHttpClient();
  const call: Arm['call'] = async (method, path, body, signal) => {
    const url = path.startsWith('https://') ? path : `${cloud.resourceManager}${path}`;
    // A status address comes from an answer; the token must not leave for anywhere else.
    if (!url.startsWith(`${cloud.resourceManager}/`)) throw worldError(`${url} is not at ${cloud.resourceManager}.`);
    const request = pipeline.createPipelineRequest({
      url,
      method,
      headers: pipeline.createHttpHeaders({ accept: 'application/json', 'content-type': 'application/json' }),
      abortSignal: signal,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return answerOf(await explained(compute.pipeline.sendRequest(http, request)));
  };
  const submit: Arm['submit'] = async (start, signal) => {
    let seen: Answer | undefined;
    const onResponse: CallOptions['onResponse'] = (response) => {
      seen = rawAnswer(response);
    };
    try {
      await explained(start({ abortSignal: signal, onResponse }).submitted());
    } catch (cause) {
      // The SDK drops the details of an error; the raw answer has them.
      if (seen && seen.status >= 400) throw armErrorOf(seen.status, seen.body);
      throw cause;
    }
    return acceptedOf(seen, timer);
  };
  const elsewhere: Send = async (request, stop) => explained(send(request, stop));
  const download: Arm['download'] = async (url, signal) => {
    const { status, text } = await elsewhere({ method: 'GET', url }, signal);
    if (status !== 200) throw new ArmError(status, [], `a download was answered with ${status}`);
    return text;
  };
  const token: Arm['token'] = async (signal) => {
    const found = await explained(credential.getToken(cloud.scope, { abortSignal: signal }));
    if (found === null) throw worldError('No token for Azure.', SIGN_IN);
    return found.token;
  };
  return {
    subscription,
    compute,
    timer,
    download,
    elsewhere,
    token,
    ca: cloud.ca,
    readTurn: pacer(READS.burst, READS.perSecond, timer),
    writeTurn: pacer(WRITES.burst, WRITES.perSecond, timer),
    call,
    submit,
  };
}

/** Sends a change and waits until it is done: for the few things that are made once per run. */
export async function change(
  arm: Arm,
  method: 'PUT' | 'DELETE',
  path: string,
  body: unknown,
  signal: AbortSignal,
): Promise<void> {
  const accepted = acceptedOf(await arm.call(method, path, body, signal), arm.timer);
  if (accepted.operation) await finished(arm, accepted.operation, signal);
}

/** Changes of this kind take minutes; one that takes an hour has been forgotten. */
const FINISH_WITHIN_MS = 3_600_000;
const FINISH_POLL_MS = 5_000;

/** Waits for an operation to end; throws what it failed with. */
export async function finished(arm: Arm, operation: string, signal: AbortSignal): Promise<OperationStatus> {
  const endMs = arm.timer.nowMs() + FINISH_WITHIN_MS;
  while (arm.timer.nowMs() < endMs) {
    const status = await readOperation(arm, operation, signal);
    if (status.error) throw status.error;
    if (status.status === 'succeeded') return status;
    await arm.timer.sleep(ms(FINISH_POLL_MS), signal);
  }
  throw worldError('An operation of Azure did not end within an hour.', `Its address: ${operation}`);
}

/** One look at an operation: at its status document, or at its location, which answers 202 until it is over. */
export async function readOperation(arm: Arm, operation: string, signal: AbortSignal): Promise<OperationStatus> {
  await arm.readTurn(signal);
  const answer = await arm.call('GET', operation, undefined, signal).catch((error: unknown) => {
    // What is deleted may take its operations along.
    if (error instanceof ArmError && error.status === 404) return undefined;
    throw error;
  });
  if (answer === undefined) return { status: 'succeeded' };
  const body = answer.body as { status?: string; startTime?: string; endTime?: string; error?: unknown } | undefined;
  const state = body?.status ?? (answer.status === 202 ? 'InProgress' : 'Succeeded');
  const stamps = {
    ...(body?.startTime && { startTime: body.startTime }),
    ...(body?.endTime && { endTime: body.endTime }),
  };
  if (state === 'Succeeded') return { status: 'succeeded', ...stamps };
  if (state === 'Failed' || state === 'Canceled')
    return { status: 'failed', ...stamps, error: armErrorOf(answer.status, body ?? {}, state) };
  return { status: 'running', ...stamps };
}

/** The items of a list, all pages of it. */
export async function list<T>(arm: Arm, path: string, signal: AbortSignal): Promise<T[]> {
  const items: T[] = [];
  let next: string | undefined = path;
  // Azure's pages hold up to a thousand items.
  for (let page = 0; next !== undefined && page < 1000; page++) {
    await arm.readTurn(signal);
    const body = (await arm.call('GET', next, undefined, signal)).body as { value?: T[]; nextLink?: string };
    items.push(...(body.value ?? []));
    next = body.nextLink;
  }
  return items;
}

/** The SDK's errors in our own words: an answer of Azure, no token, or no way to Azure. */
export async function explained<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    if (cause instanceof Error && /Authentication|CredentialUnavailable/.test(cause.name))
      throw worldError(`No token for Azure: ${signInFailure(cause)}.`, SIGN_IN, cause);
    const { code, statusCode } = cause as { code?: unknown; statusCode?: unknown };
    if (cause instanceof Error && typeof statusCode === 'number')
      throw new ArmError(statusCode, typeof code === 'string' ? [code] : [], cause.message);
    if (typeof code === 'string' && /^(ECONN|ENOTFOUND|EAI_|ETIMEDOUT|CERT|DEPTH|SELF|UNABLE)/.test(code))
      throw worldError(
        `Azure could not be reached: ${code}.`,
        'Check the network, a proxy, and BENCH_AZURE_CA.',
        cause,
      );
    throw cause;
  }
}

/** The errors of the identity package run over many lines; the code of the directory says most, a chain of guesses least. */
function signInFailure({ name, message }: Error): string {
  const said = /AADSTS\d+:[^\n]*?(?=\.? (?:Trace ID|$)|\.?$)/m.exec(message)?.[0];
  if (said === undefined && /^Aggregate/.test(name))
    return 'nobody is signed in here (tried: environment, workload identity, managed identity, az, PowerShell, azd)';
  return (said ?? message.split('\n')[0] ?? '').replace(/\.$/, '').slice(0, 300);
}

/**
 * Each attempt by itself. Not the client's own `timeout`: its timer outlives a request that fails, and keeps the process up.
 * The attempt gets a request of its own, since the client takes its listener from the signal only after all is over: on a
 * signal that had been put back by then it would stay, and the request with it.
 */
const giveUpInTime: PipelinePolicy = {
  name: 'benchGiveUpInTime',
  async sendRequest(request, next) {
    const { abortSignal } = request;
    const late = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
    const either = abortSignal instanceof AbortSignal ? AbortSignal.any([abortSignal, late]) : late;
    try {
      return { ...(await next({ ...request, abortSignal: either })), request };
    } catch (cause) {
      if (!late.aborted || abortSignal?.aborted) throw cause;
      throw worldError(`Azure did not answer within ${REQUEST_TIMEOUT_MS / 1000} s.`, 'Try again later.', cause);
    }
  },
};

/** The SDK waits for Retry-After only; some 429 say it in their text, some not at all. */
const waitWhenThrottled: PipelinePolicy = {
  name: 'benchWaitWhenThrottled',
  async sendRequest(request, next) {
    const response = await next(request);
    if (response.status === 429 && !response.headers.has('retry-after')) {
      const said = /after '?(\d{1,4})'? seconds/i.exec(response.bodyAsText ?? '')?.[1];
      response.headers.set('retry-after', said ?? '5');
    }
    return response;
  },
};

function answerOf(response: PipelineResponse): Answer {
  const answer = rawAnswer(response);
  if (answer.status >= 400) throw armErrorOf(answer.status, answer.body);
  return answer;
}

function rawAnswer(response: { status: number | string; headers: unknown; bodyAsText?: string | null }): Answer {
  const { headers } = response as PipelineResponse;
  const header = (name: string) => headers.get(name);
  return {
    status: Number(response.status),
    header,
    body: parsed(response.bodyAsText ?? ''),
    ...stampsIn(header),
  };
}

function acceptedOf(answer: Answer | undefined, timer: Timer): Accepted {
  const operation = answer?.header('azure-asyncoperation') ?? answer?.header('location');
  const nowMs = timer.nowMs();
  return { operation, sentMs: answer?.sentMs ?? nowMs, acceptedMs: answer?.answeredMs ?? nowMs };
}

function parsed(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

interface ErrorBody {
  readonly code?: string;
  readonly message?: string;
  readonly details?: readonly ErrorBody[];
}

function armErrorOf(status: number, body: unknown, fallback = `http-${status}`): ArmError {
  const outer = (body as { error?: ErrorBody } | undefined)?.error;
  const all = flatten(outer ?? {}, 0);
  const codes = all.flatMap(({ code }) => code ?? []);
  const texts = all.flatMap(({ message }) => message ?? []);
  return new ArmError(status, codes.length > 0 ? codes : [fallback], texts.join(' ') || `Azure answered ${status}`);
}

/** Details hold details; Azure nests them two deep. */
const flatten = (error: ErrorBody, depth: number): ErrorBody[] =>
  depth > 4 ? [] : [error, ...(error.details ?? []).flatMap((inner) => flatten(inner, depth + 1))];
