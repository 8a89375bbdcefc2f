/**
 * Ed25519 keys in OpenSSH's own forms, so that bench needs no `ssh-keygen`. Source: openssh PROTOCOL.key, RFC 8709.
 * Every run makes its keys and gives them to a machine at boot; no image contains them.
 */
import { createHash, createPrivateKey, randomBytes } from 'node:crypto';

export interface SshKey {
  /** OpenSSH private key, PEM, without a passphrase. */
  readonly privateKey: string;
  /** One line as in `authorized_keys`. */
  readonly publicKey: string;
  /** SHA-256 of the public key in base64 without padding, as `ssh-keygen -l` prints it after `SHA256:`. */
  readonly sha256: string;
}

const TYPE = 'ssh-ed25519';

/** Precedes the 32 bytes of an Ed25519 private key in PKCS #8 (RFC 8410, 7). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** The key of a `seed` of 32 bytes (RFC 8032), or a new one. */
export function newSshKey(comment: string, seed: Buffer = randomBytes(32)): SshKey {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' });
  const { x } = key.export({ format: 'jwk' });
  if (x === undefined) throw new Error('an Ed25519 key without its public key');
  return encoded(seed, Buffer.from(x, 'base64url'), comment);
}

function encoded(seed: Buffer, point: Buffer, comment: string): SshKey {
  const publicBlob = Buffer.concat([text(TYPE), text(point)]);
  // The check number shows a wrong passphrase; there is none, so any number does, and a fixed one keeps sizes fixed.
  const check = Buffer.from('6265636862656e63', 'hex').subarray(0, 4);
  const secret = Buffer.concat([
    check,
    check,
    text(TYPE),
    text(point),
    text(Buffer.concat([seed, point])),
    text(comment),
  ]);
  const padding = Buffer.from(Array.from({ length: (8 - (secret.length % 8)) % 8 }, (_, i) => i + 1));
  const count = Buffer.from([0, 0, 0, 1]);
  const blob = Buffer.concat([
    Buffer.from('openssh-key-v1\0', 'latin1'),
    text('none'),
    text('none'),
    text(''),
    count,
    text(publicBlob),
    text(Buffer.concat([secret, padding])),
  ]);
  const body = blob.toString('base64').replace(/(.{70})/g, '$1\n');
  return {
    privateKey: `-----BEGIN OPENSSH PRIVATE KEY-----\n${body}\n-----END OPENSSH PRIVATE KEY-----\n`,
    publicKey: `${TYPE} ${publicBlob.toString('base64')} ${comment}`,
    sha256: createHash('sha256').update(publicBlob).digest('base64').replace(/=+$/, ''),
  };
}

function text(value: string | Buffer): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : value;
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
