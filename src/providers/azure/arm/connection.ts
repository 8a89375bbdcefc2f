/**
 * The one connection to the resource manager. Compute calls go through the SDK; groups, networks and the operations'
 * own status through the same pipeline (token, retries, certificates), because three more SDKs for three shapes would weigh
 * more than they save. Every request is stamped when it really leaves: what a throttled request waited is no latency.
 */
import type { ComputeManagementClient } from '@azure/arm-compute';
import type { TokenCredential } from '@azure/identity';
import { worldError } from '../../../model/errors.ts';
import type { Timer } from '../../../model/provider.ts';
import { pacer, type Turn } from '../../cloud/pacer.ts';
import type { Cloud } from '../account/cloud.ts';
import { explained, SIGN_IN } from './explanation.ts';
import { ArmError } from './failure.ts';
import { plainHttp, type Send } from './http.ts';
import { giveUpInTime, waitWhenThrottled } from './policies.ts';
import { stampSending } from './request-timing.ts';
import { type Accepted, type Answer, acceptedOf, answerOf, armErrorOf, rawAnswer } from './response.ts';

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
