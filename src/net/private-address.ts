/**
 * Addresses that answer only this computer: link-local networks (RFC 3927, 4291), and the services from which clouds give a
 * machine its credentials. Covers every notation: the URL parser turns decimal, octal and hexadecimal forms of IPv4 into the
 * usual one, and this file maps IPv6 addresses that embed IPv4 to IPv4.
 */
import { BlockList, isIP } from 'node:net';

const PRIVATE = new BlockList();
PRIVATE.addSubnet('169.254.0.0', 16, 'ipv4');
PRIVATE.addAddress('168.63.129.16', 'ipv4'); // Azure's wire server
PRIVATE.addAddress('100.100.100.200', 'ipv4'); // Alibaba
PRIVATE.addAddress('192.0.0.192', 'ipv4'); // Oracle
PRIVATE.addSubnet('0.0.0.0', 8, 'ipv4');
PRIVATE.addSubnet('fe80::', 10, 'ipv6');
PRIVATE.addAddress('::', 'ipv6');
PRIVATE.addAddress('fd00:ec2::254', 'ipv6'); // Amazon
PRIVATE.addAddress('fd20:ce::254', 'ipv6'); // Google
PRIVATE.addAddress('fd00:c1::a9fe:a9fe', 'ipv6'); // Oracle

/** Names of metadata services, which resolve only on their clouds. */
export const isMetadataName = (host: string): boolean =>
  /^(?:instance-data(?:\.ec2\.internal)?|metadata(?:\.google\.internal|\.goog|\.azure\.internal|\.tencentyun\.com)?)\.?$/i.test(
    host,
  );

/** Accepts an address as `isIP` does; ignores a zone after it (`fe80::1%eth0`). */
export function isPrivateAddress(address: string): boolean {
  const bare = address.split('%')[0] ?? '';
  if (isIP(bare) === 4) return PRIVATE.check(bare, 'ipv4');
  if (isIP(bare) !== 6) return false;
  return PRIVATE.check(bare, 'ipv6') || embedded(bare).some((each) => PRIVATE.check(each, 'ipv4'));
}

/** First groups of IPv6 addresses that embed IPv4, and the group at which the IPv4 address begins. */
const EMBEDDED: readonly (readonly [RegExp, number])[] = [
  [/^0:0:0:0:0:ffff:/, 6], // mapped (RFC 4291)
  [/^0:0:0:0:0:0:(?!0:)/, 6], // compatible (RFC 4291); `::1` is none
  [/^0:0:0:0:ffff:0:/, 6], // translated (RFC 2765)
  [/^64:ff9b:/, 6], // NAT64 (RFC 6052, 8215)
  [/^2002:/, 1], // 6to4 (RFC 3056)
];

function embedded(address: string): string[] {
  const groups = groupsOf(address);
  const text = groups.map((group) => group.toString(16)).join(':');
  return EMBEDDED.filter(([prefix]) => prefix.test(text)).map(([, at]) =>
    [groups[at] ?? 0, groups[at + 1] ?? 0].flatMap((group) => [group >> 8, group & 255]).join('.'),
  );
}

/** The eight groups of an IPv6 address. The URL parser knows all its forms, and puts `::` in place of zeros. */
function groupsOf(address: string): number[] {
  const plain = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = '', tail] = plain.split('::');
  const numbers = (text: string) => (text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16)));
  const [first, last] = [numbers(head), numbers(tail ?? '')];
  return [...first, ...Array.from({ length: 8 - first.length - last.length }, () => 0), ...last];
}
