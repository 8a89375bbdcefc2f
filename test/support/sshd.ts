import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SshTarget } from '../../src/model/provider.ts';
import { freePort } from './ports.ts';

const SSH_KEYGEN = '/usr/bin/ssh-keygen';

/** A real OpenSSH server on loopback with its own keys and configuration, which runs as the user of the tests. */
export interface Sshd {
  readonly target: SshTarget;
  readonly folder: string;
  /** A key that the server does not know. */
  readonly strangerKey: string;
  /** The listening process; each connection has a child process of it. */
  readonly pid: number;
  /** Pids of the processes that serve connections, and of their children. */
  descendants(): number[];
  stop(): Promise<void>;
}

export interface SshdOptions {
  /** Shell command that the server runs instead of the client's command. */
  readonly forceCommand?: string;
  readonly port?: number;
  /** Another server whose host key and user key this one shares. */
  readonly keysOf?: Sshd;
  readonly lines?: readonly string[];
  /** The user who logs in, if it is not the user that runs the tests. */
  readonly user?: string;
  /** A command that starts the server; the server's own command line follows it. */
  readonly startedBy?: readonly string[];
}

export async function startSshd(options: SshdOptions = {}): Promise<Sshd> {
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-sshd-'));
  const file = (name: string) => path.join(folder, name);
  for (const key of ['host', 'user', 'stranger']) {
    if (options.keysOf)
      for (const name of [key, `${key}.pub`]) copyFileSync(path.join(options.keysOf.folder, name), file(name));
    else execFileSync(SSH_KEYGEN, ['-q', '-t', 'ed25519', '-N', '', '-C', key, '-f', file(key)]);
  }
  const port = options.port ?? (await freePort());
  // sshd reads the folder as the user who logs in.
  chmodSync(folder, 0o711);
  writeFileSync(file('authorized_keys'), readFileSync(file('user.pub')), { mode: 0o644 });
  const config = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${file('host')}`,
    `AuthorizedKeysFile ${file('authorized_keys')}`,
    `PidFile ${file('pid')}`,
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication no',
    'PermitRootLogin yes',
    ...(options.forceCommand === undefined ? [] : [`ForceCommand ${options.forceCommand}`]),
    ...(options.lines ?? []),
  ];
  writeFileSync(file('config'), `${config.join('\n')}\n`);
  // The folder for privilege separation in Debian's sshd; normally its service creates it.
  if (userInfo().uid === 0) mkdirSync('/run/sshd', { recursive: true });
  const [program = '', ...args] = [...(options.startedBy ?? []), '/usr/sbin/sshd', '-D', '-e', '-f', file('config')];
  const daemon = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  daemon.stderr.on('data', (chunk: Buffer) => {
    log += chunk;
  });
  await until(
    () => listens(port),
    () => `sshd does not listen: ${log}`,
  );
  const fingerprint = execFileSync(SSH_KEYGEN, ['-lf', file('host.pub')], { encoding: 'utf8' }).split(' ')[1] ?? '';
  return {
    target: {
      host: '127.0.0.1',
      port,
      user: options.user ?? userInfo().username,
      privateKey: readFileSync(file('user'), 'utf8'),
      hostKey: { kind: 'pinned', sha256: fingerprint },
    },
    folder,
    strangerKey: readFileSync(file('stranger'), 'utf8'),
    pid: daemon.pid ?? 0,
    descendants: () => descendants(daemon.pid ?? 0),
    stop: async () => {
      for (const pid of [...descendants(daemon.pid ?? 0), daemon.pid ?? 0]) kill(pid);
      await exited(daemon);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Waits for a condition that must become true within some seconds. */
export async function until(
  isTrue: () => boolean | Promise<boolean>,
  complaint: () => string,
  seconds = 10,
): Promise<void> {
  for (let tries = 0; tries < seconds * 50; tries += 1) {
    if (await isTrue()) return;
    await sleep(20);
  }
  throw new Error(complaint());
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

function descendants(pid: number): number[] {
  const children = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter(([child, parent]) => parent === pid && alive(child ?? 0))
    .map(([child]) => child ?? 0);
  return children.flatMap((child) => [...descendants(child), child]);
}

export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function kill(pid: number): void {
  if (alive(pid)) process.kill(pid, 'SIGKILL');
}

const exited = (child: ChildProcess): Promise<unknown> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve()
    : new Promise((resolve) => child.once('exit', resolve));
