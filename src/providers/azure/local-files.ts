/** The local files that a scenario of Azure names, with their names as written. */
import type { AzureScenario } from './scenario.ts';

export function localFiles({ provider, bootstrap, variants }: AzureScenario): string[] {
  const { keyFile, customData, userData, reach, cloud } = provider;
  const bootstraps = [bootstrap, ...Object.values(variants).map((variant) => variant.bootstrap)];
  const ofBootstrap = bootstraps.flatMap((each) =>
    each?.kind === 'files' ? [each.customData, each.command] : [each?.nodeConfig],
  );
  const jumpKey = reach.kind === 'jump' ? reach.keyFile : undefined;
  const authority = typeof cloud === 'object' ? cloud.ca : undefined;
  return [keyFile, customData, userData, jumpKey, authority, ...ofBootstrap].flatMap((name) => name ?? []);
}
