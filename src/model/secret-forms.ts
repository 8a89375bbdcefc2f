/** The forms of one secret in a text: plain, inside JSON, HTML, an address or base64, wrapped over lines, or in pieces. */

/** Shorter ones would redact ordinary words, and protect nothing. */
export const SHORTEST = 6;

/** The base64 of fewer bytes matches too many ordinary texts. */
const SHORTEST_IN_BASE64 = 9;

/** A line or a field of a longer secret that is its own secret: a line of a key, a token in a JSON document. */
const PIECE = /[^\s"',;{}]{20,}/g;

/** Regular expressions that match every spelling of the secret. */
export function formsOf(secret: string): readonly string[] {
  const texts = [secret, ...(secret.match(PIECE) ?? [])].flatMap(spellings);
  return [...texts.map(acrossLines), ...inBase64(secret).map(escaped)];
}

/** The secret in JSON, in HTML, in an address. */
function spellings(value: string): string[] {
  const json = JSON.stringify(value).slice(1, -1);
  const html = value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  // No address contains half a surrogate pair.
  const address = encodeURIComponent(Buffer.from(value).toString());
  const lower = address.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
  return [value, json, html, html.replaceAll('"', '&quot;').replaceAll("'", '&#39;'), address, lower];
}

/** Programs wrap text at blanks and show a newline as a blank. */
const acrossLines = (text: string): string => text.split(/\s+/).map(escaped).join('\\s+');

/**
 * The base64 of a text that contains the secret has one of three middles, by how many bytes precede the secret:
 *
 *     secret   s  e  c  r  e  t
 *     base64   c2  Vj  c  mV 0         offset 0; at 1 and 2 the first characters mix with what precedes
 */
function inBase64(secret: string): string[] {
  const bytes = Buffer.from(secret);
  if (bytes.length < SHORTEST_IN_BASE64) return [];
  return [0, 1, 2].flatMap((offset) => {
    const whole = Buffer.concat([Buffer.alloc(offset), bytes]);
    // The last character, like the first, may hold bits of a neighbour.
    const middle = whole.toString('base64').slice(Math.ceil((offset * 8) / 6), Math.floor((whole.length * 8) / 6));
    return [middle, middle.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

/** Escapes a text for a regular expression. */
export const escaped = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
