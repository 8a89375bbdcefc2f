/**
 * The addresses of a cloud's resource manager and token service. Environment variables override the scenario, so that one scenario
 * serves all clouds: BENCH_AZURE_RESOURCE_MANAGER, AZURE_AUTHORITY_HOST, BENCH_AZURE_AUDIENCE, BENCH_AZURE_CA.
 * Source of the addresses: Azure's own documentation of its national clouds.
 */
import path from 'node:path';
import { readSmallText } from '../../../files/regular.ts';
import { messageOf, usageError } from '../../../model/errors.ts';
import { proxyTunnels, type TunnelTo } from '../arm/proxy.ts';
import type { AzureOptions } from '../scenario.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Cloud {
  /** Without a slash at the end. */
  readonly resourceManager: string;
  readonly authority: string;
  readonly scope: string;
  /** PEM of a certificate authority that Node does not know. */
  readonly ca?: string;
  /** Not one of Azure's own clouds: Microsoft's instance discovery does not know its authority. */
  readonly custom: boolean;
  /** The proxy on the way to an address, where there is one. */
  readonly tunnelTo: TunnelTo;
}

const CLOUDS = {
  public: { resourceManager: 'https://management.azure.com', authority: 'https://login.microsoftonline.com' },
  'us-government': {
    resourceManager: 'https://management.usgovcloudapi.net',
    authority: 'https://login.microsoftonline.us',
  },
  china: { resourceManager: 'https://management.chinacloudapi.cn', authority: 'https://login.chinacloudapi.cn' },
} as const;

export async function cloudOf(
  chosen: AzureOptions['cloud'],
  environment: Environment,
  scenarioFolder: string,
): Promise<Cloud> {
  const given = typeof chosen === 'string' ? CLOUDS[chosen] : chosen;
  const resourceManager = trimmed(environment.BENCH_AZURE_RESOURCE_MANAGER || given.resourceManager);
  const authority = trimmed(environment.AZURE_AUTHORITY_HOST || given.authority);
  const named = typeof chosen === 'string' ? undefined : chosen;
  const audience = environment.BENCH_AZURE_AUDIENCE || named?.audience || resourceManager;
  const caFile = environment.BENCH_AZURE_CA || (named?.ca && path.resolve(scenarioFolder, named.ca));
  for (const url of [resourceManager, authority]) {
    if (!url.startsWith('https://')) throw usageError(`${url}: bench sends tokens only over https.`);
  }
  const ca = caFile ? await readCertificate(caFile) : undefined;
  return {
    resourceManager,
    authority,
    scope: `${trimmed(audience)}/.default`,
    ...(ca !== undefined && { ca }),
    tunnelTo: await proxyTunnels(environment, ca),
    custom: !Object.values(CLOUDS).some((known) => known.resourceManager === resourceManager),
  };
}

const trimmed = (url: string): string => url.replace(/\/+$/, '');

async function readCertificate(file: string): Promise<string> {
  try {
    return await readSmallText(file);
  } catch (cause) {
    throw usageError(`The certificate authority: ${messageOf(cause)}`);
  }
}
