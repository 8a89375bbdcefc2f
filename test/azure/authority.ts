/**
 * A GitHub job that may request identity tokens, and a directory that exchanges them. Each assertion is valid once, for a token that
 * expires before the next request. A credential that reuses an assertion fails, as in a run of hours.
 */
import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer, type Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Certificate } from './certificate.ts';

export interface AuthorityOptions {
  readonly certificate: Certificate;
  /** The token that the resource manager accepts. */
  readonly token: string;
}

export async function startAuthority({ certificate, token }: AuthorityOptions) {
  const fresh = new Set<string>();
  const seen = { asked: [] as string[], traded: 0, refused: 0 };
  const github = createHttpServer((request, response) => {
    const audience = new URL(request.url ?? '', 'http://github').searchParams.get('audience');
    if (request.headers.authorization !== 'Bearer of the job') return response.writeHead(403).end();
    const value = `assertion-${seen.asked.length + 1}`;
    seen.asked.push(audience ?? '');
    fresh.add(value);
    return response.end(JSON.stringify({ value }));
  });
  const directory = createServer(certificate, async (request, response) => {
    const tenant = /^\/([^/]+)\/v2\.0\/\.well-known/.exec(request.url ?? '')?.[1];
    const end = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    const at = `${urlOf(directory)}/${tenant}`;
    if (tenant !== undefined)
      return end(200, {
        issuer: `${at}/v2.0`,
        token_endpoint: `${at}/oauth2/v2.0/token`,
        authorization_endpoint: `${at}/oauth2/v2.0/authorize`,
        jwks_uri: `${at}/keys`,
      });
    let text = '';
    for await (const chunk of request) text += chunk;
    if (!fresh.delete(new URLSearchParams(text).get('client_assertion') ?? '')) {
      seen.refused += 1;
      const said = 'AADSTS700024: Client assertion is not within its valid time range. Trace ID: 1';
      return end(401, { error: 'invalid_client', error_description: said });
    }
    seen.traded += 1;
    return end(200, { token_type: 'Bearer', expires_in: 1, ext_expires_in: 1, access_token: token });
  });
  await Promise.all([github, directory].map(listening));
  return {
    seen,
    environment: {
      AZURE_AUTHORITY_HOST: urlOf(directory),
      ACTIONS_ID_TOKEN_REQUEST_URL: `${urlOf(github, 'http')}/token?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'of the job',
      AZURE_CLIENT_SECRET: '',
    },
    async close() {
      // The client's last request may still be fetching the token for the next one, and nothing waits for that.
      await delay(500);
      for (const server of [github, directory]) {
        const closed = new Promise((resolve) => server.close(resolve));
        server.closeAllConnections();
        await closed;
      }
    },
  };
}

const urlOf = (server: Server | HttpsServer, scheme = 'https') =>
  `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;

const listening = (server: Server | HttpsServer) =>
  new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
