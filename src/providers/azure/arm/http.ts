/** Requests to anywhere but the resource manager: no token is sent, unless the request itself holds one. */
import type { Ms } from '../../../model/units.ts';

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

/** `ca`: PEM of a certificate authority that Node does not know. */
export async function plainHttp(ca: string | undefined): Promise<Send> {
  const { createDefaultHttpClient, createHttpHeaders, createPipelineRequest } = await import(
    '@azure/core-rest-pipeline'
  );
  const client = createDefaultHttpClient();
  // One object for all: connections are kept by it.
  const tlsSettings = ca === undefined ? undefined : { ca };
  return async ({ method, url, headers = {}, body, withinMs = WITHIN_MS }, signal) => {
    const request = createPipelineRequest({
      url,
      method,
      headers: createHttpHeaders(headers),
      // Not the client's own `timeout`: its timer outlives a request that fails, and keeps the process up.
      abortSignal: AbortSignal.any([signal, AbortSignal.timeout(withinMs)]),
      ...(body !== undefined && { body }),
    });
    if (tlsSettings !== undefined) request.tlsSettings = tlsSettings;
    const { status, bodyAsText } = await client.sendRequest(request);
    return { status, text: bodyAsText ?? '' };
  };
}
