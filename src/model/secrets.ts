/**
 * What must not be shown: values of variables that are named like credentials, values that were filled into what is sent to
 * machines, user, password and signature of addresses. Whoever writes text, to a file or to the terminal, writes it
 * `withoutSecrets`. One list for the whole process, so that nobody can forget to hand it on.
 */

/** Shorter ones would blot out ordinary words, and protect nothing. */
const SHORTEST = 6;

/** Stands where a secret was. Valid in JSON, HTML, Markdown and in an address. */
export const REDACTED = '***';

const CREDENTIAL =
  /TOKEN|SECRET|PASSW|PASSPHRASE|CREDENTIAL|SIGNATURE|(?:^|_)(?:PWD|PASS|SAS|AUTH|COOKIE|APIKEY|PAT)(?:_|$)|KEY(?:$|_?\d+$|_(?!FILE|ID|PATH|NAME|VAULT))/i;

/** Whether a variable of this name is likely to hold a secret. */
export const isCredentialName = (name: string): boolean => CREDENTIAL.test(name) && name !== 'PWD' && name !== 'OLDPWD';

/** Names of that kind whose values are known to be none: the name of a method, paths of files and sockets. */
const HARMLESS = /CREDENTIALS$|_(?:FILE|PATH|DIR|SOCK|METHOD|NAME|ID)$/i;

const known = new Set<string>();
let pattern: RegExp | undefined;

export function addSecret(value: string): void {
  const bare = value.trim();
  if (bare.length < SHORTEST || bare === REDACTED || known.has(bare)) return;
  for (const written of spellings(bare)) known.add(written);
  pattern = undefined;
}

/** All variables that are named like credentials, whether or not a scenario names them. */
export function addSecretsOf(environment: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(environment))
    if (value && isCredentialName(name) && !HARMLESS.test(name)) addSecret(value);
}

/** Parts of an address that are for its server alone. */
export function addSecretsOfUrl(text: string): void {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text) || !URL.canParse(text)) return;
  const url = new URL(text);
  // As they are written, and as they are meant.
  const userInfo = /^[^/]*\/\/([^/@]*)@/.exec(text)?.[1] ?? '';
  for (const part of [...userInfo.split(':'), decoded(url.username), decoded(url.password)]) addSecret(part);
  for (const pair of url.search.slice(1).split('&')) {
    const [name = '', value = ''] = pair.split(/=(.*)/s);
    if (!isPublic(name, value)) for (const part of [value, decoded(value)]) addSecret(part);
  }
}

/** Versions and dates of a signed address say nothing; anything long might be a key. */
const isPublic = (name: string, value: string): boolean =>
  !/sig|token|key|secret|pass|cred|auth|code/i.test(name) && value.length < 20;

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** As it stands in JSON, in HTML, in an address. */
function spellings(value: string): string[] {
  const json = JSON.stringify(value).slice(1, -1);
  const html = value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return [value, json, html, html.replaceAll('"', '&quot;').replaceAll("'", '&#39;'), encodeURIComponent(value)];
}

/** The text, with `***` in place of every secret. */
export function withoutSecrets(text: string): string {
  if (known.size === 0) return text;
  return text.replaceAll(secretPattern(), REDACTED);
}

function secretPattern(): RegExp {
  // The longest first: one may hold another.
  pattern ??= new RegExp(
    [...known]
      .sort((a, b) => b.length - a.length)
      .map((value) => value.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'))
      .join('|'),
    'g',
  );
  return pattern;
}
