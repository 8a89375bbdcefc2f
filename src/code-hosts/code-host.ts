/** Detects the code host from the variables of the CI job. */
import type { CodeHost, HostRequest, HostWorld } from '../model/code-host.ts';
import { azureDevopsHost } from './azure-devops.ts';
import { githubHost } from './github/github.ts';

/** Azure Pipelines set TF_BUILD; a pipeline that builds a GitHub repository can pass a token for it. */
export async function codeHost(request: HostRequest, world: HostWorld): Promise<CodeHost> {
  const { TF_BUILD, GITHUB_TOKEN } = world.environment;
  return TF_BUILD && !GITHUB_TOKEN ? azureDevopsHost(request, world) : githubHost(request, world);
}
