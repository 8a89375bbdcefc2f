/** What a machine or a program said, safe to quote in a line of ours: it neither moves the cursor nor disguises what is shown. */
import { withoutSecrets } from './secrets.ts';

/** Control, bidirectional and invisible characters. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]+/gu;

/** Every run of what cannot be printed is a blank. */
export const oneLine = (text: string): string => text.replaceAll(UNPRINTABLE, ' ').trim();

const atMost = (line: string, limit: number): string => (line.length > limit ? `${line.slice(0, limit)}...` : line);

/** Nothing that is quoted is longer than this, or stands further from the end that it is taken from. */
const QUOTABLE = 2 ** 20;

/** Half a secret is not known for one: secrets go before text is cut. */
const start = (text: string): string => withoutSecrets(text.slice(0, QUOTABLE));
const end = (text: string): string => withoutSecrets(text.slice(-QUOTABLE));

/** The first line. */
export const firstLine = (text: string, limit = 200): string =>
  atMost(oneLine((start(text).trimStart().split('\n', 1)[0] ?? '').slice(0, limit + 1)), limit);

/** The last line that says something; empty where there is none. */
export const lastLine = (text: string, limit = 300): string =>
  atMost(end(text).split('\n').map(oneLine).filter(Boolean).at(-1) ?? '', limit);

/** A name or a word inside a message: short, every strange character a question mark. */
export const excerpt = (text: string): string =>
  start(text)
    .slice(0, 80)
    .replace(/[\p{Cc}\p{Cf}]/gu, '?');
