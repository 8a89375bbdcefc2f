/**
 * The schema of scenario files, for editors: one for all providers. A file may hold more, or less, than a scenario, since bench reads it in
 * layers. `extends` adds what the file leaves out, and a variable may stand for any text.
 */
import * as z from 'zod';
import { toJson } from '../model/json.ts';
import { ANY, OUTSIDE, VARIABLE } from '../model/scenario-variables.ts';
import { providerKinds } from '../providers/registry.ts';

type Schema = z.core.JSONSchema.JSONSchema;

const EXTENDS: Schema = {
  type: 'string',
  description: 'Name or path of a scenario to extend; this file overrides its keys.',
};

const TEXT_WITH_VARIABLE: Schema = {
  type: 'string',
  pattern: VARIABLE,
  description: '${env:NAME} is the value of an environment variable; ${env:NAME:-text} gives a default.',
};

/** Depends on the file: all of a scenario of one kind, or the part that differs from the scenario it extends. */
export function scenarioSchema(): string {
  const bootable = providerKinds().filter(({ capabilities: { boots } }) => boots.first.can || boots.reboot.can);
  const $defs: Record<string, Schema> = {};
  const kinds = bootable.map(({ kind, schema }) => {
    const { $defs: own = {}, ...file } = map(fileSchema(z.toJSONSchema(schema, { io: 'input' })), refersTo(kind));
    for (const [name, value] of Object.entries(own)) $defs[`${kind}.${name}`] = value as Schema;
    return file;
  });
  return toJson({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'A scenario of bench',
    type: 'object',
    if: { required: ['extends'] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema.
    then: { anyOf: kinds.map((kind) => map(kind, withoutRequired)) },
    else: { anyOf: kinds },
    allOf: [
      {
        // The extended scenario may list the variables.
        if: { anyOf: [{ required: ['extends'] }, { required: ['environment'] }] },
        // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema.
        then: {},
        else: variablesOnlyAt(OUTSIDE),
      },
    ],
    $defs: { ...$defs, plain: PLAIN },
  });
}

/** A value without variables, at any depth. */
const PLAIN: Schema = {
  not: { type: 'string', pattern: VARIABLE },
  items: { $ref: '#/$defs/plain' },
  additionalProperties: { $ref: '#/$defs/plain' },
};

/** Any values at these places, and plain ones elsewhere. */
function variablesOnlyAt(places: readonly (readonly string[])[]): Schema {
  if (places.some((place) => place.length === 0)) return {};
  const below = (key: string) => variablesOnlyAt(places.flatMap(([first, ...rest]) => (first === key ? [rest] : [])));
  const keys = [...new Set(places.map(([key = '']) => key))].filter((key) => key !== ANY);
  return {
    not: { type: 'string', pattern: VARIABLE },
    properties: Object.fromEntries(keys.map((key) => [key, below(key)])),
    items: { $ref: '#/$defs/plain' },
    additionalProperties: places.some(([key]) => key === ANY) ? below(ANY) : { $ref: '#/$defs/plain' },
  };
}

function fileSchema({ $schema: _, ...schema }: Schema): Schema {
  const open = map(schema, orVariable);
  return { ...open, properties: { ...open.properties, extends: EXTENDS } };
}

/** Only text with a required form needs the alternative of a variable. */
function orVariable({ format, ...schema }: Schema): Schema {
  // Formats are this library's own names, which not every validator knows; all but one have a pattern beside them.
  const pattern = schema.pattern ?? (format === 'uri' ? '^[A-Za-z][A-Za-z0-9+.-]*:' : undefined);
  if (schema.type !== 'string' || (pattern === undefined && schema.enum === undefined)) return schema;
  const { description, default: fallback, ...shape } = { ...schema, ...(pattern !== undefined && { pattern }) };
  return {
    ...(description !== undefined && { description }),
    ...(fallback !== undefined && { default: fallback }),
    anyOf: [shape, TEXT_WITH_VARIABLE],
  };
}

/** Definitions that a kind's schema uses several times stand at the root, where other kinds also have names. */
const refersTo =
  (kind: string) =>
  (schema: Schema): Schema =>
    schema.$ref === undefined ? schema : { ...schema, $ref: schema.$ref.replace(/^#\/\$defs\//, `#/$defs/${kind}.`) };

function withoutRequired({ required: _, ...schema }: Schema): Schema {
  return schema;
}

const withoutFormat = ({ format: _, ...schema }: Schema): Schema => schema;

/** Every schema inside, then the schema itself. */
function map(schema: Schema, change: (schema: Schema) => Schema): Schema {
  const one = (inside: Schema | boolean) => (typeof inside === 'object' ? map(inside, change) : inside);
  const named = (inside: Readonly<Record<string, Schema | boolean>>) =>
    Object.fromEntries(Object.entries(inside).map(([name, value]) => [name, one(value)]));
  const list = (inside: readonly (Schema | boolean)[]) => inside.map(one);
  const { properties, propertyNames, items, additionalProperties, anyOf, oneOf, allOf, $defs } = schema;
  return change({
    ...schema,
    ...(properties && { properties: named(properties) }),
    // Keys stay as written: no variable stands there.
    ...(typeof propertyNames === 'object' && { propertyNames: withoutFormat(propertyNames) }),
    ...($defs && { $defs: named($defs) }),
    ...(items !== undefined && { items: Array.isArray(items) ? list(items) : one(items as Schema | boolean) }),
    ...(additionalProperties !== undefined && { additionalProperties: one(additionalProperties) }),
    ...(anyOf && { anyOf: list(anyOf) }),
    ...(oneOf && { oneOf: list(oneOf) }),
    ...(allOf && { allOf: list(allOf) }),
  } as Schema);
}
