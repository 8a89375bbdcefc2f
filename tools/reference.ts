/** docs/reference.md: commands, scenario keys, exit codes, files and metrics, from the tables and schemas of the code. */
import * as z from 'zod';
import type { CommandSpec } from '../src/cli/command.ts';
import { COMMANDS } from '../src/cli/commands.ts';
import { EXIT_CODES } from '../src/cli/exit.ts';
import { FAMILY_MEANINGS, METRICS } from '../src/metrics/catalogue.ts';
import { providerKinds } from '../src/providers/registry.ts';
import { FILES } from '../src/store/file-list.ts';
import { table } from './markdown.ts';

type Schema = z.core.JSONSchema.JSONSchema;

export function reference(): string {
  return `${[
    '# Reference',
    'This page is generated from the code by `npm run docs`.',
    '## Commands',
    ...COMMANDS.map(command),
    '## Scenario keys',
    'A scenario is a YAML file in `scenarios/`. Durations and shares have units: `500ms`, `15m`, `5%`. `extends: <name>` starts from another scenario. `--set key=value` overrides any key.',
    ...scenarioKeys(),
    '## Exit codes',
    table(['code', 'meaning'], EXIT_CODES),
    '## Files',
    'A run is a folder. Every JSON file names its schema, and `dist/schemas` in the package has them.',
    table(
      ['file', 'content'],
      FILES.map(([name, text]) => [`\`${name}\``, text]),
    ),
    '## Metrics',
    'All are durations in microseconds. Ids are never renamed.',
    table(
      ['id', 'question'],
      [
        ...METRICS.map(({ id, question }) => [`\`${id}\``, question] as const),
        ...FAMILY_MEANINGS.map(([id, question]) => [`\`${id}\``, question] as const),
      ],
    ),
  ].join('\n\n')}\n`;
}

function command({ name, args, summary, description, options, examples }: CommandSpec): string {
  const rows = options.map(({ flags, text, default: initial }) => {
    const fallback = initial && (initial.text ?? String(initial.value));
    return [`\`${flags}\``, fallback === undefined ? text : `${text} (default: ${fallback})`] as const;
  });
  return [
    `### \`bench ${[name, args].filter(Boolean).join(' ')}\``,
    sentence(description ?? summary),
    ...(rows.length === 0 ? [] : [table(['option', ''], rows)]),
    examples.map((example) => `- \`${example}\``).join('\n'),
  ].join('\n\n');
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

/** First the keys that all providers share, then each one's own. */
function scenarioKeys(): string[] {
  const kinds = providerKinds()
    .filter(({ capabilities: { boots } }) => boots.first.can || boots.reboot.can)
    .map(({ kind, schema }) => ({ kind, rows: keysOf(z.toJSONSchema(schema, { io: 'input' }), []) }));
  const [first = { kind: '', rows: [] }, ...others] = kinds;
  const isCommon = (row: Key) => others.every(({ rows }) => rows.some((other) => other.join() === row.join()));
  const common = first.rows.filter(isCommon);
  const own = kinds.map(({ kind, rows }) => {
    const rest = rows.filter((row) => !common.some((shared) => shared.join() === row.join()));
    return `### Keys of provider.kind: ${kind}\n\n${keyTable(rest)}`;
  });
  return [`### Keys of every scenario\n\n${keyTable(common)}`, ...own];
}

type Key = readonly [key: string, type: string, fallback: string, text: string];

const keyTable = (rows: readonly Key[]): string =>
  table(
    ['key', 'type', 'default', 'meaning'],
    rows.map(([key, ...rest]) => [`\`${key}\``, ...rest]),
  );

/** Deeper keys belong to the description of their parent. */
const DEEPEST = 5;

function keysOf(schema: Schema, path: readonly string[]): Key[] {
  if (path.length > DEEPEST) return [];
  // The same keys as the image of a variant.
  if (path.length > 1 && path[0] === 'reference') return [];
  const inside = [
    ...Object.entries(schema.properties ?? {}),
    ...(typeof schema.additionalProperties === 'object' ? [['<name>', schema.additionalProperties] as const] : []),
  ].flatMap(([key, below]) => (typeof below === 'object' ? keysOf(below, [...path, key]) : []));
  const items = typeof schema.items === 'object' && !Array.isArray(schema.items) ? schema.items : undefined;
  const alternatives = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].flatMap((one) =>
    typeof one === 'object' ? keysOf(one, path).slice(isLeaf(one) ? 1 : 0) : [],
  );
  const below = [
    ...inside,
    ...alternatives,
    ...(items ? keysOf(items, [...path.slice(0, -1), `${path.at(-1)}[]`]).slice(1) : []),
  ];
  return path.length === 0 ? distinct(below) : distinct([ownRow(schema, path), ...below]);
}

const isLeaf = (schema: Schema): boolean => schema.properties === undefined;

const distinct = (rows: readonly Key[]): Key[] => [...new Map(rows.map((row) => [row[0], row])).values()];

const ownRow = (schema: Schema, path: readonly string[]): Key => [
  path.join('.'),
  typeOf(schema),
  schema.default === undefined || typeof schema.default === 'object' ? '' : `\`${String(schema.default)}\``,
  schema.description ?? '',
];

function typeOf(schema: Schema): string {
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  if (schema.enum) return schema.enum.map((value) => `\`${String(value)}\``).join(', ');
  const any = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  if (any.length > 0)
    return [...new Set(any.map((one) => (typeof one === 'object' ? typeOf(one) : 'any')))].filter(Boolean).join(' or ');
  if (schema.type === 'array')
    return `list of ${typeof schema.items === 'object' && !Array.isArray(schema.items) ? typeOf(schema.items) : 'any'}`;
  if (schema.type === 'object') return 'mapping';
  return schema.type === 'string' ? 'text' : String(schema.type ?? 'any');
}
