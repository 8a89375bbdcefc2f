/**
 * Azure's own OpenAPI documents check our requests and the test endpoint's answers: paths, query parameters, unknown and missing
 * properties, types, closed enumerations, patterns. The documents lie beside the checkout; without them, there is no check.
 * OpenAPI 2.0; open enumerations (`modelAsString`) take any text, as the service does.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const FOLDER = path.resolve('../shared/data/azure-openapi/specification');

/** Why the check cannot run; undefined when it can. */
export const noDocuments = (): string | undefined =>
  existsSync(FOLDER) ? undefined : `no OpenAPI documents in ${path.relative('.', FOLDER)}`;

interface Schema {
  readonly $ref?: string;
  readonly allOf?: readonly Schema[];
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly 'x-ms-enum'?: { readonly modelAsString?: boolean };
  readonly pattern?: string;
  readonly readOnly?: boolean;
}

interface Parameter extends Schema {
  readonly name: string;
  readonly in: 'path' | 'query' | 'body' | 'header';
  readonly required?: never;
  readonly schema?: Schema;
}

interface OperationDocument {
  readonly parameters?: readonly Parameter[];
  readonly responses: Readonly<Record<string, { readonly schema?: Schema }>>;
}

interface Known {
  readonly file: string;
  readonly method: string;
  readonly pattern: RegExp;
  readonly parameters: number;
  readonly operation: OperationDocument;
}

export interface JudgedCall {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly status: number;
  readonly answer: unknown;
}

const files = new Map<string, Record<string, unknown>>();

function load(file: string): Record<string, unknown> {
  const known = files.get(file) ?? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>);
  files.set(file, known);
  return known;
}

/** A schema with its file: references are relative to it. */
interface Placed<T> {
  readonly at: T;
  readonly file: string;
}

function follow<T extends { readonly $ref?: string }>({ at, file }: Placed<T>): Placed<T> {
  if (at.$ref === undefined) return { at, file };
  const [name = '', pointer = ''] = at.$ref.split('#');
  const target = name === '' ? file : path.resolve(path.dirname(file), name);
  let found: unknown = load(target);
  for (const step of pointer.split('/').slice(1)) found = (found as Record<string, unknown>)[decodeURIComponent(step)];
  return follow({ at: found as T, file: target });
}

/** All operations of all documents. */
export function readDocuments(): Known[] {
  const names = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' });
  const documents = names.filter((name) => name.endsWith('.json') && !name.includes('examples'));
  return documents.flatMap((name) => {
    const file = path.join(FOLDER, name);
    const paths = (load(file).paths ?? {}) as Record<string, Record<string, OperationDocument>>;
    return Object.entries(paths).flatMap(([template, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        file,
        method: method.toUpperCase(),
        pattern: new RegExp(`^${template.replaceAll(/[.]/g, '\\.').replaceAll(/\{[^}]+\}/g, '[^/]+')}$`, 'i'),
        parameters: template.split('{').length,
        operation,
      })),
    );
  });
}

const COMPUTE = path.resolve('test/fixtures/azure/compute-2026-03-01.json');

/** The faults of a request, by the template schema of the SDK's api-version; the schema comes with the tests. */
export function judgeRequest(kind: 'virtualMachines' | 'virtualMachineScaleSets' | 'images', body: unknown): string[] {
  const type = `Microsoft.Compute/${kind}`;
  const resource = { name: 'n', type, apiVersion: '2026-03-01', ...(body as object) };
  return check({ at: { $ref: `#/resourceDefinitions/${kind}` }, file: COMPUTE }, resource, 'body', 'request');
}

