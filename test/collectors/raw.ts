/** Artifacts as tests write them. */
import { readFileSync } from 'node:fs';

const encoder = new TextEncoder();

/** A map of raw artifacts from texts. */
export const rawOf = (texts: Readonly<Record<string, string>>): Map<string, Uint8Array> =>
  new Map(Object.entries(texts).map(([path, text]) => [path, encoder.encode(text)]));

/** A text of the corpus. Blanks the line that names the source, which is not part of the output; line numbers stay the same. */
export const corpusText = (name: string): string =>
  readFileSync(new URL(`../fixtures/corpus/${name}.txt`, import.meta.url), 'utf8').replace(/^# source: .*/, '');

/** An event file as the node's own shell function writes it. */
export function eventFile(task: string, start: string, end: string, message = `Completed: ${task.split('.').at(-1)}`) {
  return `${JSON.stringify({
    Timestamp: start,
    OperationId: end,
    Version: '1.23',
    TaskName: task,
    EventLevel: 'Informational',
    Message: message,
    EventPid: '0',
    EventTid: '0',
  })}\n`;
}

/** Microseconds since 1970 of a UTC text. */
export const utc = (text: string): number =>
  Date.parse(`${text.slice(0, 19).replace(' ', 'T')}Z`) * 1000 + Number(text.slice(20).padEnd(6, '0') || 0);
