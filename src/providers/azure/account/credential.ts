/**
 * The identity that calls Azure. On a laptop bench uses any sign-in that it finds. In CI the scenario names one kind, because a
 * chain of guesses is slow and fails with the error of its last link. A GitHub job requests a new assertion for each token: the
 * assertion of a login step lives for minutes, and a run takes hours.
 */
import type { HttpClient } from '@azure/core-rest-pipeline';
import type { AccessToken, TokenCredential } from '@azure/identity';
import * as z from 'zod';
import { BenchError, usageError, worldError } from '../../../model/errors.ts';
import { ms } from '../../../model/units.ts';
import { guardedFetch } from '../../../net/guarded-fetch.ts';
import { timeLimit } from '../../../net/time-limit.ts';
import { httpClient, proxyFailure } from '../arm/proxy.ts';
import { AzureOptions } from '../scenario.ts';
import type { Cloud, Environment } from './cloud.ts';

const ASSERTION_AUDIENCE = 'api://AzureADTokenExchange';
const Assertion = z.object({ value: z.string() });
const ASSERTION_TIMEOUT_MS = 15_000;

/** The credential of all requests to Azure. The SDK requests another token before the last one expires. */
export const credentialFor = async (
  kind: AzureOptions['credentials'],
  cloud: Cloud,
  environment: Environment,
): Promise<TokenCredential> => {
  const { client, failure } = remembering(await httpClient(cloud.tunnelTo));
  return lasting(truthful(await credentialOf(kind, cloud, client, environment), failure));
};

/** When a proxy refuses, the identity package reports that the directory has no endpoints. So this client keeps the real error. */
function remembering(client: HttpClient) {
  let last: Error | undefined;
  return {
    failure: () => last,
    client: {
      sendRequest: async (request) => {
        last = undefined;
        try {
          return await client.sendRequest(request);
        } catch (cause) {
          last = proxyFailure(cause);
          throw cause;
        }
      },
    } satisfies HttpClient,
  };
}

const truthful = (credential: TokenCredential, failure: () => Error | undefined): TokenCredential => ({
  getToken: (scopes, options) =>
    credential.getToken(scopes, options).catch((cause: unknown) => {
      throw failure() ?? cause;
    }),
});

/**
 * The client renews a token in the background, minutes before it expires and while no request waits for it. If the directory did
 * not answer until then, the error would end the program in the middle of a run. So this returns the old token instead. Once that
 * has expired, Azure rejects the request that carries it.
 */
export function lasting(credential: TokenCredential): TokenCredential {
  const last = new Map<string, AccessToken>();
  return {
    async getToken(scopes, options) {
      const key = [scopes].flat().join(' ');
      try {
        const token = await credential.getToken(scopes, options);
        if (token) last.set(key, token);
        return token;
      } catch (cause) {
        const old = last.get(key);
        if (old) return old;
        throw cause;
      }
    },
  };
}

async function credentialOf(
  kind: AzureOptions['credentials'],
  cloud: Cloud,
  httpClient: HttpClient,
  environment: Environment,
): Promise<TokenCredential> {
  const identity = await import('@azure/identity');
  const common = {
    authorityHost: cloud.authority,
    disableInstanceDiscovery: cloud.custom,
    httpClient,
    ...(cloud.ca && { tlsOptions: { ca: cloud.ca } }),
  };
  // A user of several directories gets a token of the subscription's directory.
  const tenant = environment.AZURE_TENANT_ID ? { tenantId: environment.AZURE_TENANT_ID } : {};
  const managed = environment.AZURE_CLIENT_ID ? { clientId: environment.AZURE_CLIENT_ID } : {};
  switch (kind) {
    case 'default':
      return new identity.DefaultAzureCredential({ ...common, ...tenant });
    case 'environment':
      return new identity.ClientSecretCredential(
        needed(environment, 'AZURE_TENANT_ID'),
        needed(environment, 'AZURE_CLIENT_ID'),
        needed(environment, 'AZURE_CLIENT_SECRET'),
        common,
      );
    case 'cli':
      return new identity.AzureCliCredential(tenant);
    case 'managed-identity':
      return new identity.ManagedIdentityCredential({ ...common, ...managed });
    case 'workload-identity':
      return new identity.WorkloadIdentityCredential(common);
    case 'github': {
      let refusal: BenchError | undefined;
      const assert = async () => {
        refusal = undefined;
        return githubAssertion(environment).catch((cause: unknown) => {
          if (cause instanceof BenchError) refusal = cause;
          throw cause;
        });
      };
      const directory = needed(environment, 'AZURE_TENANT_ID');
      const client = needed(environment, 'AZURE_CLIENT_ID');
      const credential = new identity.ClientAssertionCredential(directory, client, assert, common);
      // The identity package keeps the message of an error but drops our hint.
      return {
        getToken: (scopes, options) =>
          credential.getToken(scopes, options).catch((cause: unknown) => {
            throw refusal ?? cause;
          }),
      };
    }
    default:
      return kind satisfies never;
  }
}

/** For commands without a scenario: BENCH_AZURE_CREDENTIALS chooses, as in the scenarios that come with bench. */
export function credentialKind({ BENCH_AZURE_CREDENTIALS: named }: Environment): AzureOptions['credentials'] {
  if (!named) return 'default';
  const kind = AzureOptions.shape.credentials.safeParse(named);
  if (kind.success) return kind.data;
  throw usageError(`BENCH_AZURE_CREDENTIALS=${named} is not a value of provider.credentials.`);
}

function needed(environment: Environment, name: string): string {
  const value = environment[name];
  if (!value) throw usageError(`The environment variable ${name} is not set.`, 'provider.credentials needs it.');
  return value;
}

/** One assertion of the running job. Source: GitHub's documentation of OpenID Connect in workflows. */
async function githubAssertion(environment: Environment): Promise<string> {
  const hint = 'The workflow needs "permissions: id-token: write"; jobs of forks never get a token.';
  const url = environment.ACTIONS_ID_TOKEN_REQUEST_URL;
  const token = environment.ACTIONS_ID_TOKEN_REQUEST_TOKEN;
  if (!url || !token) throw worldError('This job has no permission to request an identity token from GitHub.', hint);
  const response = await guardedFetch(`${url}&audience=${encodeURIComponent(ASSERTION_AUDIENCE)}`, {
    for: 'ACTIONS_ID_TOKEN_REQUEST_URL',
    init: { headers: { authorization: `Bearer ${token}` } },
    signal: timeLimit(ms(ASSERTION_TIMEOUT_MS)),
  });
  const answer = response.ok ? Assertion.safeParse(await response.json()) : undefined;
  if (answer?.success) return answer.data.value;
  throw worldError(`GitHub returned no identity token (HTTP ${response.status}).`, hint);
}
