import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { type CollectOptions, collect, GuestFailure } from '../../src/guest/collect.ts';
import { CIPHERS } from '../../src/guest/connection.ts';
import type { Failure } from '../../src/model/boot.ts';
import type { SshTarget } from '../../src/model/provider.ts';
import { ms } from '../../src/model/units.ts';
import { freePort, silentPort } from '../support/ports.ts';
import { type Sshd, startSshd } from '../support/sshd.ts';
import { realTimer } from '../support/timer.ts';

const options: CollectOptions = { timer: realTimer, reachWithinMs: ms(2000), attemptWithinMs: ms(1500) };
const never = new AbortController().signal;
const requests = [{ path: 'a', command: 'echo a', collector: 'test', maxBytes: 100 }];

const opened: (Sshd | Server)[] = [];
const accepted: Socket[] = [];
afterEach(async () => {
  for (const socket of accepted.splice(0)) socket.destroy();
  for (const one of opened.splice(0)) {
    if ('stop' in one) await one.stop();
    else await new Promise((resolve) => one.close(resolve));
  }
});

async function sshd(...args: Parameters<typeof startSshd>): Promise<Sshd> {
  const started = await startSshd(...args);
  opened.push(started);
  return started;
}

/** A plain TCP server in place of sshd. */
async function server(answer: (socket: Socket) => void): Promise<number> {
  const port = await freePort();
  const listening = createServer((socket) => {
    accepted.push(socket);
    socket.on('error', () => undefined);
    answer(socket);
  }).listen(port, '127.0.0.1');
  opened.push(listening);
  await new Promise((resolve) => listening.once('listening', resolve));
  return port;
}

async function failure(target: SshTarget, more: Partial<CollectOptions> = {}): Promise<Failure | undefined> {
  try {
    await collect(target, requests, { ...options, ...more }, never);
    return undefined;
  } catch (cause) {
    if (cause instanceof GuestFailure) return cause.failure;
    throw cause;
  }
}

/** A login with a key that opens nothing but is well formed. */
async function stranger(port: number): Promise<SshTarget> {
  const { target, strangerKey, stop } = await startSshd();
  await stop();
  return { ...target, port, privateKey: strangerKey };
}

