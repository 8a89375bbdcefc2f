/**
 * `${env:NAME}` and `${env:NAME:-default}` in a scenario. A scenario may come from anyone, and bench prints its contents. So a variable may
 * stand only where a value should come from outside, or where the scenario lists it under `environment:`. One named like a credential may
 * never stand in text that bench prints.
 */

import type { Problem } from '../model/problem.ts';
import { comesFromOutside, VARIABLE } from '../model/scenario-variables.ts';
import { addSecret, addSecretsOfUrl, isCredentialName } from '../model/secrets.ts';
import type { Path } from './yaml-tree.ts';

const WRITTEN = new RegExp(VARIABLE, 'g');

export interface Filled {
  readonly document: Record<string, unknown>;
  /** The values of the variables. */
  readonly outside: readonly string[];
  /** Variables that are not set, or not allowed in their place: they stay unchanged. */
  readonly problems: readonly Problem[];
}

/** The document with the values of its variables. */
export function substitute(
  document: Record<string, unknown>,
  environment: Readonly<Record<string, string | undefined>>,
): Filled {
  const outside = new Set<string>();
  const problems: Problem[] = [];
  const listed = namesIn(document.environment);
  const fill = (text: string, at: Path): string =>
    text.replaceAll(WRITTEN, (written, name: string, fallback?: string) => {
      const misplaced = misplacedAt(name, at, listed);
      if (misplaced) {
        problems.push(misplaced);
        return written;
      }
      const given = environment[name];
      if (given) {
        outside.add(given);
        if (isCredentialName(name) && given.length > 0 && at.join('.') !== 'provider.credentials') addSecret(given);
        addSecretsOfUrl(given);
        return given;
      }
      if (fallback !== undefined) return fallback;
      problems.push({
        path: at,
        message: `the environment variable ${name} is not set`,
        todo: `Set it, or override the value: --set ${at.join('.')}=...`,
      });
      return written;
    });
  const filled = mapTexts(document, [], fill) as Record<string, unknown>;
  mapTexts(filled, [], (text) => {
    addSecretsOfUrl(text);
    return text;
  });
  return { document: filled, outside: [...outside], problems };
}

function misplacedAt(name: string, path: Path, listed: ReadonlySet<string>): Problem | undefined {
  const place = path.join('.');
  if (comesFromOutside(path)) return undefined;
  if (isCredentialName(name))
    return {
      path,
      message: `the name ${name} looks like a credential, and reports show ${place}`,
      todo: 'Remove it, or rename the variable if it is not a secret.',
    };
  if (listed.has(name)) return undefined;
  return {
    path,
    message: `\${env:${name}} may not stand in ${place}`,
    todo: `If reports may show its value, list it in the scenario: environment: [${name}]`,
  };
}

const namesIn = (value: unknown): ReadonlySet<string> =>
  new Set(Array.isArray(value) ? value.filter((name) => typeof name === 'string') : []);

/** All texts of a value; leaves keys unchanged. */
function mapTexts(value: unknown, at: Path, change: (text: string, at: Path) => string): unknown {
  if (typeof value === 'string') return change(value, at);
  if (Array.isArray(value)) return value.map((item, index) => mapTexts(item, [...at, index], change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapTexts(item, [...at, key], change)]));
}

/** All texts in settings: a user's text comes from outside as well. */
export function textsIn(value: unknown): string[] {
  const texts: string[] = [];
  mapTexts(value, [], (text) => {
    texts.push(text);
    return text;
  });
  return texts;
}
