/**
 * One SSH connection to a machine, from the first attempt to its end. Retries while a machine comes up, sparsely, since each
 * attempt makes its sshd start a process. Sources: ssh2's README; the error levels of ssh2 1.17 were tried against OpenSSH 9.2.
 */
import { createHash } from 'node:crypto';
import { connect as openSocket } from 'node:net';
import type { Algorithms, Client, ConnectConfig } from 'ssh2';
import type { SshTarget, Timer } from '../model/provider.ts';
import { type Ms, ms } from '../model/units.ts';
import { collectFailure, firstLine, type GuestFailure, type GuestFailureCode, reachFailure } from './failure.ts';

export interface Connection {
  readonly client: Client;
  /** SHA-256 of the host key the machine showed, in base64 without padding, as `ssh-keygen -l` prints it. */
  readonly hostKeySha256: string;
  /** The handshake and login ended here on the caller's timer, and the last attempt before it failed here, if there was one. */
  readonly readyAtMs: Ms;
  readonly failedAtMs: Ms | undefined;
  /** Aborted with a GuestFailure when the connection breaks. */
  readonly lost: AbortSignal;
  /** At once, without farewell. Idempotent. */
  close(): void;
}

export interface ReachLimits {
  /** From the first attempt to a login. */
  readonly reachWithinMs: Ms;
  /** One attempt, login included. An emulated machine needs seconds for its handshake. */
  readonly attemptWithinMs: Ms;
}

/**
 * In order of preference. The cipher decides how long a collection takes on an emulated core; both are authenticated, and
 * every OpenSSH since 6.5 has them.
 */
export const CIPHERS = ['aes128-gcm@openssh.com', 'chacha20-poly1305@openssh.com', 'aes128-ctr'] as const;

const ALGORITHMS: Algorithms = {
  cipher: [...CIPHERS],
  compress: ['none'],
  kex: ['curve25519-sha256', 'curve25519-sha256@libssh.org', 'ecdh-sha2-nistp256', 'diffie-hellman-group14-sha256'],
  // The cheapest first: RSA keys cost an emulated machine a tenth of a second and more.
  serverHostKey: ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'rsa-sha2-512', 'rsa-sha2-256'],
};

/** A dead peer is noticed after 15 to 20 s. */
const KEEPALIVE = { keepaliveInterval: 5000, keepaliveCountMax: 3 } as const;

/** Pause between attempts: from 1 s, half as long again each time, to 5 s. */
const FIRST_PAUSE_MS = 1000;
const LAST_PAUSE_MS = 5000;

/** A machine that is coming up may fail like this; anything else will not get better by waiting. */
const PASSING: ReadonlySet<GuestFailureCode> = new Set([
  'ssh-refused',
  'ssh-unreachable',
  'ssh-no-banner',
  'ssh-auth',
  'ssh-lost',
]);

/**
 * Logs in, trying again until `reachWithinMs` is over. Throws the GuestFailure of the last attempt, at once where waiting
 * cannot help (another host key, no common algorithm), or the reason of `signal`.
 */
export async function reach(
  target: SshTarget,
  limits: ReachLimits,
  timer: Timer,
  signal: AbortSignal,
): Promise<Connection> {
  await checkKey(target);
  const endMs = timer.nowMs() + limits.reachWithinMs;
  let pauseMs = FIRST_PAUSE_MS;
  let failedAtMs: Ms | undefined;
  for (let attempts = 1; ; attempts += 1) {
    signal.throwIfAborted();
    const leftMs = Math.max(1, endMs - timer.nowMs());
    const result = await attempt(target, ms(Math.min(limits.attemptWithinMs, leftMs)), timer, signal);
    if (result.outcome === 'ready') return { ...result.connection, failedAtMs };
    const { failure } = result;
    failedAtMs = timer.nowMs();
    if (!PASSING.has(failure.code)) throw failure;
    if (failedAtMs + pauseMs >= endMs) throw gaveUp(failure, attempts, limits.reachWithinMs);
    await timer.sleep(ms(pauseMs), signal).catch(() => signal.throwIfAborted());
    pauseMs = Math.min(LAST_PAUSE_MS, pauseMs * 1.5);
  }
}

/** A key that cannot be read would fail each attempt alike. */
async function checkKey({ privateKey, user, host }: SshTarget): Promise<void> {
  const { utils } = (await import('ssh2')).default;
  const key = utils.parseKey(privateKey);
  if (!(key instanceof Error)) return;
  throw reachFailure(
    'ssh-auth',
    `The private key for ${user}@${host} cannot be used: ${firstLine(key.message)}.`,
    'Give an OpenSSH private key without a passphrase.',
    key,
  );
}

type Attempt =
  | { readonly outcome: 'ready'; readonly connection: Omit<Connection, 'failedAtMs'> }
  | { readonly outcome: 'failed'; readonly failure: GuestFailure };

/** As ssh2 and Node's sockets throw them. */
type SshError = Error & { readonly level?: string; readonly code?: string };

