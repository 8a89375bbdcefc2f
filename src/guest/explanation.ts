/** Names what went wrong during a login, by how far the attempt got. */
import { firstLine } from '../model/printable.ts';
import type { SshTarget } from '../model/provider.ts';
import type { Ms } from '../model/units.ts';
import { collectFailure, type GuestFailure, reachFailure } from './failure.ts';

/** As ssh2 and Node's sockets throw them. */
export type SshError = Error & { readonly level?: string; readonly code?: string };

/** How far an attempt got; the name of its failure depends on it. */
export type Progress = 'nothing' | 'open' | 'banner' | 'handshake';

/** An unreadable key: another attempt would not help. */
export const unusableKey = ({ user, host }: SshTarget, cause: Error): GuestFailure =>
  reachFailure(
    'ssh-auth',
    `The private key for ${user}@${host} cannot be used: ${firstLine(cause.message)}.`,
    'Use an OpenSSH private key without a passphrase, or load it into an SSH agent (ssh-add).',
    cause,
  );

/** The connection broke after the login. */
export const lost = (target: SshTarget, cause: Error): GuestFailure => broke(collectFailure, target, cause);

/** The login to the jump host failed: the machine itself did not. */
export const onTheWay = ({ code, failure, cause }: GuestFailure): GuestFailure =>
  reachFailure(code, `The jump host: ${failure.message}`, failure.hint, cause);

/** `SHA256:abc=` and `abc` are one key. */
export const bareHash = (sha256: string): string => sha256.replace(/^SHA256:/, '').replace(/=+$/, '');

const keysOf = (hostKey: SshTarget['hostKey']): readonly string[] => {
  switch (hostKey.kind) {
    case 'pinned':
      return [bareHash(hostKey.sha256)];
    case 'known':
      return hostKey.keys.map(({ sha256 }) => bareHash(sha256));
    case 'trust-on-first-use':
      return [];
    default:
      return hostKey satisfies never;
  }
};

/** Whether a server may show this key. */
export const isExpected = (hostKey: SshTarget['hostKey'], seenKey: string): boolean =>
  hostKey.kind === 'trust-on-first-use' || keysOf(hostKey).includes(seenKey);

const address = (target: SshTarget): string => `${target.host}:${target.port}`;

/** Names the failure of an attempt by how far it got. */
export function explain(target: SshTarget, progress: Progress, seenKey: string, cause: SshError): GuestFailure {
  const at = address(target);
  const said = firstLine(cause.message);
  if (seenKey !== '' && !isExpected(target.hostKey, seenKey)) {
    const expected = keysOf(target.hostKey).map((key) => `SHA256:${key}`);
    return reachFailure(
      'ssh-host-key',
      `${at} showed another host key than ${target.hostKey.kind === 'known' ? 'known_hosts has' : 'the machine was given'}: expected ${expected.join(' or ')}, saw SHA256:${seenKey}.`,
      target.hostKey.kind === 'known'
        ? 'Another machine answers at this address, or it was reinstalled: find out which, then correct known_hosts.'
        : 'Another machine answers at this address, or the image replaces its host keys at boot.',
      cause,
    );
  }
  switch (progress) {
    case 'nothing':
      return cause.code === 'ECONNREFUSED'
        ? reachFailure(
            'ssh-refused',
            `${at} refuses connections: nothing listens there.`,
            'Check on the console whether sshd started, and on which port.',
            cause,
          )
        : reachFailure(
            'ssh-unreachable',
            `${at} does not answer: ${said}.`,
            `Check the address and the rule for port ${target.port} in its firewall or security group.`,
            cause,
          );
    case 'open':
      return reachFailure(
        'ssh-no-banner',
        `${at} accepts connections, but no SSH server answers: ${said}.`,
        'Check on the console whether the image has sshd, and whether sshd and the network started.',
        cause,
      );
    case 'banner':
      return cause.level === 'handshake'
        ? reachFailure(
            'ssh-handshake',
            `${at} and bench share no SSH algorithm: ${said}.`,
            'Allow curve25519-sha256, ssh-ed25519 and aes128-gcm or chacha20-poly1305 in its sshd_config.',
            cause,
          )
        : broke(reachFailure, target, cause);
    case 'handshake':
      return cause.level === 'client-authentication'
        ? reachFailure(
            'ssh-auth',
            `${at} rejects the key of user ${target.user}.`,
            'Check on the console whether the user and its authorized_keys were provisioned.',
            cause,
          )
        : broke(reachFailure, target, cause);
    default:
      return progress satisfies never;
  }
}

export const gaveUp = ({ code, failure, cause }: GuestFailure, attempts: number, withinMs: Ms): GuestFailure =>
  reachFailure(
    code,
    `${failure.message.replace(/\.$/, '')} (tried ${attempts} ${attempts === 1 ? 'time' : 'times'} within ${Math.round(withinMs / 1000)} s).`,
    failure.hint,
    cause,
  );

const broke = (failure: typeof collectFailure, target: SshTarget, cause: Error): GuestFailure =>
  failure(
    'ssh-lost',
    `The connection to ${address(target)} broke: ${firstLine(cause.message)}.`,
    'The machine went down, rebooted or ran out of memory during collection; check its console.',
    cause,
  );
