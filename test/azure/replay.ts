/** A resource manager that answers every request of the real SDK with one recorded answer; the test checks how the code interprets it. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Timer } from '../../src/model/provider.ts';
import { ms } from '../../src/model/units.ts';
import { connect } from '../../src/providers/azure/account/subscription.ts';
import type { Arm } from '../../src/providers/azure/arm/connection.ts';
import { newCertificate } from './certificate.ts';

export interface Recorded {
  readonly request?: { readonly method?: string; readonly url?: string };
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export const recordedIn = (folder: string): ReadonlyMap<string, Recorded> =>
  new Map(
    readdirSync(folder)
      .filter((name) => name.endsWith('.json') && name !== 'index.json')
      .map((name) => [
        name.replace(/\.json$/, ''),
        JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as Recorded,
      ]),
  );

export interface Replay {
  readonly arm: Arm;
  /** Sets the answer to all requests from now on. */
  answer(recorded: Recorded | ((url: string) => Recorded)): void;
  /** Durations of all sleeps so far, in seconds. */
  readonly sleptS: number[];
  close(): Promise<void>;
}

/** Time that advances only during a sleep. */
export function skippingTimer(sleptS: number[]): Timer {
  let nowMs = 0;
  return {
    nowMs: () => ms(nowMs),
    async sleep(duration, signal) {
      signal.throwIfAborted();
      nowMs += duration;
      sleptS.push(duration / 1000);
    },
  };
}

const TOKEN = { token_type: 'Bearer', expires_in: 86_400, access_token: 'a.b.c' };

export async function replaying(): Promise<Replay> {
  const folder = mkdtempSync(path.join(tmpdir(), 'replay-'));
  const certificate = newCertificate(folder);
  let current: (url: string) => Recorded = () => ({ status: 204 });
  let base = '';
  const server = createServer({ key: certificate.key, cert: certificate.cert }, (request, response) => {
    request.resume();
    const send = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) => {
      const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
      response
        .writeHead(status, { 'content-type': 'application/json', ...headers })
        .end(status === 204 ? undefined : text);
    };
    if (/^\/tenant\/.*well-known/.test(request.url ?? ''))
      return send(200, {
        issuer: `${base}/tenant/v2.0`,
        authorization_endpoint: `${base}/tenant/oauth2/v2.0/authorize`,
        token_endpoint: `${base}/tenant/oauth2/v2.0/token`,
        jwks_uri: `${base}/tenant/keys`,
      });
    if (/^\/tenant\/oauth2/.test(request.url ?? '')) return send(200, TOKEN);
    const { status, headers = {}, body } = current(request.url ?? '');
    const own = Object.entries(headers).map(([name, value]) => [name, value.replace(/^https:\/\/[^/]+/, base)]);
    send(
      status,
      body,
      Object.fromEntries(own.filter(([name = '']) => !/^(content-length|transfer-encoding)$/i.test(name))),
    );
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  base = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const sleptS: number[] = [];
  const environment = {
    AZURE_SUBSCRIPTION_ID: '00000000-0000-0000-0000-000000000000',
    AZURE_TENANT_ID: 'tenant',
    AZURE_CLIENT_ID: 'client',
    AZURE_CLIENT_SECRET: 'secret',
    AZURE_AUTHORITY_HOST: base,
    BENCH_AZURE_RESOURCE_MANAGER: base,
    BENCH_AZURE_CA: certificate.file,
  };
  const arm = await connect(
    { credentials: 'environment', cloud: 'public' },
    { environment, folder, timer: skippingTimer(sleptS) },
  );
  return {
    arm,
    answer: (recorded) => {
      current = typeof recorded === 'function' ? recorded : () => recorded;
    },
    sleptS,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true });
    },
  };
}
