/** Makes the output of a machine or program safe to quote in a line: it neither moves the cursor nor disguises other text. */
import { withoutSecrets } from './secrets.ts';

/** Control, bidirectional and invisible characters. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]+/gu;

/** Each run of unprintable characters becomes a blank. */
export const oneLine = (text: string): string => text.replaceAll(UNPRINTABLE, ' ').trim();

const atMost = (line: string, limit: number): string => (line.length > limit ? `${line.slice(0, limit)}...` : line);

/** Nothing quotes more than this, nor starts further from the end. */
const QUOTABLE = 2 ** 20;

/** Redaction does not recognise half a secret, so it comes before the cut. */
const start = (text: string): string => withoutSecrets(text.slice(0, QUOTABLE));
const end = (text: string): string => withoutSecrets(text.slice(-QUOTABLE));

/** The first line. */
export const firstLine = (text: string, limit = 200): string =>
  atMost(oneLine((start(text).trimStart().split('\n', 1)[0] ?? '').slice(0, limit + 1)), limit);

/** The last line with content; empty if there is none. */
export const lastLine = (text: string, limit = 300): string =>
  atMost(end(text).split('\n').map(oneLine).filter(Boolean).at(-1) ?? '', limit);

/** A name or a word inside a message: short, with a question mark for every strange character. */
export const excerpt = (text: string): string =>
  start(text)
    .slice(0, 80)
    .replace(/[\p{Cc}\p{Cf}]/gu, '?');
