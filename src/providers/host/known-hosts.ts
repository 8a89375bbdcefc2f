/**
 * Reads known_hosts: the keys of a machine. Names may be hashed, patterns, negated. It ignores certificate authorities, because
 * ssh2 does not support host certificates. It excludes revoked keys. Source: sshd(8), SSH_KNOWN_HOSTS.
 */
import { createHash, createHmac } from 'node:crypto';
import type { KnownKey } from '../../model/provider.ts';

export function knownKeys(text: string, host: string, port: number): readonly KnownKey[] {
  const names = namesOf(host, port);
  const lines = text.split('\n').map((line) => line.trim().split(/[ \t]+/));
  const revoked = new Set(lines.flatMap(([mark, , , key]) => (mark === '@revoked' && key !== undefined ? [key] : [])));
  return lines.flatMap(([patterns = '', type, key]) => {
    const isLine = type !== undefined && key !== undefined && !/^[#@]/.test(patterns) && patterns !== '';
    if (!isLine || revoked.has(key) || !names.some((name) => matches(patterns, name))) return [];
    const sha256 = createHash('sha256').update(Buffer.from(key, 'base64')).digest('base64').replace(/=+$/, '');
    return [{ type, sha256 }];
  });
}

/** True if a certificate authority signs that machine's keys: then ssh trusts it although the file lacks its own key. */
export const isSigned = (text: string, host: string, port: number): boolean =>
  text
    .split('\n')
    .map((line) => line.trim().split(/[ \t]+/))
    .some(
      ([mark, patterns = '']) =>
        mark === '@cert-authority' && namesOf(host, port).some((name) => matches(patterns, name)),
    );

const namesOf = (host: string, port: number): readonly string[] =>
  port === 22 ? [host, `[${host}]:22`] : [`[${host}]:${port}`];

/** One matching negated pattern excludes the name. */
function matches(patterns: string, name: string): boolean {
  const found = patterns
    .split(',')
    .map((pattern) => (pattern.startsWith('!') ? { is: pattern.slice(1), not: true } : { is: pattern, not: false }));
  return found.some(({ is, not }) => !not && isName(is, name)) && !found.some(({ is, not }) => not && isName(is, name));
}

function isName(pattern: string, name: string): boolean {
  const [, salt, hash] = /^\|1\|([^|]+)\|([^|]+)$/.exec(pattern) ?? [];
  if (salt !== undefined) return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash;
  const regex = pattern
    .toLowerCase()
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${regex}$`).test(name.toLowerCase());
}
