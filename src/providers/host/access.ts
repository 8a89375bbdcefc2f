/** Finds out how to log into the machines: which key or agent, which host keys, by which route. Reports wrong settings before any login. */
import path from 'node:path';
import { readSmallText } from '../../files/regular.ts';
import { type BenchError, usageError, worldError } from '../../model/errors.ts';
import type { RunContext, SshTarget } from '../../model/provider.ts';
import { type Address, parseAddress, printAddress } from './address.ts';
import { isSigned, knownKeys } from './known-hosts.ts';
import type { HostOptions } from './scenario.ts';

type AccessWorld = Pick<RunContext, 'environment' | 'scenarioFolder'>;

/** One target per host, in the order of the scenario. */
export async function targetsOf(options: HostOptions, world: AccessWorld): Promise<readonly SshTarget[]> {
  const own = await identity(options, world);
  const file = inFolder(options.knownHosts, world);
  const known = await readSmallText(file).catch(() => '');
  const targetOf = (text: string): SshTarget => {
    const address = parseAddress(text);
    if (address === undefined)
      throw usageError(`provider.hosts: ${text} is not a machine address; write e.g. root@node1:22`);
    const keys = knownKeys(known, address.host, address.port);
    if (keys.length === 0) throw unknownHost(address, file, isSigned(known, address.host, address.port));
    return { ...address, ...own, hostKey: { kind: 'known', keys } };
  };
  const jump = options.jump === undefined ? undefined : targetOf(options.jump);
  return options.hosts.map((host) => ({
    ...targetOf(host),
    ...(jump && { via: { kind: 'jump', target: jump } as const }),
  }));
}

function unknownHost(address: Address, file: string, signed: boolean): BenchError {
  const port = address.port === 22 ? '' : ` -p ${address.port}`;
  const name = `${address.host}${address.port === 22 ? '' : ` (port ${address.port})`}`;
  return signed
    ? worldError(
        `${file} has an authority that signs the keys of ${name}, but not its own key: bench does not read host certificates.`,
        `Add its key and compare the fingerprint: ssh-keyscan${port} ${address.host} >>${file}`,
      )
    : worldError(
        `${file} has no key of ${name}, so bench cannot verify its identity.`,
        `Log in once and check the fingerprint: ssh${port} ${printAddress({ ...address, port: 22 })}`,
      );
}

const DEFAULT_KEYS = ['id_ed25519', 'id_ecdsa', 'id_rsa'];

/** Takes the named key, else the agent's, else the first that ssh would try. */
async function identity(
  { keyFile }: HostOptions,
  world: AccessWorld,
): Promise<Pick<SshTarget, 'privateKey' | 'agent'>> {
  if (keyFile !== undefined) {
    const file = inFolder(keyFile, world);
    const privateKey = await readSmallText(file).catch((cause: Error) => {
      throw usageError(`provider.keyFile: ${cause.message}`, 'Name another file.');
    });
    return { privateKey };
  }
  const agent = world.environment.SSH_AUTH_SOCK;
  if (agent) return { privateKey: '', agent };
  for (const name of DEFAULT_KEYS) {
    const privateKey = await readSmallText(inFolder(`~/.ssh/${name}`, world)).catch(() => undefined);
    if (privateKey !== undefined) return { privateKey };
  }
  throw usageError(
    'Found no SSH key: no provider.keyFile, no SSH agent, none of ~/.ssh/id_*.',
    'Start an agent and load a key (ssh-add), or set provider.keyFile.',
  );
}

const inFolder = (file: string, { environment, scenarioFolder }: AccessWorld): string =>
  file.startsWith('~/') ? path.join(environment.HOME ?? '/root', file.slice(2)) : path.resolve(scenarioFolder, file);
