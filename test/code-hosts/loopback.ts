/** A code host on loopback: real HTTP, with pull requests in memory, and faults on request. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly body: Record<string, unknown>;
  readonly authorization: string | undefined;
}

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Carries out the request despite the error, as hosts do that answer 502 too early. */
  readonly afterwards?: boolean;
}

export type Route = (call: Call, url: URL) => Answer;

export interface Loopback {
  readonly url: string;
  readonly calls: Call[];
  /** Answers for matching calls, in order, instead of the normal ones. */
  readonly faults: { readonly match: RegExp; readonly answer: Answer }[];
  close(): Promise<void>;
}

export async function loopback(route: Route): Promise<Loopback> {
  const calls: Call[] = [];
  const faults: Loopback['faults'] = [];
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://loopback');
    const call = await callOf(request, url);
    calls.push(call);
    const at = faults.findIndex(({ match }) => match.test(`${call.method} ${call.path}`));
    const fault = at < 0 ? undefined : faults.splice(at, 1)[0]?.answer;
    const answer = fault === undefined || fault.afterwards ? route(call, url) : fault;
    send(response, fault ?? answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    faults,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

async function callOf(request: IncomingMessage, url: URL): Promise<Call> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  const path = decodeURIComponent(url.pathname);
  const body = text === '' ? {} : JSON.parse(text);
  return { method: request.method ?? '', path, body, authorization: request.headers.authorization };
}

function send(response: ServerResponse, { status, body, headers }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
  response.end(body === undefined ? '' : JSON.stringify(body));
}
