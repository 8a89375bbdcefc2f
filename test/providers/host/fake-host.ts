/**
 * A stand-in for a machine that reboots: a real sshd that goes down and comes up again. It has a loader, a boot id and its
 * own command line (in-machine.sh). It covers what real machines take too long for; host.long.test.ts has real ones.
 */
import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../support/ports.ts';
import { type Sshd, startSshd } from '../../support/sshd.ts';

const HERE = path.resolve('test/providers/host');
const DOWN_MS = 200;
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export interface FakeHost {
  readonly folder: string;
  readonly port: number;
  /** `user@machine:port` */
  readonly address: string;
  readonly keyFile: string;
  readonly knownHosts: string;
  /** Has the keys of the machine and never reboots. */
  readonly keys: Sshd;
  /** The number of reboots. */
  reboots(): number;
  /** The entry that runs. */
  entry(): string;
  /** What a boot would take next, and whether a process holds a lock. */
  left(): { readonly next: boolean; readonly locked: boolean };
  write(name: string, text: string): void;
  /** It ignores the order and boots its usual entry. */
  ignoreEntries(): void;
  /** Runs at each reboot, before the machine goes down. */
  onReboot(listener: (count: number) => void): void;
  stop(): Promise<void>;
}

/** Only root may give a login another /proc. */
export const whyNoHost = (): string | undefined => (process.getuid?.() === 0 ? undefined : 'not root');

export const whyNoSudo = (): string | undefined => whyNoHost() ?? (existsSync('/usr/bin/sudo') ? undefined : 'no sudo');

export interface FakeHostOptions {
  /** Gives it the keys of another machine. */
  readonly like?: FakeHost;
  /** Rules of sudo for `tester`, who logs in in place of root. */
  readonly sudoers?: string;
  /** No user may run sudo. */
  readonly withoutSudo?: boolean;
}

export async function startFakeHost({ like, sudoers, withoutSudo }: FakeHostOptions = {}): Promise<FakeHost> {
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-host-'));
  const at = (...names: string[]) => path.join(folder, ...names);
  const write = (name: string, text: string) => writeFileSync(at(name), text);
  for (const name of ['bin', 'lib']) mkdirSync(at(name));
  const program = (name: string, text: string) => {
    write(`bin/${name}`, text);
    chmodSync(at('bin', name), 0o755);
  };
  copyFileSync(path.join(HERE, 'fake-systemctl.sh'), at('bin/systemctl'));
  chmodSync(at('bin/systemctl'), 0o755);
  program('grub-reboot', '#!/bin/sh\necho "$1" >"$STATE/next"\n');
  program('grub-editenv', '#!/bin/sh\nrm -f "$STATE/next"\n');
  const boot = (entry: string) => {
    write('boot-id', `${randomUUID()}\n`);
    write('cmdline', `BOOT_IMAGE=/vmlinuz root=/dev/sda1 entry=${entry}\n`);
  };
  boot('installed');
  const user = sudoers === undefined ? 'root' : 'tester';
  if (sudoers !== undefined) addTester(folder, sudoers);
  if (withoutSudo) write('sudo', '');
  const port = await freePort();
  const keys = await startSshd(like && { keysOf: like.keys });
  const lines = [`SetEnv STATE=${folder} PATH=${at('bin')}:${PATH}`];
  const startedBy = [path.join(HERE, 'in-machine.sh'), folder];
  const start = () => startSshd({ port, keysOf: keys, user, lines, startedBy });
  write('known_hosts', `[127.0.0.1]:${port} ${readFileSync(path.join(keys.folder, 'host.pub'), 'utf8')}`);
  copyFileSync(path.join(keys.folder, 'user'), at('key'));
  let count = 0;
  let stuck = false;
  let running = true;
  let listener: (count: number) => void = () => {};
  const supervise = async (first: Sshd) => {
    let sshd = first;
    while (running) {
      await sleep(30);
      if (!existsSync(at('reboot'))) continue;
      count += 1;
      listener(count);
      await sshd.stop();
      rmSync(at('reboot'));
      const next = existsSync(at('next')) && !stuck ? readFileSync(at('next'), 'utf8').trim() : 'installed';
      rmSync(at('next'), { force: true });
      boot(next);
      await sleep(DOWN_MS);
      sshd = await start();
    }
    await sshd.stop();
  };
  const supervision = supervise(await start());
  return {
    folder,
    port,
    address: `${user}@127.0.0.1:${port}`,
    write,
    keyFile: at('key'),
    knownHosts: at('known_hosts'),
    keys,
    reboots: () => count,
    entry: () => /entry=(\S+)/.exec(readFileSync(at('cmdline'), 'utf8'))?.[1] ?? '',
    left: () => ({ next: existsSync(at('next')), locked: existsSync(at('lib/bench-host/lock')) }),
    ignoreEntries: () => {
      stuck = true;
    },
    onReboot: (told) => {
      listener = told;
    },
    async stop() {
      running = false;
      await supervision;
      await keys.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Files of /etc for a machine with one more user. */
function addTester(folder: string, sudoers: string): void {
  const write = (name: string, text: string, mode: number) => writeFileSync(path.join(folder, name), text, { mode });
  write('passwd', `${readFileSync('/etc/passwd', 'utf8')}tester:x:4242:4242::/tmp:/bin/sh\n`, 0o644);
  write('shadow', `${readFileSync('/etc/shadow', 'utf8')}tester:*:20000:0:99999:7:::\n`, 0o600);
  const defaults = `Defaults env_keep += "STATE"\nDefaults secure_path="${path.join(folder, 'bin')}:${PATH}"\n`;
  write('sudoers', `${defaults}root ALL=(ALL) ALL\n${sudoers}\n`, 0o440);
}
