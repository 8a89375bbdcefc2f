/**
 * The route to a machine's port: direct, through another SSH server, or through a tunnel that the provider opens. bench checks
 * the SSH server's key like any other; that server sees only the ciphertext of the inner connection.
 */
import { connect as openSocket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Client } from 'ssh2';
import { BenchError, messageOf } from '../model/errors.ts';
import type { ByteStream, SshTarget, Via } from '../model/provider.ts';
import { type GuestFailure, reachFailure } from './failure.ts';

/** A stream that leads to port `target.port`. A TCP socket may still be connecting. */
export interface Route {
  readonly stream: Duplex;
  /** Closes at once, with everything that carries the stream. Idempotent. */
  close(): void;
}

/** A login somewhere on the route, as `connection.ts` makes it. */
type Login = (target: SshTarget) => Promise<{ readonly client: Client; close(): void }>;

export async function openRoute(target: SshTarget, login: Login, signal: AbortSignal): Promise<Route> {
  const { via, host, port } = target;
  switch (via?.kind) {
    case undefined:
      return routeOf(openSocket({ host, port, noDelay: true }));
    case 'jump':
      return throughJump(target, via.target, login);
    case 'tunnel':
      return routeOf(await opened(target, via, signal));
    default:
      return via satisfies never;
  }
}

/** A tunnel is a Duplex, which its type does not name: model does not import Node's modules. */
const routeOf = (stream: ByteStream): Route => ({ stream: stream as Duplex, close: () => stream.destroy() });

async function throughJump(target: SshTarget, jump: SshTarget, login: Login): Promise<Route> {
  const { client, close } = await login(jump);
  try {
    const channel = await new Promise<Duplex>((resolve, reject) => {
      client.forwardOut('127.0.0.1', 0, target.host, target.port, (error, stream) => {
        if (error) reject(notForwarded(target, jump, error));
        else resolve(stream);
      });
    });
    // The far end of a channel may close and the near one stay open: then nothing reports that the machine is gone.
    channel.once('end', () => channel.destroy());
    return {
      stream: channel,
      close() {
        channel.destroy();
        close();
      },
    };
  } catch (cause) {
    close();
    throw cause;
  }
}

const notForwarded = ({ host, port }: SshTarget, jump: SshTarget, cause: Error): GuestFailure =>
  /refused/i.test(cause.message)
    ? reachFailure(
        'ssh-refused',
        `${host}:${port} refuses connections from the jump host ${jump.host}.`,
        'Check on the console whether sshd started, and on which port.',
        cause,
      )
    : reachFailure(
        'ssh-unreachable',
        `The jump host ${jump.host} cannot reach ${host}:${port}: ${cause.message}.`,
        'Check its AllowTcpForwarding, and whether its network reaches that of the machine.',
        cause,
      );

async function opened(
  { host, port }: SshTarget,
  tunnel: Extract<Via, { kind: 'tunnel' }>,
  signal: AbortSignal,
): Promise<ByteStream> {
  try {
    return await tunnel.open(signal);
  } catch (cause) {
    const said = messageOf(cause).replace(/\.$/, '');
    const hint = cause instanceof BenchError ? cause.hint : undefined;
    throw reachFailure(
      'ssh-unreachable',
      `${tunnel.name} opens no tunnel to ${host}:${port}: ${said}.`,
      hint ?? `Check whether ${tunnel.name} is up and its network reaches that of the machine.`,
      cause,
    );
  }
}
