import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { newSshKey } from '../../../src/providers/any/ssh-key.ts';

// RFC 8032, 7.1, test 1: a secret key; its public point, d75a9801..., is in the public key below.
const SEED = Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex');

test('a public key has the OpenSSH form: type, point, comment', () => {
  const { publicKey, privateKey } = newSshKey('bench', SEED);
  expect(publicKey).toBe('ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea bench');
  expect(privateKey).toMatch(
    /^-----BEGIN OPENSSH PRIVATE KEY-----\n([A-Za-z0-9+/=]{1,70}\n)+-----END OPENSSH PRIVATE KEY-----\n$/,
  );
});

test('two keys differ', () => {
  expect(newSshKey('bench').publicKey).not.toBe(newSshKey('bench').publicKey);
});

test('ssh-keygen reads a private key, finds its public half, and prints the same fingerprint', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-key-'));
  try {
    const key = newSshKey('bench');
    const file = path.join(folder, 'key');
    writeFileSync(file, key.privateKey, { mode: 0o600 });
    expect(execFileSync('ssh-keygen', ['-y', '-f', file], { encoding: 'utf8' })).toBe(`${key.publicKey}\n`);
    expect(execFileSync('ssh-keygen', ['-l', '-f', file], { encoding: 'utf8' })).toContain(
      `SHA256:${key.sha256} bench`,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