describe('an unreachable machine', () => {
  test('because nothing listens: ssh-refused, retried until the time limit', async () => {
    const target = await stranger(await freePort());
    const startMs = realTimer.nowMs();
    const seen = await failure(target);
    expect(seen).toMatchObject({ stage: 'reach', code: 'ssh-refused' });
    expect(seen?.message).toBe(
      `127.0.0.1:${target.port} refuses connections: nothing listens there (tried 2 times within 2 s).`,
    );
    expect(realTimer.nowMs() - startMs).toBeLessThan(2500);
  });

  test('because nothing answers: ssh-unreachable', async () => {
    const silent = await silentPort();
    try {
      expect(await failure(await stranger(silent.port))).toMatchObject({ stage: 'reach', code: 'ssh-unreachable' });
    } finally {
      silent.close();
    }
  });

  test.each<[string, (socket: Socket) => void]>([
    ['is silent', () => undefined],
    ['closes at once', (socket) => socket.end()],
    ['resets at once', (socket) => socket.resetAndDestroy()],
    ['sends garbage', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['sends endless garbage', endless],
  ])('because its port is open but %s: ssh-no-banner', async (_what, answer) => {
    const seen = await failure(await stranger(await server(answer)), {
      reachWithinMs: ms(1200),
      attemptWithinMs: ms(1000),
    });
    expect(seen).toMatchObject({ stage: 'reach', code: 'ssh-no-banner' });
    expect(seen?.hint).toMatch(/console/);
  });

  test('because it breaks off in the handshake: ssh-lost', async () => {
    const port = await server((socket) => setTimeout(() => socket.end('SSH-2.0-OpenSSH_9.2\r\n'), 10));
    expect(await failure(await stranger(port))).toMatchObject({ stage: 'reach', code: 'ssh-lost' });
  });

  test('because it shares no algorithm with us: ssh-handshake, at once', async () => {
    const { target } = await sshd({ lines: ['Ciphers aes256-ctr'] });
    const startMs = realTimer.nowMs();
    expect(await failure(target)).toMatchObject({ stage: 'reach', code: 'ssh-handshake' });
    expect(realTimer.nowMs() - startMs).toBeLessThan(1000);
  });

  test('because it shows another host key: ssh-host-key, at once, with both keys', async () => {
    const { target } = await sshd();
    const startMs = realTimer.nowMs();
    const seen = await failure({ ...target, hostKey: { kind: 'pinned', sha256: 'SHA256:AAAA' } });
    expect(seen).toMatchObject({ stage: 'reach', code: 'ssh-host-key' });
    const shown = target.hostKey.kind === 'pinned' ? target.hostKey.sha256 : '';
    expect(seen?.message).toContain(`expected SHA256:AAAA, saw ${shown}`);
    expect(realTimer.nowMs() - startMs).toBeLessThan(1000);
  });

  test('because it rejects the key: ssh-auth, retried, as its provisioning may not have finished', async () => {
    const { target, strangerKey } = await sshd();
    const seen = await failure({ ...target, privateKey: strangerKey });
    expect(seen).toMatchObject({ stage: 'reach', code: 'ssh-auth' });
    expect(seen?.message).toBe(
      `127.0.0.1:${target.port} rejects the key of user ${target.user} (tried 2 times within 2 s).`,
    );
  });

  test('because our own key is invalid: ssh-auth', async () => {
    const { target } = await sshd();
    expect(await failure({ ...target, privateKey: 'no key' })).toMatchObject({
      code: 'ssh-auth',
      message: expect.stringMatching(/cannot be used/),
    });
  });

  test('because it forbids commands: collect-failed', async () => {
    const { target } = await sshd({ lines: ['MaxSessions 0'] });
    expect(await failure(target)).toMatchObject({
      stage: 'collect',
      code: 'collect-failed',
      message: expect.stringMatching(/runs no command/),
    });
  });
});

test.each(CIPHERS)('bench reaches a machine that only has the cipher %s', async (cipher) => {
  const { target } = await sshd({ lines: [`Ciphers ${cipher}`] });
  expect((await collect(target, requests, options, never)).artifacts).toHaveLength(1);
});

describe('a machine that comes up', () => {
  test('answers once its sshd listens, with the moment of the attempt before', async () => {
    const port = await freePort();
    const early = await sshd();
    const target = { ...early.target, port };
    const parsing = collect(target, requests, { ...options, reachWithinMs: ms(10_000) }, never);
    await realTimer.sleep(ms(700), never);
    await sshd({ port, keysOf: early });
    const { ssh, timings } = await parsing;
    expect(ssh.failedAtMs).toBeDefined();
    expect(ssh.readyAtMs - (ssh.failedAtMs ?? 0)).toBeGreaterThan(900);
    expect(timings.connectMs).toBeGreaterThan(900);
  });

  test('and whose key is new gets trust on first use, and a report of its key', async () => {
    const { target } = await sshd();
    const { hostKeySha256 } = await collect(
      { ...target, hostKey: { kind: 'trust-on-first-use' } },
      requests,
      options,
      never,
    );
    expect(target.hostKey).toEqual({ kind: 'pinned', sha256: `SHA256:${hostKeySha256}` });
  });

  test('does not delay an abort, before or between attempts', async () => {
    for (const port of [await server(() => undefined), await freePort()]) {
      const target = await stranger(port);
      const stop = new AbortController();
      const work = collect(target, requests, options, stop.signal);
      await realTimer.sleep(ms(200), never);
      const abortedMs = realTimer.nowMs();
      stop.abort(new Error('enough'));
      await expect(work).rejects.toThrow('enough');
      expect(realTimer.nowMs() - abortedMs).toBeLessThan(50);
    }
    await expect(collect(await stranger(1), requests, options, AbortSignal.abort(new Error('before')))).rejects.toThrow(
      'before',
    );
  });
});

/** Sends as long as the other side listens. */
function endless(socket: Socket): void {
  const more = () => {
    while (socket.writable && socket.write('x'.repeat(65_536)));
  };
  socket.on('drain', more);
  more();
}
