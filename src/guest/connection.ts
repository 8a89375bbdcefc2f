/**
 * One SSH connection to a machine, from the first attempt to its end. It retries while a machine comes up, but rarely: each
 * attempt makes sshd start a process. Sources: ssh2's README; our trials of ssh2 1.17's error levels against OpenSSH 9.2.
 */
import { createHash } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { Algorithms, Client, ConnectConfig, ServerHostKeyAlgorithm } from 'ssh2';
import type { SshTarget, Timer } from '../model/provider.ts';
import { retry } from '../model/retry.ts';
import { type Ms, ms } from '../model/units.ts';
import { timeLimit } from '../net/time-limit.ts';
import {
  bareHash,
  explain,
  gaveUp,
  isExpected,
  lost,
  onTheWay,
  type Progress,
  type SshError,
  unusableKey,
} from './explanation.ts';
import { GuestFailure, type GuestFailureCode } from './failure.ts';
import { openRoute, type Route } from './route.ts';

export interface Connection {
  readonly client: Client;
  /** SHA-256 of the machine's host key, in base64 without padding, as `ssh-keygen -l` prints it. */
  readonly hostKeySha256: string;
  /** On the caller's timer: when the login ended, and when the last attempt before it failed, if there was one. */
  readonly readyAtMs: Ms;
  readonly failedAtMs: Ms | undefined;
  /** Aborts with a GuestFailure when the connection breaks. */
  readonly lost: AbortSignal;
  /** Closes at once, without farewell. Idempotent. */
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
};

/** The cheapest first: RSA keys cost an emulated machine a tenth of a second and more. */
const HOST_KEYS = ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'rsa-sha2-512', 'rsa-sha2-256'] as const;

/** A dead peer shows after 15 to 20 s. */
const KEEPALIVE = { keepaliveInterval: 5000, keepaliveCountMax: 3 } as const;

/** Pause between attempts: from 1 s, half as long again each time, to 5 s. */
const FIRST_PAUSE_MS = 1000;
const LAST_PAUSE_MS = 5000;

/** A machine that is coming up may fail like this; for any other failure waiting does not help. */
const PASSING: ReadonlySet<GuestFailureCode> = new Set([
  'ssh-refused',
  'ssh-unreachable',
  'ssh-no-banner',
  'ssh-auth',
  'ssh-lost',
]);

/**
 * Logs in, trying again until `reachWithinMs` is over. Throws the GuestFailure of the last attempt (at once if waiting cannot
 * help: another host key, no common algorithm), or the reason of `signal`.
 */
export async function reach(
  target: SshTarget,
  limits: ReachLimits,
  timer: Timer,
  signal: AbortSignal,
): Promise<Connection> {
  await checkKey(target);
  const endMs = timer.nowMs() + limits.reachWithinMs;
  let failedAtMs: Ms | undefined;
  const logIn = async (): Promise<Connection> => {
    signal.throwIfAborted();
    const leftMs = Math.max(1, endMs - timer.nowMs());
    const login = await attempt(target, ms(Math.min(limits.attemptWithinMs, leftMs)), timer, signal);
    return { ...login, failedAtMs };
  };
  const pauseAfter = (cause: unknown, attempts: number): Ms | undefined => {
    if (!(cause instanceof GuestFailure && PASSING.has(cause.code))) return undefined;
    failedAtMs = timer.nowMs();
    const pauseMs = Math.min(LAST_PAUSE_MS, FIRST_PAUSE_MS * 1.5 ** (attempts - 1));
    if (failedAtMs + pauseMs >= endMs) throw gaveUp(cause, attempts, limits.reachWithinMs);
    return ms(pauseMs);
  };
  return retry(logIn, pauseAfter, timer, signal);
}

async function checkKey(target: SshTarget): Promise<void> {
  if (target.agent !== undefined && target.privateKey === '') return;
  const { utils } = (await import('ssh2')).default;
  const key = utils.parseKey(target.privateKey);
  if (key instanceof Error) throw unusableKey(target, key);
}

type Login = Omit<Connection, 'failedAtMs'>;

