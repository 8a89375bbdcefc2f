/**
 * Translates AKS's name of a pool's image (`nodeImageVersion`) into the node bootstrapper's name (`Distro`):
 *
 *   AKSUbuntu-2204gen2containerd-202507.15.0        aks-ubuntu-containerd-22.04-gen2
 *   AKSUbuntu-2204gen2arm64containerd-202507.15.0   aks-ubuntu-arm64-containerd-22.04-gen2
 *   AKSAzureLinux-V3katagen2-202507.15.0            aks-azurelinux-v3-gen2-kata
 *
 * Source: the definitions of the AKS gallery, and AgentBaker's datamodel (types.go).
 */

const VERSION = /-\d{4,6}\.\d{1,2}\.\d{1,3}$/;
const UBUNTU = /^aksubuntu-(\d\d)(\d\d)(gen2)?(arm64)?(fips)?(tl|cvm)?containerd$/;
const LINUX = /^aks(azurelinux|cblmariner)-v([123])(kata)?(gen2)?(arm64)?(fips)?(tl|cvm)?$/;

const joined = (parts: readonly (string | undefined)[]): string => parts.filter((part) => part).join('-');

/** Undefined for any other image. */
export function distroOf(nodeImageVersion: string | undefined): string | undefined {
  const name = nodeImageVersion?.replace(VERSION, '').toLowerCase() ?? '';
  const ubuntu = UBUNTU.exec(name);
  if (ubuntu !== null) {
    const [, year, month, gen2, arm64, fips, security] = ubuntu;
    return joined(['aks-ubuntu', arm64, fips, 'containerd', `${year}.${month}`, security, gen2]);
  }
  const linux = LINUX.exec(name);
  if (linux === null) return undefined;
  const [, family, version, kata, gen2, arm64, fips, security] = linux;
  return joined(['aks', family, `v${version}`, arm64, gen2, kata, fips, security]);
}
