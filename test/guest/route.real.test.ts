import { connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { type CollectOptions, collect } from '../../src/guest/collect.ts';
import { worldError } from '../../src/model/errors.ts';
import type { SshTarget, Via } from '../../src/model/provider.ts';
import { ms } from '../../src/model/units.ts';
import { freePort } from '../support/ports.ts';
import { type Sshd, startSshd, until } from '../support/sshd.ts';
import { realTimer } from '../support/timer.ts';

const never = new AbortController().signal;
const requests = [{ path: 'a', command: 'echo behind', collector: 'test', maxBytes: 100 }];
const options: CollectOptions = { timer: realTimer, reachWithinMs: ms(1500) };

const started: Sshd[] = [];
afterEach(async () => {
  for (const sshd of started.splice(0)) await sshd.stop();
});

async function sshd(...args: Parameters<typeof startSshd>): Promise<Sshd> {
  const one = await startSshd(...args);
  started.push(one);
  return one;
}

const jumpOver = (target: SshTarget): Via => ({ kind: 'jump', target });
const WRONG_KEY = { kind: 'pinned', sha256: 'SHA256:AAAA' } as const;

async function said(target: SshTarget): Promise<string> {
  const { artifacts } = await collect(target, requests, options, never);
  return new TextDecoder().decode(artifacts[0]?.bytes);
}

const failureOf = (target: SshTarget) =>
  collect(target, requests, options, never).then(
    () => undefined,
    (cause: { failure?: object }) => cause.failure ?? Promise.reject(cause),
  );

describe('a machine behind a jump host', () => {
  test('gives its artifacts through it, and nothing remains of either connection', async () => {
    const [machine, jump] = [await sshd(), await sshd()];
    expect(await said({ ...machine.target, via: jumpOver(jump.target) })).toBe('behind\n');
    await until(
      () => [...machine.descendants(), ...jump.descendants()].length === 0,
      () => 'a connection was left',
    );
  });

  test('gives its artifacts through two of them', async () => {
    const [machine, inner, outer] = [await sshd(), await sshd(), await sshd()];
    const via = jumpOver({ ...inner.target, via: jumpOver(outer.target) });
    expect(await said({ ...machine.target, via })).toBe('behind\n');
  });

  test('receives no data when either of them shows another host key, at once', async () => {
    const [machine, jump] = [await sshd(), await sshd()];
    expect(await failureOf({ ...machine.target, via: jumpOver({ ...jump.target, hostKey: WRONG_KEY }) })).toMatchObject(
      { code: 'ssh-host-key', message: expect.stringMatching(/^The jump host: 127.* expected SHA256:AAAA, saw \S+$/) },
    );
    expect(await failureOf({ ...machine.target, hostKey: WRONG_KEY, via: jumpOver(jump.target) })).toMatchObject({
      code: 'ssh-host-key',
      message: expect.stringMatching(/^127.*expected SHA256:AAAA, saw \S+$/),
    });
  });

  test('that gives no access, does not run, or forwards nothing, leads to a message that names it', async () => {
    const machine = await sshd();
    const jump = await sshd();
    const deaf = await sshd({ lines: ['AllowTcpForwarding no'] });
    const through = (target: SshTarget, changes: Partial<SshTarget> = {}) =>
      failureOf({ ...machine.target, ...changes, via: jumpOver(target) });
    expect(await through({ ...jump.target, privateKey: jump.strangerKey })).toMatchObject({
      code: 'ssh-auth',
      message: expect.stringMatching(/^The jump host: .* rejects the key/),
    });
    expect(await through({ ...jump.target, port: await freePort() })).toMatchObject({
      code: 'ssh-refused',
      message: expect.stringMatching(/^The jump host: /),
    });
    expect(await through(jump.target, { port: await freePort() })).toMatchObject({
      code: 'ssh-refused',
      message: expect.stringMatching(/refuses connections from the jump host 127\.0\.0\.1/),
    });
    expect(await through(deaf.target)).toMatchObject({
      code: 'ssh-unreachable',
      hint: expect.stringContaining('AllowTcpForwarding'),
    });
  });
});

describe('a machine behind a tunnel', () => {
  test('gives its artifacts through it; each attempt opens its own and ends it', async () => {
    const machine = await sshd();
    const opened: ReturnType<typeof connect>[] = [];
    const open = async () => {
      const socket = connect(opened.length === 0 ? await freePort() : machine.target.port, '127.0.0.1');
      opened.push(socket);
      return socket;
    };
    const via: Via = { kind: 'tunnel', name: 'the test', open };
    expect(await said({ ...machine.target, host: '10.0.0.4', via })).toBe('behind\n');
    expect(opened.map(({ destroyed }) => destroyed)).toEqual([true, true]);
  });

  test('that does not open is a failure with its reason and what to do', async () => {
    const { target } = await sshd();
    const open = () => Promise.reject(worldError('it is switched off.', 'Switch it on.'));
    expect(await failureOf({ ...target, via: { kind: 'tunnel', name: 'the test', open } })).toMatchObject({
      stage: 'reach',
      code: 'ssh-unreachable',
      message: expect.stringMatching(/^the test opens no tunnel to .*: it is switched off \(tried 2 times/),
      hint: 'Switch it on.',
    });
  });
});
