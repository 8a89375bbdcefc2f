/**
 * The one connection to the resource manager. Compute calls go through the SDK; groups, networks and the operations'
 * own status through the same pipeline (token, retries, certificates), because three more SDKs for three shapes would weigh
 * more than they save. Every request is stamped when it really leaves: what a throttled request waited is no latency.
 */
import type { ComputeManagementClient } from '@azure/arm-compute';
import type { HttpClient, PipelinePolicy } from '@azure/core-rest-pipeline';
import type { TokenCredential } from '@azure/identity';
import * as z from 'zod';
import { worldError } from '../../../model/errors.ts';
import type { Timer } from '../../../model/provider.ts';
import type { Ms } from '../../../model/units.ts';
import { pacer, type Turn } from '../../cloud/pacer.ts';
import type { Cloud } from '../account/cloud.ts';
import { explained, SIGN_IN } from './explanation.ts';
import { ArmError } from './failure.ts';
import { plainHttp, type Send } from './http.ts';
import { giveUpInTime } from './policies.ts';
import { httpClient, type TunnelTo } from './proxy.ts';
import { stampSending } from './request-timing.ts';
import { type Accepted, type ArmResponse, acceptedOf, answerOf, armErrorOf, bodyOf, rawAnswer } from './response.ts';
import { throttling } from './throttling.ts';

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
  /** Time since then in which Azure throttled us: it belongs to no boot. */
  heldMs(since: Ms): Ms;
  readonly readTurn: Turn;
  readonly writeTurn: Turn;
  call(
    method: 'GET' | 'PUT' | 'DELETE' | 'HEAD' | 'POST',
    path: string,
    body: unknown,
    signal: AbortSignal,
  ): Promise<ArmResponse>;
  submit(start: (options: CallOptions) => Submittable, signal: AbortSignal): Promise<Accepted>;
  /** A text at an address that carries its own permission; no token is sent. */
  download(url: string, signal: AbortSignal): Promise<string>;
  /** A request to somewhere else than the resource manager. No token is sent: a request that needs one asks for it. */
  readonly elsewhere: Send;
  /** A token for the resource manager, fresh when the last one is about to expire. */
  token(signal: AbortSignal): Promise<string>;
  /** PEM of a certificate authority that Node does not know. */
  readonly ca: string | undefined;
  readonly tunnelTo: TunnelTo;
}

/**
 * Reads refill at 25/s from a bucket of 250, writes at 10/s from 200 (per subscription and identity); others call too.
 * Source: limits of Azure Resource Manager, 2024.
 */
const READS = { burst: 150, perSecond: 20 };
const WRITES = { burst: 100, perSecond: 8 };

export async function connectArm(
  cloud: Cloud,
  credential: TokenCredential,
  subscription: string,
  timer: Timer,
  say: (line: string) => void,
): Promise<Arm> {
  const { policy, heldMs } = throttling(timer, say);
  const client = await httpClient(cloud.tunnelTo);
  const [compute, core, send] = await Promise.all([
    computeClient(cloud, credential, subscription, timer, policy, client),
    import('@azure/core-rest-pipeline'),
    plainHttp(cloud),
  ]);
  const elsewhere: Send = async (request, stop) => explained(send(request, stop));
  return {
    subscription,
    compute,
    timer,
    heldMs,
    readTurn: pacer(READS.burst, READS.perSecond, timer),
    writeTurn: pacer(WRITES.burst, WRITES.perSecond, timer),
    call: callThrough(compute, core, client, cloud),
    submit: (start, signal) => submit(start, timer, signal),
    elsewhere,
    download: async (url, signal) => {
      const { status, text } = await elsewhere({ method: 'GET', url }, signal);
      if (status !== 200) throw new ArmError(status, [], `a download was answered with ${status}`);
      return text;
    },
    token: async (signal) => {
      const found = await explained(credential.getToken(cloud.scope, { abortSignal: signal }));
      if (found === null) throw worldError('No token for Azure.', SIGN_IN);
      return found.token;
    },
    ca: cloud.ca,
    tunnelTo: cloud.tunnelTo,
  };
}

async function computeClient(
  { resourceManager, scope, ca }: Cloud,
  credential: TokenCredential,
  subscription: string,
  timer: Timer,
  policy: PipelinePolicy,
  client: HttpClient,
): Promise<ComputeManagementClient> {
  const { ComputeManagementClient } = await import('@azure/arm-compute');
  const compute = new ComputeManagementClient(credential, subscription, {
    endpoint: resourceManager,
    httpClient: client,
    credentials: { scopes: [scope] },
    // On its own clock: see throttling.ts.
    retryOptions: { maxRetries: 0 },
    userAgentOptions: { userAgentPrefix: 'bootbench' },
    ...(ca && { tlsOptions: { ca } }),
  });
  compute.pipeline.addPolicy(policy, { afterPhase: 'Retry' });
  compute.pipeline.addPolicy(stampSending(timer), { afterPhase: 'Sign' });
  compute.pipeline.addPolicy(giveUpInTime, { afterPhase: 'Sign' });
  return compute;
}

/** Requests that the SDK does not have, through its pipeline. */
function callThrough(
  { pipeline }: ComputeManagementClient,
  core: typeof import('@azure/core-rest-pipeline'),
  client: HttpClient,
  { resourceManager }: Cloud,
): Arm['call'] {
  return async (method, path, body, signal) => {
    const url = path.startsWith('https://') ? path : `${resourceManager}${path}`;
    // A status address comes from an answer; the token must not leave for anywhere else.
    if (!url.startsWith(`${resourceManager}/`)) throw worldError(`${url} is not at ${resourceManager}.`);
    const request = core.createPipelineRequest({
      url,
      method,
      headers: core.createHttpHeaders({ accept: 'application/json', 'content-type': 'application/json' }),
      abortSignal: signal,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return answerOf(await explained(pipeline.sendRequest(client, request)));
  };
}

async function submit(
  start: (options: CallOptions) => Submittable,
  timer: Timer,
  signal: AbortSignal,
): Promise<Accepted> {
  let seen: ArmResponse | undefined;
  const onResponse: CallOptions['onResponse'] = (response) => {
    seen = rawAnswer(response);
  };
  try {
    await explained(start({ abortSignal: signal, onResponse }).submitted());
  } catch (cause) {
    // The SDK drops the details of an error; the raw answer has them.
    if (seen && seen.status >= 400) throw armErrorOf(seen);
    throw cause;
  }
  return acceptedOf(seen, timer);
}

/** What is needed of what lies at a path. */
export async function get<T>(arm: Arm, shape: z.ZodType<T>, path: string, signal: AbortSignal): Promise<T> {
  return bodyOf(shape, await arm.call('GET', path, undefined, signal));
}

/** The items of a list, all pages of it. */
export async function list<T>(arm: Arm, item: z.ZodType<T>, path: string, signal: AbortSignal): Promise<T[]> {
  const page = z.object({ value: z.array(item).default([]), nextLink: z.string().optional() });
  const items: T[] = [];
  let next: string | undefined = path;
  // Azure's pages hold up to a thousand items.
  for (let pages = 0; next !== undefined && pages < 1000; pages++) {
    await arm.readTurn(signal);
    const { value, nextLink }: z.output<typeof page> = await get(arm, page, next, signal);
    items.push(...value);
    next = nextLink;
  }
  return items;
}
