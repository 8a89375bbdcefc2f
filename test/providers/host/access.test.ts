import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { targetsOf } from '../../../src/providers/host/access.ts';
import { HostScenario } from '../../../src/providers/host/scenario.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'bench-access-'));
  mkdirSync(path.join(home, '.ssh'));
});
afterEach(() => rmSync(home, { recursive: true }));

const KEY = 'AAAAC3NzaC1lZDI1NTE5AAAAIJ2fZ1c7rX0Zq1m0m0bq8kqk5p8p1F6c0b2eQ1l9V3aG';
const write = (name: string, text: string) => writeFileSync(path.join(home, name), text);
const know = (...names: string[]) =>
  write('.ssh/known_hosts', names.map((name) => `${name} ssh-ed25519 ${KEY}\n`).join(''));

function targets(provider: object, environment: Readonly<Record<string, string>> = {}) {
  const variants = { before: { image: { entry: 'a' } }, after: { image: { entry: 'b' } } };
  const scenario = HostScenario.parse({ name: 'rack', provider: { kind: 'host', ...provider }, variants });
  return targetsOf(scenario.provider, { environment: { HOME: home, ...environment }, scenarioFolder: home });
}

describe('the key that opens a machine is', () => {
  beforeEach(() => know('node1'));
  const keyOf = async (provider: object, environment = {}) => {
    const [target] = await targets({ hosts: ['node1'], ...provider }, environment);
    return target?.agent ?? target?.privateKey;
  };

  test('the file that the scenario names, beside it or at home', async () => {
    write('lab.key', 'from the lab');
    write('.ssh/lab', 'from home');
    const environment = { SSH_AUTH_SOCK: '/run/agent' };
    expect(await keyOf({ keyFile: 'lab.key' }, environment)).toBe('from the lab');
    expect(await keyOf({ keyFile: '~/.ssh/lab' }, environment)).toBe('from home');
  });

  test('else one in the agent, else the first that ssh would try', async () => {
    write('.ssh/id_rsa', 'rsa');
    expect(await keyOf({}, { SSH_AUTH_SOCK: '/run/agent' })).toBe('/run/agent');
    expect(await keyOf({})).toBe('rsa');
    write('.ssh/id_ed25519', 'ed25519');
    expect(await keyOf({})).toBe('ed25519');
  });

  test('missing: then the message lists the options', async () => {
    await expect(keyOf({})).rejects.toMatchObject({ kind: 'usage', hint: expect.stringContaining('ssh-add') });
    await expect(keyOf({ keyFile: 'none' })).rejects.toThrow(/provider\.keyFile: Could not read .*none/);
  });
});

describe('a file that is no key', () => {
  beforeEach(() => know('node1'));

  test.each(['/dev/zero', '.ssh', 'pipe', 'large'])('%s ends the run at once', async (keyFile) => {
    spawnSync('mkfifo', [path.join(home, 'pipe')]);
    write('large', '');
    truncateSync(path.join(home, 'large'), 3 * 2 ** 30);
    await expect(targets({ hosts: ['node1'], keyFile })).rejects.toMatchObject({
      kind: 'usage',
      message: expect.stringMatching(
        /^provider\.keyFile: Could not read .*: it is (a device|a folder|a pipe|larger than 4 MiB)/,
      ),
    });
  });
});

describe('the key of a machine', () => {
  beforeEach(() => write('.ssh/id_rsa', 'mine'));

  test('comes from known_hosts, for its port and for the jump host as well', async () => {
    know('[node1]:2222', 'gate');
    const [target] = await targets({ hosts: ['admin@node1:2222'], jump: 'me@gate' });
    const hostKey = { kind: 'known', keys: [{ type: 'ssh-ed25519', sha256: expect.any(String) }] };
    expect(target).toMatchObject({ host: 'node1', port: 2222, user: 'admin', privateKey: 'mine', hostKey });
    expect(target?.via).toMatchObject({ kind: 'jump', target: { host: 'gate', port: 22, user: 'me', hostKey } });
  });

  test('ends the run before any request if it is unknown', async () => {
    know('node1');
    await expect(targets({ hosts: ['node1:2222'] })).rejects.toMatchObject({
      message: `${home}/.ssh/known_hosts has no key of node1 (port 2222), so bench cannot verify its identity.`,
      hint: 'Log in once and check the fingerprint: ssh -p 2222 root@node1',
    });
    await expect(targets({ hosts: ['node1'], jump: 'gate' })).rejects.toThrow(/no key of gate, so/);
  });

  test('needs an entry where an authority signs it, as bench does not read certificates', async () => {
    write('.ssh/known_hosts', `@cert-authority *.lab ssh-ed25519 ${KEY}\n`);
    await expect(targets({ hosts: ['node1.lab'] })).rejects.toMatchObject({
      message: expect.stringContaining('an authority that signs the keys of node1.lab'),
      hint: expect.stringContaining('ssh-keyscan node1.lab >>'),
    });
    await expect(targets({ hosts: ['node1'] })).rejects.toThrow(/no key of node1, so/);
  });
});
