/**
 * Tokens in the raw artifacts of a machine: provisioning logs and custom data hold keys of clusters and storage. Bench replaces
 * them before it stores anything. Lines keep their numbers, because evidence is a file and a line.
 */
import { REDACTED, withoutSecrets } from './secrets.ts';

/** If a pattern has a group named `secret`, bench replaces that part; otherwise the whole match. */
const TOKENS: readonly RegExp[] = [
  // Private keys (RFC 7468).
  /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----(?<secret>[^-]{1,20000})-----END [A-Z ]{0,30}PRIVATE KEY-----/g,
  // JSON web tokens (RFC 7519): each part is base64 of `{"`.
  /\beyJ[\w-]{8,4000}\.eyJ[\w-]{8,8000}\.[\w-]{8,4000}/g,
  // GitHub, npm, AWS, Slack, Google by their prefixes.
  /\b(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_\w{22,255}|npm_[A-Za-z0-9]{36}|AKIA[0-9A-Z]{16}|xox[abposr]-[\w-]{10,200}|AIza[\w-]{35})\b/g,
  // Bootstrap tokens of Kubernetes; the second part of a host name has no digit.
  /\b[a-z0-9]{6}\.(?=[a-z]*\d)[a-z0-9]{16}\b/g,
  // Shared access signatures and keys of Azure.
  /[?&;"' ]sig=(?<secret>[\w%+/=-]{20,200})/gi,
  /\b(?:AccountKey|SharedAccessKey)=(?<secret>[\w+/=]{20,200})/gi,
  /\b(?:Bearer|Basic) (?<secret>[\w.+/=~-]{16,4000})/g,
  // user:password@host.
  /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@"']{1,100}:(?<secret>[^\s/@"']{3,200})@/gi,
  // PASSWORD=..., "clientSecret": "..."; neither a variable nor a path.
  /(?:passwords?|passwd|passphrase|secret|token|api[_-]?key|access[_-]?key|client[_-]?key|key[_-]?data|private[_-]?key)\w{0,20}["']?\s?[:=]\s?["']?(?<secret>[^\s"',;$/\\<>{}()[\]]{8,4000})/gi,
];

export interface Cleaned {
  readonly bytes: Uint8Array;
  /** How many it replaced. */
  readonly secrets: number;
}

export function withoutTokens(bytes: Uint8Array): Cleaned {
  // One character per byte, so that binary content comes back unchanged.
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  let secrets = 0;
  let clean = text;
  for (const token of TOKENS) {
    clean = clean.replace(token, (...found: unknown[]) => {
      secrets += 1;
      const whole = String(found[0]);
      const secret = (found.at(-1) as { readonly secret?: string } | undefined)?.secret ?? whole;
      return whole.replace(secret, secret.replace(/[^\r\n]+/g, REDACTED));
    });
  }
  const known = withoutSecrets(clean);
  if (known !== clean) secrets += known.split(REDACTED).length - clean.split(REDACTED).length;
  return secrets === 0 ? { bytes, secrets } : { bytes: Buffer.from(known, 'latin1'), secrets };
}
