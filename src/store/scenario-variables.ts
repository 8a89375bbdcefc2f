/**
 * `${env:NAME}` and `${env:NAME:-default}` in a scenario. A scenario may come from anybody, and what it says is shown: so a
 * variable may stand only where its value is meant to come from outside, or where the scenario lists it under `environment:`,
 * and one that is named like a credential never in text that is shown.
 */

import { usageError } from '../model/errors.ts';
import { addSecret, addSecretsOfUrl, isCredentialName } from '../model/secrets.ts';
import { type Path, type Position, printPosition } from './yaml-tree.ts';

export interface VariablesPlace {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly position: (at: Path) => Position;
}

const VARIABLE = /\$\{env:([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g;

/** Where values come from outside: which image, how a node is made, with which rights, where, by which files. */
const OUTSIDE: readonly RegExp[] = [
  /^variants\.[^.]+\.image(\.|$)/,
  /^(reference|bootstrap)(\.|$)/,
  /^provider\.(location|subscription|credentials|cloud|reach|subnet|identities|images|keyFile|customData|userData)(\.|$)/,
];

/** The document with its variables filled in, and the values that were. */
export function substitute(
  document: Record<string, unknown>,
  { environment, position }: VariablesPlace,
): { readonly document: Record<string, unknown>; readonly outside: readonly string[] } {
  const outside = new Set<string>();
  const listed = namesIn(document.environment);
  const fill = (text: string, at: Path): string =>
    text.replaceAll(VARIABLE, (_, name: string, fallback?: string) => {
      refuseMisplaced(name, at, listed, position);
      const given = environment[name];
      if (given) {
        outside.add(given);
        if (isCredentialName(name) && given.length > 0 && at.join('.') !== 'provider.credentials') addSecret(given);
        addSecretsOfUrl(given);
        return given;
      }
      if (fallback !== undefined) return fallback;
      throw usageError(
        `${printPosition(position(at))}: the environment variable ${name} is not set`,
        `Set it, or override the value: --set ${at.join('.')}=...`,
      );
    });
  const filled = mapTexts(document, [], fill) as Record<string, unknown>;
  mapTexts(filled, [], (text) => {
    addSecretsOfUrl(text);
    return text;
  });
  return { document: filled, outside: [...outside] };
}

function refuseMisplaced(name: string, at: Path, listed: ReadonlySet<string>, position: (at: Path) => Position): void {
  if (OUTSIDE.some((place) => place.test(at.join('.')))) return;
  const where = printPosition(position(at));
  if (isCredentialName(name))
    throw usageError(
      `${where}: ${name} is named like a credential, and ${at.join('.')} is shown in reports`,
      'Take it out, or give the variable another name if it holds no secret.',
    );
  if (!listed.has(name))
    throw usageError(
      `${where}: \${env:${name}} may not stand in ${at.join('.')}`,
      `If its value may be shown, list it in the scenario: environment: [${name}]`,
    );
}

const namesIn = (value: unknown): ReadonlySet<string> =>
  new Set(Array.isArray(value) ? value.filter((name) => typeof name === 'string') : []);

/** All texts of a value; keys are left as they are. */
function mapTexts(value: unknown, at: Path, change: (text: string, at: Path) => string): unknown {
  if (typeof value === 'string') return change(value, at);
  if (Array.isArray(value)) return value.map((item, index) => mapTexts(item, [...at, index], change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapTexts(item, [...at, key], change)]));
}

/** All texts that settings hold: what somebody typed came from outside as well. */
export function textsIn(value: unknown): string[] {
  const texts: string[] = [];
  mapTexts(value, [], (text) => {
    texts.push(text);
    return text;
  });
  return texts;
}
