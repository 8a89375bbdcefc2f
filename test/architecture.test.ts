import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

/**
 * Checks the import rules (ARCHITECTURE.md) against every file in src/. There is no list of exceptions. Each rule comes with a
 * file that breaks it, so that the test fails when a rule no longer detects violations.
 */

const FLOORS: Readonly<Record<string, number>> = { cli: 3, stages: 2, files: 0, net: 0, model: 0 };
const ROOMS = ['providers', 'guest', 'store', 'code-hosts', 'collectors', 'metrics', 'statistics', 'render'];
const PURE = ['model', 'collectors', 'metrics', 'statistics', 'render'];
/** Each package, and the only files that may import it. */
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

const sourceOf = (file: string, text: string): Source => {
  const code = withoutComments(text);
  const imports = [...code.matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*)'([^']+)'/g)].map((match) => match[1] ?? '');
  return { file, room: file.split('/')[0] ?? '', code, imports };
};

function withoutComments(code: string): string {
  return code.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '');
}

const sources: Source[] = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => sourceOf(name.split(path.sep).join('/'), readFileSync(path.join('src', name), 'utf8')));

const floor = (room: string): number => FLOORS[room] ?? 1;

/** The room (top folder of src/) of a relative import; undefined for a package. */
const roomOf = (source: Source, imported: string): string | undefined =>
  imported.startsWith('.') ? path.posix.join(path.posix.dirname(source.file), imported).split('/')[0] : undefined;

/** Lists the violations of a rule in a file. */
type Law = (source: Source) => string[];

const imports =
  (broken: (source: Source, imported: string) => boolean): Law =>
  (source) =>
    source.imports.filter((name) => broken(source, name)).map((name) => `${source.file} imports ${name}`);

const matches =
  (pattern: RegExp, where: (source: Source) => boolean): Law =>
  (source) =>
    where(source) ? [...source.code.matchAll(pattern)].map((match) => `${source.file}: ${match[0]}`) : [];

const PROVIDERS = readdirSync('src/providers').filter((name) => existsSync(`src/providers/${name}/kind.ts`));
const NAMED = PROVIDERS.join('|');
const TITLED = PROVIDERS.map((name) => name[0]?.toUpperCase() + name.slice(1)).join('|');

