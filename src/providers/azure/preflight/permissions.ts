/**
 * Checks that the identity may do what a run does. The check asks where the run acts: in the subscription if each run makes its own
 * group; else in the scenario's existing group; and at each existing resource that machines join. A role on one group is enough for
 * a run in it.
 */
import * as z from 'zod';
import type { CheckResult } from '../../../model/check-result.ts';
import { type Arm, get } from '../arm/connection.ts';
import { ArmError } from '../arm/failure.ts';
import { groupPath } from '../gc/group.ts';
import { isGuarded } from '../network/network.ts';
import { hasPublicAddress } from '../network/reach.ts';
import { inItsGroup } from '../opening/group-of-others.ts';
import type { AzureOptions, AzureScenario } from '../scenario.ts';

const PERMISSIONS_API = 'api-version=2022-04-01';

/** Rights at one place: the path of a subscription, a group or a resource. */
interface Needed {
  readonly scope: string;
  readonly actions: readonly string[];
}

/** One result, or one for each place with missing rights. */
export async function permissions(arm: Arm, asWritten: AzureScenario, signal: AbortSignal): Promise<CheckResult[]> {
  const { scenario } = await inItsGroup(arm, asWritten, signal);
  const asked = neededBy(arm, scenario.provider).map((needed) => missingOf(arm, needed, signal));
  const lacking = (await Promise.all(asked)).filter(({ actions }) => actions.length > 0);
  if (lacking.length === 0) return [{ check: 'permissions', state: 'ok', says: 'all that a run needs' }];
  return lacking.map(({ scope, actions }) => ({
    check: 'permissions',
    state: 'missing',
    says: `this identity lacks the permissions ${actions.join(', ')}${isSubscription(scope) ? '' : ` on ${scope.split('/').at(-1)}`}`,
    todo: `az role assignment create --role ${roleFor(scope)} --scope ${scope} --assignee <identity>`,
  }));
}

const isSubscription = (scope: string): boolean => /^\/subscriptions\/[^/]+$/.test(scope);

/** The built-in role with the required rights, and not many others. */
function roleFor(scope: string): string {
  if (/\/userAssignedIdentities\//i.test(scope)) return '"Managed Identity Operator"';
  return /\/providers\/Microsoft\.Network\//i.test(scope) ? '"Network Contributor"' : 'Contributor';
}

function neededBy(arm: Arm, options: AzureOptions): Needed[] {
  const { group, subnet, backendPools = [], identities = [] } = options;
  const subscription = `/subscriptions/${arm.subscription}`;
  const inside = [...machineActions(options), ...networkActions(options)];
  const place = group?.name
    ? { scope: groupPath(arm.subscription, group.name), actions: [...inside, ...deletions(options)] }
    : { scope: subscription, actions: [...OWN_GROUP, ...inside] };
  return [
    place,
    ...(subnet === undefined
      ? []
      : [{ scope: subnet, actions: ['Microsoft.Network/virtualNetworks/subnets/join/action'] }]),
    ...backendPools.map((scope) => ({
      scope,
      actions: ['Microsoft.Network/loadBalancers/backendAddressPools/join/action'],
    })),
    ...identities.map((scope) => ({
      scope,
      actions: ['Microsoft.ManagedIdentity/userAssignedIdentities/assign/action'],
    })),
  ];
}

const OWN_GROUP = [
  'Microsoft.Resources/subscriptions/resourceGroups/write',
  'Microsoft.Resources/subscriptions/resourceGroups/delete',
];

function machineActions({ machine, reach }: AzureOptions): string[] {
  const kind = machine === 'vm' ? 'virtualMachines' : 'virtualMachineScaleSets';
  const instance = machine === 'vm' ? kind : `${kind}/virtualMachines`;
  return [
    `${kind}/write`,
    `${kind}/delete`,
    ...(machine === 'vm' ? [`${kind}/extensions/write`] : []),
    `${instance}/retrieveBootDiagnosticsData/action`,
    ...(reach.kind === 'run-command' ? [`${instance}/runCommands/write`] : []),
  ].map((action) => `Microsoft.Compute/${action}`);
}

/** Rights for resources beside machines. A uniform set contains its addresses and interfaces. */
function networkActions(options: AzureOptions): string[] {
  const { machine, reach, subnet } = options;
  const made = [
    ...(subnet === undefined ? ['virtualNetworks/write', 'virtualNetworks/subnets/join/action'] : []),
    ...(isGuarded(options) ? ['networkSecurityGroups/write', 'networkSecurityGroups/join/action'] : []),
    ...(machine === 'vm' ? ['networkInterfaces/write', 'networkInterfaces/join/action'] : []),
    ...(machine === 'vm' && hasPublicAddress(options)
      ? ['publicIPAddresses/write', 'publicIPAddresses/join/action']
      : []),
  ].map((action) => `Microsoft.Network/${action}`);
  return reach.kind === 'run-command' ? [...made, ...STORAGE] : made;
}

const STORAGE = ['Microsoft.Storage/storageAccounts/write', 'Microsoft.Storage/storageAccounts/listServiceSas/action'];

/** In an existing group bench deletes its resources one by one. */
function deletions(options: AzureOptions): string[] {
  return [
    ...(options.subnet === undefined ? ['Microsoft.Network/virtualNetworks/delete'] : []),
    ...(isGuarded(options) ? ['Microsoft.Network/networkSecurityGroups/delete'] : []),
    ...(options.reach.kind === 'run-command' ? ['Microsoft.Storage/storageAccounts/delete'] : []),
  ];
}

const Permission = z.object({
  actions: z.array(z.string()).default([]),
  notActions: z.array(z.string()).default([]),
});
type Permission = z.output<typeof Permission>;
const Permissions = z.object({ value: z.array(Permission).default([]) });

async function missingOf(arm: Arm, { scope, actions }: Needed, signal: AbortSignal): Promise<Needed> {
  const path = `${scope}/providers/Microsoft.Authorization/permissions?${PERMISSIONS_API}`;
  const { value } = await get(arm, Permissions, path, signal).catch((cause: unknown) => {
    // An identity that may not even read there has no rights there.
    if (cause instanceof ArmError && cause.status === 403) return { value: [] };
    throw cause;
  });
  return { scope, actions: actions.filter((action) => !value.some((permission) => allows(permission, action))) };
}

/** Roles are lists of patterns such as `Microsoft.Compute/*`; case does not matter. */
const covers = (pattern: string, action: string): boolean =>
  new RegExp(`^${pattern.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`, 'i').test(action);

const allows = ({ actions, notActions }: Permission, action: string): boolean =>
  actions.some((pattern) => covers(pattern, action)) && !notActions.some((pattern) => covers(pattern, action));
