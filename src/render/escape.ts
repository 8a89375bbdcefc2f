/**
 * Escapes untrusted text for HTML, Markdown and terminals. Names and messages come from machines; the output shows them as
 * text, whatever they contain. It spells out control and bidirectional characters (`\x1b`, `\u202e`), so that they are visible
 * and do nothing. It cuts long text in the middle, and marks the cut.
 */
import { withoutSecrets } from '../model/secrets.ts';

/** HTML that needs no escaping. Only `html` and `trusted` make it. */
export interface Html {
  readonly markup: string;
}

type Hole = string | number | undefined | null | false | Html | readonly (Html | string | undefined | false)[];

/** Longest text shown whole if the caller sets no limit. */
const MAX_TEXT = 400;

// C0, DEL, C1; marks, embeddings, overrides and isolates of direction; separators; zero width; byte-order mark; tags.
const INVISIBLE =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff]|[\u{e0000}-\u{e007f}]|[\ud800-\udfff](?<![\ud800-\udbff][\udc00-\udfff])(?![\udc00-\udfff])/gu;

function spellOut(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code === 0x09 || code === 0x0a || code === 0x0d) return ' ';
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\u{${code.toString(16)}}`;
}

/** Cuts long text in the middle, visibly: `abc… [10,000 characters] …xyz`. */
export function shorten(whole: string, limit = 80): string {
  if (whole.length <= limit) return whole;
  // Redaction does not recognise half a secret.
  const text = withoutSecrets(whole);
  if (text.length <= limit) return text;
  const note = `… [${text.length.toLocaleString('en-US')} characters] …`;
  const room = Math.max(8, limit - note.length);
  const head = Math.ceil(room * 0.7);
  // Never cut a surrogate pair in two.
  const start = text.slice(0, head).replace(/[\ud800-\udbff]$/, '');
  const end = text.slice(text.length - (room - head)).replace(/^[\udc00-\udfff]/, '');
  return `${start}${note}${end}`;
}

/** One line of text without active characters: the first step for every output. */
export const plain = (text: string, limit = MAX_TEXT): string => shorten(text, limit).replace(INVISIBLE, spellOut);

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export const escapeHtml = (text: string, limit = MAX_TEXT): string =>
  plain(text, limit).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');

function fill(hole: Hole): string {
  if (hole === undefined || hole === null || hole === false) return '';
  if (typeof hole === 'number') return String(hole);
  if (typeof hole === 'string') return escapeHtml(hole);
  if ('markup' in hole) return hole.markup;
  return hole.map(fill).join('');
}

/** HTML with holes; escapes each value of a hole unless it is `Html` itself. */
export function html(parts: TemplateStringsArray, ...holes: readonly Hole[]): Html {
  let markup = parts[0] ?? '';
  holes.forEach((hole, index) => {
    markup += fill(hole) + (parts[index + 1] ?? '');
  });
  return { markup };
}

/** Our own markup (SVG from vega, the style sheet): the caller vouches for it. */
export const trusted = (markup: string): Html => ({ markup });

export const NOTHING: Html = { markup: '' };

/** An entity in Markdown: it has no width, and no mention, reference, link or emoji reaches across it. */
const APART = '&#8203;';

/** GitHub Markdown: nothing in the text formats, links, mentions, closes a table cell or is HTML. */
export function markdown(text: string, limit = 120): string {
  return (
    plain(text, limit)
      .replace(/[&<>]/g, (character) => ENTITIES[character] ?? '')
      .replace(/[\\`*_[\]|~$]/g, (character) => `\\${character}`)
      // GitHub looks for mentions, references, links and emoji in the rendered text, after removing escapes. `#` first: the
      // entity contains one.
      .replace(/#(?=\d)/g, `#${APART}`)
      .replace(/@/g, `@${APART}`)
      .replace(/:(?=\/\/)/g, `:${APART}`)
      .replace(/www\./gi, (match) => match + APART)
      .replace(/:(?=[a-z0-9_+-]+:)/gi, `:${APART}`)
      // GH-3, PROJ-3 and !3 are also references, and 7 to 40 hexadecimal digits a commit.
      .replace(/([A-Z][A-Z0-9]*-|!)(?=\d)/g, `$1${APART}`)
      .replace(/gh-(?=\d)/gi, (match) => match + APART)
      .replace(/(?<![0-9a-z])([0-9a-f]{6})(?=[0-9a-f]{1,34}(?![0-9a-z]))/gi, `$1${APART}`)
      .replace(
        /^(\s*)([-+#>=]|\d+[.)])/,
        (_, space: string, mark: string) => `${space}${mark.slice(0, -1)}\\${mark.slice(-1)}`,
      )
  );
}

/** Inline code in Markdown. It cannot escape backticks, so text with backticks becomes `<code>` with entities. */
export function markdownCode(text: string, limit = 80): string {
  const shown = plain(text, limit);
  if (/^[\w ./:=+,-]+$/.test(shown) && shown.trim() === shown) return `\`${shown}\``;
  return `<code>${markdown(shown, shown.length)}</code>`;
}

/** A terminal, or the log of a CI that executes commands in it (`##vso[...]`, `##[...]`, `::error::`). */
export const terminal = (text: string, limit = 120): string =>
  plain(text, limit)
    .replace(/##(?=(?:vso)?\[)/g, '## ')
    .replace(/::(?=[a-z-]+[ :])/gi, ': :');

/** An id for an anchor: readable if the name allows it, else a short form with a hash of the whole. */
export function anchor(kind: string, name: string): string {
  if (/^[A-Za-z0-9._-]{1,80}$/.test(name)) return `${kind}-${name}`;
  // FNV-1a, 32 bit: distinguishes names that look alike once simplified.
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  const simple = name.slice(0, 40).replace(/[^A-Za-z0-9._-]+/g, '-');
  return `${kind}-${simple}~${(hash >>> 0).toString(16).padStart(8, '0')}`;
}
