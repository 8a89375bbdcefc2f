import path from 'node:path';
import { toJson } from '../model/json.ts';

/** One document in the form of `--json`: `json<JsonOutput<typeof PlanOutput>>(...)` checks it against its schema. */
export const json = <T>(value: NoInfer<T>): string => toJson(value);

/** Makes text that may come from a machine safe for a terminal: no escape sequences, no bidi controls, one line. */
export function printable(text: string, keepLines = false): string {
  return inert(text).replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
    if (character === '\n' && keepLines) return character;
    return character === '\n' || character === '\t'
      ? ' '
      : `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
  });
}

/** Defuses commands that a CI would obey in a log: `::error::` of GitHub, `##vso[...]` and `##[...]` of Azure Pipelines. */
const inert = (text: string): string =>
  text.replace(/##(?=(?:vso)?\[)/g, '# #').replace(/::(?=[a-z-]+(?:::| ))/gi, ': :');

/** A path from the caller's folder, safe to print. */
export const shownPath = ({ cwd }: { readonly cwd: string }, file: string): string =>
  printable(path.relative(cwd, file));
