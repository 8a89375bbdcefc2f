import { expect, test } from 'vitest';
import { seedFiles } from '../../../src/providers/qemu/cloud-init.ts';

const GIFT = {
  authorizedKey: 'ssh-ed25519 AAAA bench',
  hostKey: { privateKey: 'secret', publicKey: 'public' },
  keepBusy: false,
  user: 'root',
  instance: 'bench-1',
  userData: undefined,
};

/** The parts of multi-part user data, decoded. */
function partsOf(gift: Parameters<typeof seedFiles>[0]): readonly { readonly type: string; readonly text: string }[] {
  const userData = seedFiles(gift).find(({ name }) => name === 'user-data')?.content ?? new Uint8Array();
  const [, ...parts] = Buffer.from(userData)
    .toString('utf8')
    .split(/^--==bench-user-data==-?-?\n/m);
  return parts.filter(Boolean).map((part) => {
    const [head = '', body = ''] = part.split('\n\n', 2);
    return { type: /Content-Type: ([^;]+)/.exec(head)?.[1] ?? '', text: Buffer.from(body, 'base64').toString('utf8') };
  });
}

const configOf = (gift: Parameters<typeof seedFiles>[0]) =>
  JSON.parse((partsOf(gift).at(-1)?.text ?? '').replace('#cloud-config\n', ''));

test('the scenario keeps its user data unchanged, and bench appends its own', () => {
  const userData = '#!/bin/sh\necho hello\n';
  const parts = partsOf({ ...GIFT, userData });
  expect(parts.map(({ type }) => type)).toEqual(['text/x-shellscript', 'text/cloud-config']);
  expect(parts[0]?.text).toBe(userData);
  expect(configOf({ ...GIFT, userData }).merge_how).toBe('list(append)+dict(no_replace,recurse_list)+str()');
});

test('the machine uses only the given host key', () => {
  const config = configOf(GIFT);
  expect(config.ssh_keys).toEqual({ ed25519_private: 'secret', ed25519_public: 'public\n' });
  expect(config.ssh_deletekeys).toBe(true);
});

test('root may log in where the scenario says root, another user gets sudo', () => {
  expect(configOf(GIFT)).toMatchObject({ disable_root: false });
  expect(configOf({ ...GIFT, user: 'core' }).users[1]).toMatchObject({ name: 'core', sudo: 'ALL=(ALL) NOPASSWD:ALL' });
});

test('cloud-init writes the marker unit before it starts it', () => {
  const { bootcmd } = configOf({ ...GIFT, readyFile: '/run/x' });
  expect(bootcmd).toHaveLength(3);
  const written = /echo (\S+) \| base64 -d >\/run\/systemd\/system\/bench-ready\.service$/.exec(bootcmd[0])?.[1] ?? '';
  expect(Buffer.from(written, 'base64').toString('utf8')).toContain('is-system-running --wait');
  expect(bootcmd[2]).toBe('systemctl start --no-block bench-ready.path');
});
