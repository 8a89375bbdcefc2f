/**
 * The one connection to the resource manager. Compute calls use the SDK. Calls for groups, networks and operation status use the
 * same pipeline (token, retries, certificates): three more SDKs would cost more than they save. Every request records when it
 * really leaves, so that latency excludes the wait of a throttled request.
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

/** The options that all SDK calls share; `onResponse` gets the raw response. */
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
  /** Time since then in which Azure throttled us. It is not boot time. */
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
  /** Reads a text at an address that carries its own permission. Sends no token. */
  download(url: string, signal: AbortSignal): Promise<string>;
  /** Sends a request to any other service than the resource manager. It adds no token: a caller that needs one uses `token`. */
  readonly elsewhere: Send;
  /** A token for the resource manager, renewed when the last one is about to expire. */
  token(signal: AbortSignal): Promise<string>;
  /** PEM of a certificate authority that Node does not know. */
  readonly ca: string | undefined;
  readonly tunnelTo: TunnelTo;
}

/**
 * Azure's limits per subscription and identity: reads refill at 25/s from a bucket of 250, writes at 10/s from 200. Ours are lower,
 * because other programs share them.
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
    // `throttling.ts` retries instead, on the fleet's clock.
    retryOptions: { maxRetries: 0 },
    userAgentOptions: { userAgentPrefix: 'bootbench' },
    ...(ca && { tlsOptions: { ca } }),
  });
  compute.pipeline.addPolicy(policy, { afterPhase: 'Retry' });
  compute.pipeline.addPolicy(stampSending(timer), { afterPhase: 'Sign' });
  compute.pipeline.addPolicy(giveUpInTime, { afterPhase: 'Sign' });
  return compute;
}

/** Sends requests that the SDK lacks, through its pipeline. */
function callThrough(
  { pipeline }: ComputeManagementClient,
  core: typeof import('@azure/core-rest-pipeline'),
  client: HttpClient,
  { resourceManager }: Cloud,
): Arm['call'] {
  return async (method, path, body, signal) => {
    const url = path.startsWith('https://') ? path : `${resourceManager}${path}`;
    // A status address comes from a response; the token must not go to any other host.
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

/** Reads the fields of `shape` from the resource at a path. */
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
