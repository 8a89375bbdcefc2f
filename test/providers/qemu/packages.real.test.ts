import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { installMissing } from '../../../src/providers/qemu/packages.ts';

const LOCKED_S = 4;
/** Holds the lock as dpkg does, reports it, and releases it. */
const HOLDER = `import fcntl, sys, time
lock = open(sys.argv[1], 'w')
fcntl.lockf(lock, fcntl.LOCK_EX)
print('held', flush=True)
time.sleep(${LOCKED_S})`;

/** Its own package database, with nothing in it and no repository. */
function emptySystem(folder: string): Record<string, string> {
  for (const name of ['dpkg', 'lists/partial', 'cache/archives/partial', 'log'])
    mkdirSync(path.join(folder, name), { recursive: true });
  writeFileSync(path.join(folder, 'dpkg/status'), '');
  const config = path.join(folder, 'apt.conf');
  writeFileSync(
    config,
    `Dir::State::status "${folder}/dpkg/status"; Dir::State::lists "${folder}/lists"; Dir::Cache "${folder}/cache";
Dir::Log "${folder}/log"; Dir::Etc::sourcelist "/dev/null"; Dir::Etc::sourceparts "/dev/null";`,
  );
  return { APT_CONFIG: config };
}

const canInstall = existsSync('/usr/bin/apt-get') && existsSync('/usr/bin/python3') && userInfo().uid === 0;

test.runIf(canInstall)('bench waits for a lock that another installation holds', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'packages-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const environment = { ...process.env, ...emptySystem(folder) };
  const holder = spawn('/usr/bin/python3', ['-c', HOLDER, path.join(folder, 'dpkg/lock-frontend')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(holder.stdout, 'data');
  const heldMs = performance.now();
  const packages = { debian: 'no-such-package', fedora: '', arch: '' };
  const missing = [{ tool: 'no-such-tool', use: 'shows what apt-get says', found: undefined, packages }];
  const world = { environment, say: () => {}, signal: new AbortController().signal };
  // No such package exists, which bench only learns once it has the lock.
  await expect(installMissing(missing, world)).rejects.toThrow(/Unable to locate package no-such-package/);
  expect(performance.now() - heldMs).toBeGreaterThan(LOCKED_S * 500);
});