/** The faults of a call; undefined where no document knows its path. */
export function judge(documents: readonly Known[], call: JudgedCall): string[] | undefined {
  const fitting = documents.filter(({ method, pattern }) => method === call.method && pattern.test(call.path));
  const [known] = fitting.sort((a, b) => a.parameters - b.parameters);
  if (known === undefined) return undefined;
  const { file, operation } = known;
  const parameters = (operation.parameters ?? []).map((at) => follow({ at, file }));
  const queries = parameters.filter(({ at }) => at.in === 'query').map(({ at }) => at.name.toLowerCase());
  const problems = [...call.query.keys()]
    .filter((name) => !queries.includes(name.toLowerCase()))
    .map((name) => `?${name}: no such query parameter`);
  if (queries.includes('api-version') && !call.query.has('api-version')) problems.push('?api-version: missing');
  const body = parameters.find(({ at }) => at.in === 'body');
  if (body?.at.schema && call.body !== undefined)
    problems.push(...check({ at: body.at.schema, file: body.file }, call.body, 'body', 'request'));
  const answers = operation.responses;
  const answer = (answers[String(call.status)] ?? answers.default)?.schema;
  if (answers[String(call.status)] === undefined && call.status < 400) problems.push(`${call.status}: no such answer`);
  if (answer && call.answer !== undefined)
    problems.push(...check({ at: answer, file }, call.answer, 'answer', 'answer'));
  return problems;
}

interface Shape {
  readonly properties: ReadonlyMap<string, Placed<Schema>>;
  readonly required: readonly string[];
  readonly additional: Placed<Schema> | boolean;
}

/** The properties of an object, including those that it inherits. */
function shapeOf(placed: Placed<Schema>): Shape {
  const { at, file } = follow(placed);
  const parents = (at.allOf ?? []).map((parent) => shapeOf({ at: parent, file }));
  const own = Object.entries(at.properties ?? {}).map(([name, each]) => [name, { at: each, file }] as const);
  const { additionalProperties: more } = at;
  return {
    properties: new Map([...parents.flatMap(({ properties }) => [...properties]), ...own]),
    required: [...parents.flatMap(({ required }) => required), ...(at.required ?? [])],
    additional:
      typeof more === 'object'
        ? { at: more, file }
        : // An object without a description may hold anything.
          more === true ||
          (own.length === 0 && parents.length === 0) ||
          parents.some(({ additional }) => additional === true),
  };
}

function check(placed: Placed<Schema>, value: unknown, where: string, side: 'request' | 'answer'): string[] {
  const { at, file } = follow(placed);
  if (Array.isArray(value)) {
    if (at.type !== 'array' || at.items === undefined) return [`${where}: a list is not expected`];
    const { items } = at;
    return value.flatMap((item, index) => check({ at: items, file }, item, `${where}[${index}]`, side));
  }
  if (typeof value === 'object' && value !== null) return checkObject({ at, file }, value, where, side);
  return checkScalar(at, value, where);
}

function checkObject(placed: Placed<Schema>, value: object, where: string, side: 'request' | 'answer'): string[] {
  const { type } = placed.at;
  if (type !== undefined && type !== 'object') return [`${where}: ${type} is expected`];
  const { properties, required, additional } = shapeOf(placed);
  const missing = required.filter(
    (name) => !(name in value) && !(side === 'request' && isReadOnly(properties.get(name))),
  );
  return [
    ...missing.map((name) => `${where}.${name}: missing`),
    ...Object.entries(value).flatMap(([name, each]) => {
      const known = properties.get(name);
      if (known && side === 'request' && isReadOnly(known)) return [`${where}.${name}: only Azure sets it`];
      if (known) return check(known, each, `${where}.${name}`, side);
      if (typeof additional === 'object') return check(additional, each, `${where}.${name}`, side);
      return additional ? [] : [`${where}.${name}: no such property`];
    }),
  ];
}

const isReadOnly = (placed: Placed<Schema> | undefined): boolean =>
  placed !== undefined && (placed.at.readOnly === true || follow(placed).at.readOnly === true);

function checkScalar(schema: Schema, value: unknown, where: string): string[] {
  const type = typeof value === 'number' ? (Number.isInteger(value) ? 'integer' : 'number') : typeof value;
  const expected = schema.type ?? type;
  if (expected !== type && !(expected === 'number' && type === 'integer')) return [`${where}: ${expected} is expected`];
  const closed = schema.enum !== undefined && schema['x-ms-enum']?.modelAsString !== true;
  if (closed && !schema.enum?.includes(value))
    return [`${where}: ${String(value)} is none of ${schema.enum?.join(', ')}`];
  if (schema.pattern && !new RegExp(schema.pattern).test(String(value)))
    return [`${where}: does not match ${schema.pattern}`];
  return [];
}
