/**
 * A managed cluster, as the resource manager returns it or as `az aks show -o json` prints it. The two differ: the latter has no
 * `properties` around its content. Versions of both differ in case: `vnetSubnetID` and `vnetSubnetId`, `osSKU` and `osSku`. Missing
 * values are often `null`. So this file ignores the case of keys, and requires only id and location.
 * Source: Microsoft.ContainerService, ManagedClusters_Get, 2019-08-01 to 2025-10-01.
 */
import * as z from 'zod';
import { usageError } from '../../../model/errors.ts';
import { isObject, jsonOrUndefined } from '../../../model/json.ts';

const text = z
  .string()
  .min(1)
  .nullish()
  .catch(undefined)
  .transform((value) => value ?? undefined);
const number = z
  .number()
  .nullish()
  .catch(undefined)
  .transform((value) => value ?? undefined);
const truth = z
  .boolean()
  .nullish()
  .catch(undefined)
  .transform((value) => value === true);
const texts = z
  .array(z.string())
  .nullish()
  .catch(undefined)
  .transform((value) => value ?? []);
const within = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.preprocess((value) => (isObject(value) ? value : {}), z.object(shape));

const Pool = within({
  name: text,
  mode: text,
  ostype: text,
  ossku: text,
  vmsize: text,
  vnetsubnetid: text,
  podsubnetid: text,
  maxpods: number,
  osdisktype: text,
  osdisksizegb: number,
  nodeimageversion: text,
  workloadruntime: text,
  availabilityzones: texts,
  enablefips: truth,
  orchestratorversion: text,
  currentorchestratorversion: text,
  securityprofile: within({ enablesecureboot: truth, enablevtpm: truth }),
});
export type Pool = z.output<typeof Pool>;

const NetworkProfile = within({
  networkplugin: text,
  networkpluginmode: text,
  networkpolicy: text,
  networkdataplane: text,
  ebpfdataplane: text,
  podcidr: text,
  servicecidr: text,
  dnsserviceip: text,
  outboundtype: text,
  loadbalancersku: text,
  loadbalancerprofile: within({ backendpooltype: text }),
});

export const Cluster = z.object({
  id: z.string(),
  name: z.string(),
  location: z.string(),
  fqdn: text,
  privatefqdn: text,
  kubernetesversion: text,
  currentkubernetesversion: text,
  noderesourcegroup: text,
  disablelocalaccounts: truth,
  identity: within({ type: text, tenantid: text }),
  identityprofile: within({ kubeletidentity: within({ resourceid: text, clientid: text }) }),
  serviceprincipalprofile: within({ clientid: text }),
  networkprofile: NetworkProfile,
  apiserveraccessprofile: within({ enableprivatecluster: truth }),
  agentpoolprofiles: z
    .array(Pool)
    .nullish()
    .catch(undefined)
    .transform((pools) => pools ?? []),
});
export type Cluster = z.output<typeof Cluster>;

/** Deeper than any of these documents; a deeper document is not one of them. */
const DEEPEST = 12;

function inLowerCase(value: unknown, depth = DEEPEST): unknown {
  if (depth === 0) return undefined;
  if (Array.isArray(value)) return value.map((each) => inLowerCase(each, depth - 1));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key.toLowerCase(), inLowerCase(each, depth - 1)]),
  );
}

const MANAGED =
  /^\/subscriptions\/[^/]+\/resourcegroups\/[^/]+\/providers\/microsoft\.containerservice\/managedclusters\/[^/]+$/i;

/** Undefined if the document is not a cluster. */
export function clusterIn(document: unknown): Cluster | undefined {
  const flat = inLowerCase(document);
  if (!isObject(flat)) return undefined;
  const inner = isObject(flat.properties) ? flat.properties : {};
  const cluster = Cluster.safeParse({ ...inner, ...flat }).data;
  return cluster !== undefined && MANAGED.test(cluster.id) ? cluster : undefined;
}

/** The output of `az aks show -o json`, or of `az aks list`, from which `name` chooses one cluster. */
export function savedCluster(content: string, shown: string, name: string | undefined): Cluster {
  const again = 'Save it with: az aks show --resource-group <group> --name <cluster> -o json';
  const value = jsonOrUndefined(content);
  if (value === undefined) throw usageError(`${shown} is no JSON.`, again);
  const found = (Array.isArray(value) ? value : [value]).flatMap((each) => clusterIn(each) ?? []);
  if (found.length === 0) throw usageError(`${shown} holds no managed cluster.`, again);
  const named = name === undefined ? found : found.filter((each) => each.name.toLowerCase() === name.toLowerCase());
  const [only] = named;
  const names = found.map((each) => each.name).join(', ');
  if (only === undefined) throw usageError(`${shown} holds no cluster "${name}": it has ${names}.`, again);
  if (named.length > 1)
    throw usageError(`${shown} holds ${named.length} clusters: ${names}.`, 'Name one: --aks <cluster>.');
  return only;
}
