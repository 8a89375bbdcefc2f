import { toJson } from '../model/json.ts';

/** One document, as `--json` prints it: `json<JsonOutput<typeof PlanOutput>>(...)` holds it to its schema. */
export const json = <T>(value: NoInfer<T>): string => toJson(value);

/** Text that may hold what a machine said, made safe for a terminal: no escape sequences, no bidi controls, one line. */
export function printable(text: string, keepLines = false): string {
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, (character) => {
    if (character === '\n' && keepLines) return character;
    return character === '\n' || character === '\t'
      ? ' '
      : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
