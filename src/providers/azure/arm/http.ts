/** Requests to services other than the resource manager. They carry no token, unless the caller adds one. */

import { type Ms, ms } from '../../../model/units.ts';
import { timeLimit } from '../../../net/time-limit.ts';
import type { Cloud } from '../account/cloud.ts';
import { httpClient } from './proxy.ts';

export interface PlainRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Default 60 s. */
  readonly withinMs?: Ms;
}

export interface PlainAnswer {
  readonly status: number;
  readonly text: string;
}

export type Send = (request: PlainRequest, signal: AbortSignal) => Promise<PlainAnswer>;

const WITHIN_MS = 60_000;

/** Sends requests with the certificate authority of a cloud, and through its proxy. */
export async function plainHttp({ ca, tunnelTo }: Pick<Cloud, 'ca' | 'tunnelTo'>): Promise<Send> {
  const { createHttpHeaders, createPipelineRequest } = await import('@azure/core-rest-pipeline');
  const client = await httpClient(tunnelTo);
  // All requests share one object, because it holds the connections.
  const tlsSettings = ca === undefined ? undefined : { ca };
  return async ({ method, url, headers = {}, body, withinMs = WITHIN_MS }, signal) => {
    const request = createPipelineRequest({
      url,
      method,
      headers: createHttpHeaders(headers),
      // Not the client's own `timeout`: its timer outlives a failed request and keeps the process alive.
      abortSignal: AbortSignal.any([signal, timeLimit(ms(withinMs))]),
      ...(body !== undefined && { body }),
    });
    if (tlsSettings !== undefined) request.tlsSettings = tlsSettings;
    const { status, bodyAsText } = await client.sendRequest(request);
    return { status, text: bodyAsText ?? '' };
  };
}
