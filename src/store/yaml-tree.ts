/** YAML with positions: a plain value, and for each path in it the file, line and column where it stands. */
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type Scalar,
  type YAMLMap,
} from 'yaml';
import { messageOf, usageError } from '../model/errors.ts';

export type Path = readonly (string | number)[];
export type Position = { readonly file: string; readonly line: number; readonly column: number };

export const printPosition = ({ file, line, column }: Position): string => `${file}:${line}:${column}`;

export interface YamlTree {
  readonly value: Record<string, unknown>;
  /** First comment of the file, without lines for editors: the scenario's question. */
  readonly question: string;
  /** Where the value at `path` stands, or else its nearest parent. `key`: where its key stands. */
  position(path: Path, key?: boolean): Position;
}

/** Aliases are for small repetitions: more than this is an attack ("billion laughs"). */
const MAXIMUM_ALIASES = 100;
const MOST_LEVELS = 50;

export function parseYaml(text: string, file: string): YamlTree {
  const lines = new LineCounter();
  const document = parsed(text, file, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col };
  };
  const problem = document.errors[0];
  if (problem) throw usageError(`${printPosition(at(problem.pos[0]))}: ${wording(problem.message)}`);
  if (!isMap(document.contents))
    throw usageError(
      `${file}:1:1: a scenario is a mapping of keys to values`,
      'Begin with name:, provider: and variants:.',
    );
  const root: Node = document.contents;
  const pairsOf = byKeys();
  const bad = firstBadPart(root);
  if (bad) throw usageError(`${printPosition(at(bad.offset))}: ${bad.problem}`);
  return {
    value: toPlain(document, file),
    question: questionOf(text),
    position(path, key = false) {
      let node: unknown = root;
      let offset = root.range?.[0] ?? 0;
      for (const [depth, step] of path.entries()) {
        if (isMap(node)) {
          const pair = pairsOf(node).get(String(step));
          if (!pair) break;
          offset = pair.key.range?.[0] ?? offset;
          node = pair.value;
          if (key && depth === path.length - 1) break;
        } else if (isSeq(node) && typeof step === 'number') {
          node = node.items[step];
        } else break;
        if (isNode(node)) offset = node.range?.[0] ?? offset;
      }
      return at(offset);
    },
  };
}

type Pairs = ReadonlyMap<string, { readonly key: Scalar; readonly value: unknown }>;

/** The pairs of a mapping by their keys, built once: the library searches all of them for each key. */
function byKeys(): (map: YAMLMap) => Pairs {
  const known = new WeakMap<YAMLMap, Pairs>();
  return (map) => {
    const pairs =
      known.get(map) ??
      new Map(map.items.flatMap(({ key, value }) => (isScalar(key) ? [[String(key.value), { key, value }]] : [])));
    known.set(map, pairs);
    return pairs;
  };
}

/** The library nests as deep as the text does. */
function parsed(
  text: string,
  file: string,
  options: Parameters<typeof parseDocument>[1],
): ReturnType<typeof parseDocument> {
  try {
    return parseDocument(text, options);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw usageError(`${file}: lists and mappings are nested too deeply`, 'Write them out instead.');
  }
}

/**
 * Finds a duplicate or invalid key without the library's own check, which compares every key with every other. Finds too many aliases: for
 * each, the library searches the whole document.
 */
function firstBadPart(root: Node): { readonly offset: number; readonly problem: string } | undefined {
  const left: unknown[] = [root];
  let aliases = 0;
  for (let node = left.pop(); node !== undefined; node = left.pop()) {
    const seen = new Set<string>();
    if (isAlias(node)) aliases += 1;
    if (isAlias(node) && aliases > MAXIMUM_ALIASES)
      return { offset: node.range?.[0] ?? 0, problem: `there are more than ${MAXIMUM_ALIASES} aliases (*)` };
    if (isSeq(node)) for (const item of node.items) left.push(item);
    if (!isMap(node)) continue;
    for (const { key, value } of node.items) {
      const name = isScalar(key) ? String(key.value) : undefined;
      const offset = (isNode(key) ? key.range?.[0] : undefined) ?? 0;
      if (name === '__proto__') return { offset, problem: 'the key __proto__ is not allowed' };
      if (name !== undefined && seen.has(name)) return { offset, problem: 'not valid YAML: Map keys must be unique' };
      if (name === undefined) left.push(key);
      else seen.add(name);
      if (value !== null) left.push(value);
    }
  }
  return undefined;
}

/** Throws if a value contains itself, by an anchor and an alias. */
export function refuseCycles(value: unknown, above: ReadonlySet<unknown> = new Set()): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (above.has(value)) throw new Error('an alias (*) is inside its own anchor (&)');
  if (above.size > MOST_LEVELS) throw new Error('lists and mappings are nested too deeply');
  const within = new Set(above).add(value);
  for (const item of Object.values(value)) refuseCycles(item, within);
  return value;
}

function toPlain(document: ReturnType<typeof parseDocument>, file: string): Record<string, unknown> {
  try {
    return refuseCycles(document.toJS({ maxAliasCount: MAXIMUM_ALIASES })) as Record<string, unknown>;
  } catch (cause) {
    throw usageError(`${file}: ${messageOf(cause)}`, 'Write out the repeated part.');
  }
}

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && 'range' in value;

/** The library quotes the text that it did not understand, of any length; and it may run out of stack if a text nests. */
function wording(message: string): string {
  const [first = ''] = message.split('\n');
  if (first.includes('call stack')) return 'its lists and mappings are nested too deeply';
  return `not valid YAML: ${first.length > 200 ? `${first.slice(0, 200)}...` : first}`;
}

/** The first comment of a scenario, without lines for editors. */
export function questionOf(text: string): string {
  const comments: string[] = [];
  for (const line of text.split('\n')) {
    const comment = /^#\s?(.*)$/.exec(line);
    if (!comment) break;
    if (!/^\s*(yaml-language-server:|!)/.test(comment[1] ?? '')) comments.push((comment[1] ?? '').trim());
  }
  return comments.join(' ').trim();
}
