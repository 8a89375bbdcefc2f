/**
 * Checks whether the security group of an existing subnet allows connections to port 22. A connection passes the rules of the
 * subnet and then those of the interface. So our rules on the interface cannot open what the subnet closes, and bench must not
 * change the subnet's rules. The check runs before the first machine costs anything. It does not cover routes, firewalls and
 * policies on the way.
 */
import { BlockList } from 'node:net';
import * as z from 'zod';
import { usageError } from '../../../model/errors.ts';
import { type Arm, get } from '../arm/connection.ts';
import { ArmError, oneLine } from '../arm/failure.ts';
import type { AzureOptions } from '../scenario.ts';
import { NETWORK_API } from './network.ts';

const Subnet = z.object({
  properties: z.object({ networkSecurityGroup: z.object({ id: z.string() }).optional() }).default({}),
});

const Rule = z.object({
  name: z.string().default('?'),
  properties: z
    .object({
      priority: z.number().default(65_500),
      direction: z.string().default('Inbound'),
      access: z.string().default('Deny'),
      protocol: z.string().default('*'),
      sourceAddressPrefix: z.string(),
      sourceAddressPrefixes: z.array(z.string()),
      destinationAddressPrefix: z.string(),
      destinationPortRange: z.string(),
      destinationPortRanges: z.array(z.string()),
    })
    .partial(),
});
type Rule = z.output<typeof Rule>;

const SecurityGroup = z.object({
  name: z.string().optional(),
  properties: z
    .object({ securityRules: z.array(Rule).default([]), defaultSecurityRules: z.array(Rule).default([]) })
    .prefault({}),
});

const SSH_PORT = 22;

/** `from`: the addresses that connect, undefined if they are in the network itself. Throws a usage error if none gets in. */
export async function checkForeignSubnet(
  arm: Arm,
  { subnet }: Pick<AzureOptions, 'subnet'>,
  from: string | undefined,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  if (subnet === undefined) return;
  const name = subnet.split('/').at(-1);
  try {
    const guard = (await get(arm, Subnet, `${subnet}?${NETWORK_API}`, signal)).properties.networkSecurityGroup?.id;
    if (guard === undefined)
      return say(`subnet ${name} has no security group; a policy may add one that closes port ${SSH_PORT}`);
    const group = await get(arm, SecurityGroup, `${guard}?${NETWORK_API}`, signal);
    const rules = [...group.properties.securityRules, ...group.properties.defaultSecurityRules];
    const closing = closedBy(rules, from);
    if (closing === undefined) return;
    const [resourceGroup, guardName] = [guard.split('/')[4], guard.split('/').at(-1)];
    throw usageError(
      `The security group ${guardName} of subnet ${name} blocks port ${SSH_PORT} for ${from ?? 'its network'} (rule ${closing}).`,
      `Add a rule: az network nsg rule create --resource-group ${resourceGroup} --nsg-name ${guardName} --name bench-ssh --priority ${freePriority(rules)} --source-address-prefixes ${from ?? 'VirtualNetwork'} --destination-port-ranges ${SSH_PORT} --access Allow --protocol Tcp; or set provider.reach to another way.`,
    );
  } catch (cause) {
    if (!(cause instanceof ArmError)) throw cause;
    say(`the rules of subnet ${name} could not be read (${oneLine(cause.message)}); they may close port ${SSH_PORT}`);
  }
}

/** The deciding rule, if it denies. The first match by priority decides; without a match, Azure denies every connection. */
function closedBy(rules: readonly Rule[], from: string | undefined): string | undefined {
  const inOrder = rules
    .filter(({ properties: { direction } }) => direction === undefined || /^inbound$/i.test(direction))
    .sort((a, b) => (a.properties.priority ?? 65_500) - (b.properties.priority ?? 65_500));
  const decides = inOrder.find(({ properties: rule }) => concerns(rule, from));
  if (decides === undefined) return from === undefined ? undefined : 'DenyAllInBound';
  return /^allow$/i.test(decides.properties.access ?? '') ? undefined : decides.name;
}

type Properties = Rule['properties'];

function concerns(rule: Properties, from: string | undefined): boolean {
  if (!/^(\*|tcp)$/i.test(rule.protocol ?? '*')) return false;
  const ports = [rule.destinationPortRange ?? [], rule.destinationPortRanges ?? []].flat();
  if (!ports.some(coversSsh)) return false;
  // The address of a machine is not known yet: a rule that denies only some addresses may not concern it.
  const denies = !/^allow$/i.test(rule.access ?? '');
  if (denies && !/^(\*|any|virtualnetwork|0\.0\.0\.0\/0)$/i.test(rule.destinationAddressPrefix ?? '*')) return false;
  const sources = [rule.sourceAddressPrefix ?? [], rule.sourceAddressPrefixes ?? []].flat();
  return sources.some((source) => coversSource(source, from));
}

function coversSsh(range: string): boolean {
  if (range === '*') return true;
  const [low = Number.NaN, high = low] = range.split('-').map(Number);
  return low <= SSH_PORT && SSH_PORT <= high;
}

function coversSource(source: string, from: string | undefined): boolean {
  if (/^(\*|any|0\.0\.0\.0\/0)$/i.test(source)) return true;
  if (from === undefined) return /^virtualnetwork$/i.test(source);
  if (/^internet$/i.test(source)) return true;
  const [address = '', bits = '32'] = source.split('/');
  if (!/^[\d.]+$/.test(address)) return false;
  const network = new BlockList();
  network.addSubnet(address, Number(bits), 'ipv4');
  return network.check(from.split('/')[0] ?? '', 'ipv4');
}

/** A priority before all others, so that our rule decides. */
function freePriority(rules: readonly Rule[]): number {
  const first = Math.min(4096, ...rules.map(({ properties: { priority = 65_500 } }) => priority));
  return Math.max(100, first - 10);
}
