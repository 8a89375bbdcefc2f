/**
 * A machine to be rebooted that is none: a real sshd that goes down and comes up again, with a loader, a boot id and a command
 * line of its own (session.sh). For what real machines take too long for; host.long.test.ts has those.
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

export interface FakeHost {
  readonly folder: string;
  readonly port: number;
  readonly keyFile: string;
  readonly knownHosts: string;
  /** Has the keys that it has, and is never rebooted. */
  readonly keys: Sshd;
  /** How often it was rebooted. */
  reboots(): number;
  /** The entry that runs. */
  entry(): string;
  /** What a boot would take next, and whether somebody holds a lock. */
  left(): { readonly next: boolean; readonly locked: boolean };
  write(name: string, text: string): void;
  /** It boots what it always boots, whatever it is told. */
  ignoreEntries(): void;
  /** Told of each reboot, before it goes down. */
  onReboot(listener: (count: number) => void): void;
  stop(): Promise<void>;
}

/** Only root may give a login another /proc. */
export const whyNoHost = (): string | undefined => (process.getuid?.() === 0 ? undefined : 'not root');

/** `like` lends it the keys of another machine. */
export async function startFakeHost(like?: FakeHost): Promise<FakeHost> {
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
  const port = await freePort();
  const keys = await startSshd(like && { keysOf: like.keys });
  const start = () => startSshd({ port, keysOf: keys, forceCommand: `${path.join(HERE, 'session.sh')} ${folder}` });
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
