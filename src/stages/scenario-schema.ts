/**
 * The schema of scenario files, for editors: one for all providers. What a file may say is more than what a scenario is, since
 * it is read in layers: `extends` brings what the file leaves out, and a variable may stand for any text.
 */
import { z } from 'zod';
import { toJson } from '../model/json.ts';
import { providerKinds } from '../providers/registry.ts';

type Schema = z.core.JSONSchema.JSONSchema;

const EXTENDS: Schema = {
  type: 'string',
  description: 'Name or path of a scenario to start from; this file says what differs.',
};

const VARIABLE: Schema = {
  type: 'string',
  pattern: '\\$\\{env:[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\\}',
  description: '${env:NAME} is what the environment holds; ${env:NAME:-text} is text where it holds nothing.',
};

/** By what the file has: all of a scenario of one kind, or the part of it that differs from the one it extends. */
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
    ...(Object.keys($defs).length > 0 && { $defs }),
  });
}

function fileSchema({ $schema: _, ...schema }: Schema): Schema {
  const open = map(schema, orVariable);
  return { ...open, properties: { ...open.properties, extends: EXTENDS } };
}

/** Only text that has to look like something needs to be told that a variable may stand there. */
function orVariable({ format, ...schema }: Schema): Schema {
  // Formats are this library's own names, which not every validator knows; all but one have a pattern beside them.
  const pattern = schema.pattern ?? (format === 'uri' ? '^[A-Za-z][A-Za-z0-9+.-]*:' : undefined);
  if (schema.type !== 'string' || (pattern === undefined && schema.enum === undefined)) return schema;
  const { description, default: fallback, ...shape } = { ...schema, ...(pattern !== undefined && { pattern }) };
  return {
    ...(description !== undefined && { description }),
    ...(fallback !== undefined && { default: fallback }),
    anyOf: [shape, VARIABLE],
  };
}

/** What a kind's schema names and uses several times stands at the root, where names are shared with other kinds. */
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
    // Keys stay as they are written: no variable stands there.
    ...(typeof propertyNames === 'object' && { propertyNames: withoutFormat(propertyNames) }),
    ...($defs && { $defs: named($defs) }),
    ...(items !== undefined && { items: Array.isArray(items) ? list(items) : one(items as Schema | boolean) }),
    ...(additionalProperties !== undefined && { additionalProperties: one(additionalProperties) }),
    ...(anyOf && { anyOf: list(anyOf) }),
    ...(oneOf && { oneOf: list(oneOf) }),
    ...(allOf && { allOf: list(allOf) }),
  } as Schema);
}
