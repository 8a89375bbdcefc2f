import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

/** The laws of the house (ARCHITECTURE.md), held against every import in src/. There is no list of exceptions. */

const FLOORS: Readonly<Record<string, number>> = { cli: 3, stages: 2, files: 0, net: 0, model: 0 };
const ROOMS = ['providers', 'guest', 'store', 'code-hosts', 'collectors', 'metrics', 'statistics', 'render'];
const PURE = ['model', 'collectors', 'metrics', 'statistics', 'render'];
/** One package, one door. */
const DOORS: readonly (readonly [RegExp, RegExp])[] = [
  [/^@azure\/|^ws$|^https-proxy-agent$/, /^providers\/azure\//],
  [/^undici$/, /^cli\//],
  [/^ssh2$/, /^guest\//],
  [/^vega/, /^render\//],
  [/^string-width$|^wrap-ansi$/, /^(render|cli)\//],
  [/^@octokit\/|^ky$/, /^code-hosts\//],
  [/^simple-statistics$/, /^statistics\//],
  [/^yauzl$|^tar$/, /^(store\/archives|guest)\//],
  [/^yaml$/, /^(store|collectors|stages)\//],
  [/^commander$|^log-update$/, /^cli\//],
];

interface Source {
  readonly file: string;
  readonly room: string;
  readonly code: string;
  readonly imports: readonly string[];
}

const sources: Source[] = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => {
    const file = name.split(path.sep).join('/');
    const code = withoutComments(readFileSync(path.join('src', name), 'utf8'));
    const imports = [...code.matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*)'([^']+)'/g)].map((match) => match[1] ?? '');
    return { file, room: file.split('/')[0] ?? '', code, imports };
  });

function withoutComments(code: string): string {
  return code.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '');
}

const floor = (room: string): number => FLOORS[room] ?? 1;

const violations = (broken: (source: Source, imported: string) => boolean): string[] =>
  sources.flatMap((source) =>
    source.imports.filter((name) => broken(source, name)).map((name) => `${source.file} imports ${name}`),
  );

/** The room of a relative import, undefined for a package. */
const roomOf = (source: Source, imported: string): string | undefined =>
  imported.startsWith('.') ? path.posix.join(path.posix.dirname(source.file), imported).split('/')[0] : undefined;

const matches = (pattern: RegExp, where: (source: Source) => boolean): string[] =>
  sources
    .filter(where)
    .flatMap((source) => [...source.code.matchAll(pattern)].map((match) => `${source.file}: ${match[0]}`));

describe('the house', () => {
  test('every source file is in a room that the plan knows', () => {
    const unknown = sources.filter(({ room }) => ![...Object.keys(FLOORS), ...ROOMS].includes(room));
    expect(unknown.map(({ file }) => file)).toEqual([]);
    expect(sources.length).toBeGreaterThan(20);
  });

  test('imports go down only', () => {
    expect(violations((source, name) => floor(roomOf(source, name) ?? 'model') > floor(source.room))).toEqual([]);
  });

  test('cli imports stages and model, and nothing else', () => {
    const reaches = (source: Source, name: string) =>
      source.room === 'cli' && !['cli', 'stages', 'model', undefined].includes(roomOf(source, name));
    expect(violations(reaches)).toEqual([]);
  });

  test('rooms never import each other', () => {
    const crosses = (source: Source, name: string) => {
      const target = roomOf(source, name);
      return target !== undefined && ROOMS.includes(source.room) && ROOMS.includes(target) && target !== source.room;
    };
    expect(violations(crosses)).toEqual([]);
  });

  test('only providers knows the providers by name', () => {
    const kinds = readdirSync('src/providers', { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const names = kinds.map(({ name }) => name).filter((name) => existsSync(`src/providers/${name}/kind.ts`));
    expect(names).toEqual(expect.arrayContaining(['azure', 'qemu']));
    const named = new RegExp(
      `['"\`](${names.join('|')})['"\`]|providers/(${names.join('|')})/|\\bis(${names.join('|')})\\b`,
      'gi',
    );
    expect(matches(named, ({ room }) => room !== 'providers')).toEqual([]);
  });

  test('pure rooms import nothing of Node', () => {
    expect(violations(({ room }, name) => PURE.includes(room) && name.startsWith('node:'))).toEqual([]);
  });

  test('pure rooms read no clock, no environment and no unseeded chance', () => {
    // A digest is a function of its bytes.
    const impure =
      /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bperformance\.\w+|\bprocess\.\w+|\bcrypto\.(?!subtle\.digest\b)\w+|\bfetch\(|\bsetTimeout\b/g;
    expect(matches(impure, ({ room }) => PURE.includes(room))).toEqual([]);
  });

  test('one package comes in by one door', () => {
    const wrongDoor = ({ file }: Source, name: string) =>
      DOORS.some(([what, door]) => what.test(name) && !door.test(file));
    expect(violations(wrongDoor)).toEqual([]);
  });

  test('heavy packages are loaded when needed, not at the start', () => {
    const eager = sources.flatMap((source) =>
      [...source.code.matchAll(/^import (?!type)[^;]*? from '(@azure\/[^']+|vega[^']*)'/gm)].map(
        (match) => `${source.file}: ${match[1]}`,
      ),
    );
    expect(eager).toEqual([]);
  });

  test('only cli prints, exits or looks at the process', () => {
    const worldly =
      /\bconsole\.(log|error|warn|info|debug)\(|\bprocess\.(exit|exitCode|argv|env|cwd|stdout|stderr|stdin|on)\b/g;
    expect(matches(worldly, ({ room }) => room !== 'cli')).toEqual([]);
  });

  test('only net asks an address, and what asks for itself is given its function', () => {
    expect(matches(/(?<![\w.])fetch\(/g, ({ room }) => room !== 'net')).toEqual([]);
    const ky = sources.filter(({ imports }) => imports.includes('ky'));
    expect(ky.filter(({ code }) => !/fetch: fetchAs\(/.test(code)).map(({ file }) => file)).toEqual([]);
    expect(ky.length).toBeGreaterThan(2);
  });

  test('only cli tells the time and makes up seeds', () => {
    const clocks = /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b/g;
    expect(matches(clocks, ({ room }) => room !== 'cli')).toEqual([]);
  });

  test('only store knows the names of the files of a run', () => {
    const names = /'(run|samples|comparison)\.json'|'journal\.jsonl'/g;
    expect(matches(names, ({ room }) => room !== 'store')).toEqual([]);
  });

  test('every path that ARCHITECTURE.md and CONTRIBUTING.md name is there', () => {
    const pages = ['ARCHITECTURE.md', 'CONTRIBUTING.md'].map((page) => readFileSync(page, 'utf8')).join('\n');
    const named = [...pages.matchAll(/`((?:src|test|tools)\/[\w./-]+)`/g)].map((match) => match[1] ?? '');
    expect(named.filter((file) => !existsSync(file))).toEqual([]);
    expect(named.length).toBeGreaterThan(20);
  });
});
