/**
 * What bench must not show: values of variables with a name like a credential, values filled into what it sends to machines,
 * and user, password and signature of addresses. Code that writes text to a file or to the terminal passes it through
 * `withoutSecrets`. One list serves the whole process, so no caller can forget to pass it.
 */
import { escaped, formsOf, SHORTEST } from './secret-forms.ts';

/** Replaces a secret. Valid in JSON, HTML, Markdown and in an address. */
export const REDACTED = '***';

const CREDENTIAL =
  /TOKEN|SECRET|PASSW|PASSPHRASE|CREDENTIAL|SIGNATURE|(?:^|_)(?:PWD|PASS|SAS|AUTH|COOKIE|APIKEY|PAT)(?:_|$)|KEY(?:$|_?\d+$|_(?!FILE|ID|PATH|NAME|VAULT))/i;

/** Whether a variable of this name is likely to hold a secret. */
export const isCredentialName = (name: string): boolean => CREDENTIAL.test(name) && name !== 'PWD' && name !== 'OLDPWD';

/** Names of that kind whose values are no secrets: the name of a method, paths of files and sockets. */
const HARMLESS = /CREDENTIALS$|_(?:FILE|PATH|DIR|SOCK|METHOD|NAME|ID)$/i;

const known = new Set<string>();
/** Regular expressions, the longest first, as one may contain another. */
let forms: readonly string[] = [];
let pattern: RegExp | undefined;

export function addSecret(value: string): void {
  const bare = value.trim();
  if (bare.length < SHORTEST || bare === REDACTED || known.has(bare)) return;
  known.add(bare);
  learn(formsOf(bare));
}

function learn(more: readonly string[]): void {
  forms = [...new Set([...forms, ...more])].sort((a, b) => b.length - a.length);
  pattern = undefined;
}

/** All variables with a name like a credential, whether or not a scenario names them. */
export function addSecretsOf(environment: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(environment))
    if (value && isCredentialName(name) && !HARMLESS.test(name)) addSecret(value);
}

/** Parts of an address that only its server may see. If one is too short to search everywhere, we search it in its address only. */
export function addSecretsOfUrl(text: string): void {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text) || !URL.canParse(text)) return;
  const url = new URL(text);
  // Encoded and decoded.
  const userInfo = /^[^/]*\/\/([^/@]*)@/.exec(text)?.[1] ?? '';
  for (const part of [...userInfo.split(':'), decoded(url.username), decoded(url.password)]) addSecret(part);
  const parsed = `${url.username}:${url.password}`.replace(/:$/, '');
  if (userInfo !== '') learn([userInfo, parsed].map((part) => `(?<=://)${escaped(part)}(?=@)`));
  for (const pair of url.search.slice(1).split('&')) {
    const [name = '', value = ''] = pair.split(/=(.*)/s);
    if (isPublic(name, value)) continue;
    for (const part of [value, decoded(value)]) addSecret(part);
    if (value !== '') learn([`(?<=[?&;]${escaped(name)}=)${escaped(value)}(?![\\w%+/=~-])`]);
  }
}

/** Versions and dates of a signed address reveal nothing; anything long might be a key. */
const isPublic = (name: string, value: string): boolean =>
  !/sig|token|key|secret|pass|cred|auth|code/i.test(name) && value.length < 20;

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The text, with `***` replacing every secret. */
export function withoutSecrets(text: string): string {
  if (forms.length === 0) return text;
  pattern ??= new RegExp(forms.join('|'), 'g');
  return text.replaceAll(pattern, REDACTED);
}
