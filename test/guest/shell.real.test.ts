/** A persistent login over a real sshd: by key, by agent, with the host keys of known_hosts. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { shellOpener } from '../../src/guest/shell.ts';
import type { BootFailure, SshTarget } from '../../src/model/provider.ts';
import { ms } from '../../src/model/units.ts';
import { type Sshd, startSshd, until } from '../support/sshd.ts';
import { realTimer as timer } from '../support/timer.ts';

let sshd: Sshd;
beforeAll(async () => {
  sshd = await startSshd();
});
afterAll(() => sshd.stop());

const never = new AbortController().signal;
const within = { withinMs: ms(10_000) };
const open = (changes: Partial<SshTarget> = {}) => shellOpener(timer)({ ...sshd.target, ...changes }, within, never);
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (cause: BootFailure) => cause.failure.code,
  );

describe('a persistent login', () => {
  test('runs scripts one after the other, and reports the end of each', async () => {
    const shell = await open();
    expect(await shell.run('echo one; echo two >&2; exit 3', within, never)).toEqual({
      code: 3,
      stdout: 'one\n',
      stderr: 'two\n',
    });
    expect(await shell.run('kill -9 $$', within, never)).toMatchObject({ code: null });
    expect(await shell.run(`cat <<'END'\n${'x'.repeat(100_000)}\nEND`, within, never)).toMatchObject({ code: 0 });
    shell.close();
  });

  test('gives up on a script that takes too long, and reports a broken connection', async () => {
    const shell = await open();
    expect(await codeOf(shell.run('sleep 30', { withinMs: ms(300) }, never))).toBe('collect-timeout');
    expect(await codeOf(shell.run('kill -9 $PPID; sleep 5', within, never))).toBe('ssh-lost');
    expect(shell.lost.aborted).toBe(true);
  });

  test('behind a jump host reports within seconds that the machine is gone', async () => {
    const machine = await startSshd({ keysOf: sshd });
    const shell = await open({ ...machine.target, via: { kind: 'jump', target: sshd.target } });
    expect(await shell.run('echo in', within, never)).toMatchObject({ stdout: 'in\n' });
    await machine.stop();
    await until(
      () => shell.lost.aborted,
      () => 'nobody noticed',
    );
    shell.close();
  });

  test('uses the keys of an agent in place of a file', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'bench-agent-'));
    const agent = path.join(folder, 'socket');
    const daemon = spawn('ssh-agent', ['-D', '-a', agent], { stdio: 'ignore' });
    try {
      const env = { ...process.env, SSH_AUTH_SOCK: agent };
      const add = (key: string) =>
        execFileSync('ssh-add', ['-q', path.join(sshd.folder, key)], { env, stdio: 'ignore' });
      await until(
        () =>
          codeOf(Promise.resolve().then(() => add('stranger'))).then(
            (code) => code === 'done',
            () => false,
          ),
        () => 'no agent',
      );
      const options = { privateKey: '', agent };
      expect(await codeOf(shellOpener(timer)({ ...sshd.target, ...options }, { withinMs: ms(1000) }, never))).toBe(
        'ssh-auth',
      );
      add('user');
      const shell = await open(options);
      expect(await shell.run('echo in', within, never)).toMatchObject({ stdout: 'in\n' });
      shell.close();
    } finally {
      daemon.kill();
      rmSync(folder, { recursive: true });
    }
  });

  test('requests the type of host key that known_hosts has, and trusts no other', async () => {
    const sha256 = sshd.target.hostKey.kind === 'pinned' ? sshd.target.hostKey.sha256 : '';
    (await open({ hostKey: { kind: 'known', keys: [{ type: 'ssh-ed25519', sha256 }] } })).close();
    const other = { kind: 'known', keys: [{ type: 'ssh-ed25519', sha256: 'A'.repeat(43) }] } as const;
    const failure = await open({ hostKey: other }).catch((cause: BootFailure) => cause.failure);
    expect(failure).toMatchObject({ code: 'ssh-host-key', hint: expect.stringContaining('correct known_hosts') });
    expect(readFileSync(path.join(sshd.folder, 'host.pub'), 'utf8')).toContain('ssh-ed25519');
    // The server has no RSA key to show.
    const rsa = { kind: 'known', keys: [{ type: 'ssh-rsa', sha256 }] } as const;
    expect(await codeOf(open({ hostKey: rsa }))).toBe('ssh-handshake');
  });
});