/** How far an attempt got; what its failure is called depends on it. */
type Progress = 'nothing' | 'open' | 'banner' | 'handshake';

async function attempt(target: SshTarget, withinMs: Ms, timer: Timer, signal: AbortSignal): Promise<Attempt> {
  const { Client } = (await import('ssh2')).default;
  const client = new Client();
  const socket = openSocket({ host: target.host, port: target.port, noDelay: true });
  const broken = new AbortController();
  let progress: Progress = 'nothing';
  let seenKey = '';

  const close = () => {
    client.destroy();
    socket.destroy();
  };
  return new Promise<Attempt>((resolve, reject) => {
    const settle = (finish: () => void) => {
      signal.removeEventListener('abort', onAbort);
      finish();
    };
    const fail = (cause: SshError) => {
      // Only what was accepted can be reset; a refusal is ECONNREFUSED.
      if (progress === 'nothing' && cause.code === 'ECONNRESET') progress = 'open';
      broken.abort(lost(collectFailure, target, cause));
      close();
      settle(() => resolve({ outcome: 'failed', failure: explain(target, progress, seenKey, cause) }));
    };
    const onAbort = () => {
      close();
      settle(() => reject(signal.reason));
    };
    signal.addEventListener('abort', onAbort, { once: true });
    socket.on('connect', () => {
      progress = 'open';
    });
    socket.on('data', (chunk: Buffer) => {
      if (progress === 'open' && /^SSH-/m.test(chunk.toString('latin1'))) progress = 'banner';
    });
    client.on('handshake', () => {
      progress = 'handshake';
    });
    // More than one error may come for one fault, and an unheard one would end the process.
    client.on('error', fail);
    client.on('close', () => fail(new Error('the connection was closed')));
    client.on('ready', () => {
      const readyAtMs = timer.nowMs();
      settle(() =>
        resolve({
          outcome: 'ready',
          connection: { client, hostKeySha256: seenKey, readyAtMs, lost: broken.signal, close },
        }),
      );
    });
    client.connect({
      ...config(target),
      sock: socket,
      readyTimeout: withinMs,
      hostVerifier: (key: Buffer) => {
        seenKey = createHash('sha256').update(key).digest('base64').replace(/=+$/, '');
        return target.hostKey.kind === 'trust-on-first-use' || seenKey === bare(target.hostKey.sha256);
      },
    });
  });
}

const config = (target: SshTarget): ConnectConfig => ({
  username: target.user,
  privateKey: target.privateKey,
  authHandler: ['publickey'],
  algorithms: ALGORITHMS,
  ...KEEPALIVE,
});

/** `SHA256:abc=` and `abc` are one key. */
const bare = (sha256: string): string => sha256.replace(/^SHA256:/, '').replace(/=+$/, '');

const address = (target: SshTarget): string => `${target.host}:${target.port}`;

const lost = (failure: typeof collectFailure, target: SshTarget, cause: Error): GuestFailure =>
  failure(
    'ssh-lost',
    `The connection to ${address(target)} broke: ${firstLine(cause.message)}.`,
    'The machine went down, rebooted or ran out of memory while it was read; see its console.',
    cause,
  );

/** Names the failure of an attempt by how far it got. */
function explain(target: SshTarget, progress: Progress, seenKey: string, cause: SshError): GuestFailure {
  const at = address(target);
  const said = firstLine(cause.message);
  if (target.hostKey.kind === 'pinned' && seenKey !== '' && seenKey !== bare(target.hostKey.sha256)) {
    return reachFailure(
      'ssh-host-key',
      `${at} showed another host key than the machine was given: expected SHA256:${bare(target.hostKey.sha256)}, saw SHA256:${seenKey}.`,
      'Another machine answers at this address, or the image replaces its host keys at boot.',
      cause,
    );
  }
  switch (progress) {
    case 'nothing':
      return cause.code === 'ECONNREFUSED'
        ? reachFailure(
            'ssh-refused',
            `${at} refuses connections: nothing listens there.`,
            'See on the console whether sshd started, and on which port.',
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
        'See on the console whether the image has sshd and whether it started.',
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
        : lost(reachFailure, target, cause);
    case 'handshake':
      return cause.level === 'client-authentication'
        ? reachFailure(
            'ssh-auth',
            `${at} rejects the key of user ${target.user}.`,
            'See on the console whether the user and its authorized_keys were provisioned.',
            cause,
          )
        : lost(reachFailure, target, cause);
    default:
      return progress satisfies never;
  }
}

const gaveUp = ({ code, failure, cause }: GuestFailure, attempts: number, withinMs: Ms): GuestFailure =>
  reachFailure(
    code,
    `${failure.message.replace(/\.$/, '')} (tried ${attempts} ${attempts === 1 ? 'time' : 'times'} within ${Math.round(withinMs / 1000)} s).`,
    failure.hint,
    cause,
  );
