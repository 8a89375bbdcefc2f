/** Problems of a scenario, in words: the value seen, the allowed ones, the likely typo. */
import { closest, distance } from 'fastest-levenshtein';
import type { z } from 'zod';
import type { Problem } from '../model/problem.ts';

type JsonSchema = {
  properties?: Record<string, JsonSchema>;
  additionalProperties?: JsonSchema | boolean;
  items?: JsonSchema;
};

/** Turns an issue of the schema library into advice for a reader: a problem for each unknown key, else one. */
export function describeIssue(issue: z.core.$ZodIssue, value: unknown, schema: unknown): Problem[] {
  if (issue.code !== 'unrecognized_keys') return [describeOther(issue, value)];
  const path = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step));
  const allowed = allowedKeys(schema as JsonSchema, path);
  return issue.keys.map((unknown) => ({
    path: [...path, unknown],
    key: true,
    message: `unknown key ${show(unknown)}${meant(unknown, allowed)}`,
  }));
}

function describeOther(issue: z.core.$ZodIssue, value: unknown): Problem {
  const path = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step));
  const seen = valueAt(value, path);
  switch (issue.code) {
    case 'invalid_value': {
      const allowed = issue.values.map(String);
      return {
        path,
        message: `${show(seen)} is not allowed here: ${allowed.join(', ')}${meant(String(seen), allowed, false)}`,
      };
    }
    case 'invalid_key':
      return {
        path,
        key: true,
        message: `the key ${show(path.at(-1))} is not allowed: ${issue.issues[0]?.message ?? ''}`,
      };
    case 'invalid_type':
      if (seen === undefined)
        return {
          path,
          message: `"${path.join('.')}" is missing: ${article(issue.expected)} is needed here`,
        };
      return {
        path,
        message: `${show(seen)} is ${article(kindOf(seen))}, but ${article(issue.expected)} is needed here`,
      };
    default:
      return {
        path,
        message: seen === undefined || typeof seen === 'object' ? issue.message : `${show(seen)}: ${issue.message}`,
      };
  }
}

/** ` (did you mean "x"?)` for near names, else the list of allowed ones. */
export function meant(seen: string, allowed: readonly string[], list = true): string {
  if (allowed.length === 0) return '';
  const near = closest(seen, [...allowed]);
  if (distance(seen, near) <= Math.max(2, seen.length / 3)) return ` (did you mean "${near}"?)`;
  return list ? `; allowed: ${allowed.join(', ')}` : '';
}

function allowedKeys(schema: JsonSchema, path: readonly (string | number)[]): string[] {
  let at: JsonSchema | undefined = schema;
  for (const step of path) {
    const extra: JsonSchema | boolean | undefined = at?.additionalProperties;
    at = at?.properties?.[String(step)] ?? at?.items ?? (typeof extra === 'object' ? extra : undefined);
  }
  return Object.keys(at?.properties ?? {});
}

function valueAt(value: unknown, path: readonly (string | number)[]): unknown {
  let at = value;
  for (const step of path)
    at = typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[step] : undefined;
  return at;
}

function kindOf(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'number' && !Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : 'infinity';
  return typeof value;
}

const NAMES: Readonly<Record<string, string>> = {
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
  int: 'a whole number',
  nothing: 'empty',
  NaN: 'not a number',
  infinity: 'without a limit',
};

const article = (kind: string): string => NAMES[kind] ?? `a ${kind}`;

const show = (value: unknown): string => {
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
};