/** Throws a GuestFailure if the machine, or the route to it, refused the login. */
async function attempt(target: SshTarget, withinMs: Ms, timer: Timer, signal: AbortSignal): Promise<Login> {
  // Import before the socket exists: nothing may wait between the socket and its error listeners.
  const { Client } = (await import('ssh2')).default;
  const endMs = timer.nowMs() + withinMs;
  const leftMs = () => ms(Math.max(1, Math.ceil(endMs - timer.nowMs())));
  const login = (jump: SshTarget) =>
    attempt(jump, leftMs(), timer, signal).catch((cause: unknown) => {
      throw cause instanceof GuestFailure ? onTheWay(cause) : cause;
    });
  try {
    const route = await openRoute(target, login, AbortSignal.any([signal, timeLimit(leftMs())]));
    return await shakeHands(new Client(), target, route, leftMs(), timer, signal);
  } catch (cause) {
    signal.throwIfAborted();
    throw cause;
  }
}

async function shakeHands(
  client: Client,
  target: SshTarget,
  { stream, close: closeRoute }: Route,
  withinMs: Ms,
  timer: Timer,
  signal: AbortSignal,
): Promise<Login> {
  const broken = new AbortController();
  // A stream that is not a socket is open from the start.
  const seen: Seen = { progress: target.via === undefined ? 'nothing' : 'open', key: '' };
  follow(client, stream, seen);
  const close = () => {
    client.destroy();
    closeRoute();
  };
  return new Promise<Login>((resolve, reject) => {
    const settle = (finish: () => void) => {
      signal.removeEventListener('abort', onAbort);
      finish();
    };
    const fail = (cause: SshError) => {
      // Only an accepted connection can be reset; a refusal is ECONNREFUSED.
      if (seen.progress === 'nothing' && cause.code === 'ECONNRESET') seen.progress = 'open';
      broken.abort(lost(target, cause));
      close();
      settle(() => reject(explain(target, seen.progress, seen.key, cause)));
    };
    const onAbort = () => {
      close();
      settle(() => reject(signal.reason));
    };
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    // More than one error may come for one fault; an error without a listener would end the process.
    client.on('error', fail);
    client.on('close', () => fail(new Error('the connection was closed')));
    client.on('ready', () => {
      const login = { client, hostKeySha256: seen.key, readyAtMs: timer.nowMs(), lost: broken.signal, close };
      settle(() => resolve(login));
    });
    client.connect({
      ...config(target),
      sock: stream,
      readyTimeout: withinMs,
      hostVerifier: (key: Buffer) => {
        seen.key = bareHash(createHash('sha256').update(key).digest('base64'));
        return isExpected(target.hostKey, seen.key);
      },
    });
  });
}

/** How far an attempt got, and the host key that it saw. */
interface Seen {
  progress: Progress;
  key: string;
}

function follow(client: Client, stream: Duplex, seen: Seen): void {
  stream.on('connect', () => {
    seen.progress = 'open';
  });
  stream.on('data', (chunk: Buffer) => {
    if (seen.progress === 'open' && /^SSH-/m.test(chunk.toString('latin1'))) seen.progress = 'banner';
  });
  client.on('handshake', () => {
    seen.progress = 'handshake';
  });
}

const config = ({ user, privateKey, agent, hostKey }: SshTarget): ConnectConfig => ({
  username: user,
  ...(privateKey !== '' && { privateKey }),
  ...(agent !== undefined && { agent }),
  authHandler: [
    ...(privateKey === '' ? [] : ['publickey' as const]),
    ...(agent === undefined ? [] : ['agent' as const]),
  ],
  algorithms: { ...ALGORITHMS, serverHostKey: hostKeyTypes(hostKey) },
  ...KEEPALIVE,
});

/** Requests only the types in known_hosts: if asked for another type, a server would show an unknown key. */
function hostKeyTypes(hostKey: SshTarget['hostKey']): ServerHostKeyAlgorithm[] {
  if (hostKey.kind !== 'known') return [...HOST_KEYS];
  // One key, two kinds of signature.
  const known = hostKey.keys.map(({ type }) => (type === 'ssh-rsa' ? 'rsa-sha2' : type));
  return HOST_KEYS.filter((type) => known.some((each) => type.startsWith(each)));
}