const LAWS: readonly (readonly [says: string, law: Law, broken: readonly [file: string, text: string][]])[] = [
  [
    'a time limit outlives the tidying of memory',
    matches(/AbortSignal\.timeout/g, () => true),
    [['guest/login.ts', 'await once(socket, "connect", { signal: AbortSignal.any([stop, AbortSignal.timeout(5)]) });']],
  ],
  [
    'imports go down only',
    imports((source, name) => floor(roomOf(source, name) ?? 'model') > floor(source.room)),
    [
      ['model/json.ts', "import { run } from '../stages/run.ts';"],
      ['store/files.ts', "const { exit } = await import('../cli/exit.ts');"],
    ],
  ],
  [
    'cli imports stages and model, and nothing else',
    imports(
      (source, name) => source.room === 'cli' && !['cli', 'stages', 'model', undefined].includes(roomOf(source, name)),
    ),
    [['cli/exit.ts', "import { readJson } from '../store/files.ts';"]],
  ],
  [
    'rooms never import each other',
    imports((source, name) => {
      const target = roomOf(source, name);
      return target !== undefined && ROOMS.includes(source.room) && ROOMS.includes(target) && target !== source.room;
    }),
    [['store/files.ts', "export * from '../guest/probe.ts';"]],
  ],
  [
    'only providers knows the providers by name',
    matches(
      new RegExp(`['"\`](?:${NAMED})['"\`]|providers/(?:${NAMED})/|\\bis(?:${TITLED}|${NAMED})(?![a-z])`, 'g'),
      ({ room }) => room !== 'providers',
    ),
    [
      ['stages/gc.ts', "if (scenario.provider.kind === 'azure') leave();"],
      ['cli/exit.ts', "switch (kind) { case 'qemu': break; }"],
      ['stages/gc.ts', "import { AZURE } from '../providers/azure/kind.ts';"],
      ['render/plan.ts', 'if (isAzureScenario(scenario)) leave();'],
    ],
  ],
  [
    'pure rooms import nothing of Node',
    imports(({ room }, name) => PURE.includes(room) && name.startsWith('node:')),
    [['metrics/tiles.ts', "import { readFileSync } from 'node:fs';"]],
  ],
  [
    'pure rooms read no clock, no environment and no unseeded chance',
    matches(
      // A digest depends only on its bytes.
      /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bperformance\.\w+|\bprocess\.\w+|\bcrypto\.(?!subtle\.digest\b)\w+|\bfetch\(|\bsetTimeout\b/g,
      ({ room }) => PURE.includes(room),
    ),
    [
      ['render/plan.ts', 'const began = performance.now();'],
      ['statistics/verdict.ts', 'const draw = Math.random();'],
      ['model/run.ts', 'const id = crypto.randomUUID();'],
      ['collectors/clock.ts', 'const zone = process.env.TZ;'],
    ],
  ],
  [
    'one package comes in by one door',
    imports(({ file }, name) => DOORS.some(([what, door]) => what.test(name) && !door.test(file))),
    [
      ['stages/gc.ts', "import { Client } from 'ssh2';"],
      ['providers/qemu/fleet.ts', "const { Compute } = await import('@azure/arm-compute');"],
    ],
  ],
  [
    'heavy packages are loaded when needed, not at the start',
    matches(/^import (?!type)[^;]*? from '(?:@azure\/[^']+|vega[^']*)'/gm, () => true),
    [['render/charts/draw.ts', "import * as vega from 'vega';"]],
  ],
  [
    'only cli prints, exits or looks at the process',
    matches(
      /\bconsole\.(log|error|warn|info|debug)\(|\bprocess\.(exit|exitCode|argv|env|cwd|stdout|stderr|stdin|on)\b/g,
      ({ room }) => room !== 'cli',
    ),
    [
      ['stages/gc.ts', "console.log('deleted');"],
      ['store/files.ts', 'process.exit(1);'],
    ],
  ],
  [
    'only cli tells the time and makes up seeds',
    matches(/\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b/g, ({ room }) => room !== 'cli'),
    [['stages/gc.ts', 'const now = new Date();']],
  ],
  [
    'what is named in microseconds or milliseconds is of that type',
    matches(/\b\w*[a-z0-9](?:Us|Ms)\??: (?:readonly )?\(?number\b/g, ({ file }) => file !== 'model/units.ts'),
    [
      ['stages/gc.ts', 'interface Pause { readonly waitMs: number }'],
      ['metrics/tiles.ts', 'const tileOf = (fromUs: number): Tile => none;'],
    ],
  ],
  [
    'only net asks an address, and what asks for itself is given its function',
    (source) => [
      ...matches(/(?<![\w.])fetch\(/g, ({ room }) => room !== 'net')(source),
      ...(source.imports.includes('ky') && !/fetch: fetchAs\(/.test(source.code) ? [`${source.file} asks by ky`] : []),
    ],
    [
      ['stages/gc.ts', 'await fetch(url);'],
      ['code-hosts/webhook.ts', "import ky from 'ky';"],
    ],
  ],
  [
    // providers/qemu and providers/any read files of this computer (/proc, apt), and images whose sizes they know.
    'files that others name are opened by files, which knows pipes, devices and sizes',
    matches(
      /\bimport \{[^}]*\b(?:readFile|readFileSync|createReadStream)\b[^}]*\} from 'node:fs(?:\/promises)?'/g,
      ({ file }) => !/^(?:files|providers\/qemu|providers\/any)\//.test(file),
    ),
    [['store/files.ts', "import { open, readFile } from 'node:fs/promises';"]],
  ],
  [
    'only store knows the names of the files of a run',
    matches(/'(run|samples|comparison)\.json'|'journal\.jsonl'/g, ({ room }) => room !== 'store'),
    [['stages/gc.ts', "const file = path.join(folder, 'samples.json');"]],
  ],
];

describe('the architecture', () => {
  test('every source file is in a known room', () => {
    const unknown = sources.filter(({ room }) => ![...Object.keys(FLOORS), ...ROOMS].includes(room));
    expect(unknown.map(({ file }) => file)).toEqual([]);
    expect(sources.length).toBeGreaterThan(20);
    expect(PROVIDERS).toEqual(expect.arrayContaining(['azure', 'qemu', 'command', 'host']));
  });

  test.each(LAWS)('%s', (_, law, broken) => {
    expect(sources.flatMap(law)).toEqual([]);
    for (const [file, text] of broken) expect(law(sourceOf(file, text)), `${file}: ${text}`).toHaveLength(1);
  });

  test('every path in ARCHITECTURE.md and CONTRIBUTING.md exists', () => {
    const pages = ['ARCHITECTURE.md', 'CONTRIBUTING.md'].map((page) => readFileSync(page, 'utf8')).join('\n');
    const named = [...pages.matchAll(/`((?:src|test|tools)\/[\w./-]+)`/g)].map((match) => match[1] ?? '');
    expect(named.filter((file) => !existsSync(file))).toEqual([]);
    expect(named.length).toBeGreaterThan(20);
  });
});
